import Core

/// Brings lists up side by side: calls of one list go one after another, and what they lead to is recorded by the one task
/// that has the meta-store.
struct Provisioner {
    struct Job {
        var machine: ProvisionMachine
        let site: any SharePointSite
        let lease: LeaseTerm
    }

    let metaStore: any MetaStore
    let project: String
    let context: RunContext
    /// Calls that changed a list or a column, or may have.
    private(set) var schemaCalls = 0

    /// The service is not asked for more lists at a time.
    private static let listsAtOnce = 8

    init(metaStore: any MetaStore, project: String, context: RunContext) {
        self.metaStore = metaStore
        self.project = project
        self.context = context
    }

    private typealias Answered = (job: Int, answer: Answer)

    private struct Answer {
        var event: ProvisionMachine.Event
        var hasChanged = false
    }

    /// - Returns: What became of each job; `nil` if it was to stop before the end. What it did so far is recorded.
    /// - Throws: What the meta-store says. Calls that are under way then have their answers waited for.
    mutating func run(
        _ jobs: [Job]
    ) async throws(Failure) -> [Result<ProvisionedList, ProvisionMachine.ProvisionFailure>?] {
        var results = [Result<ProvisionedList, ProvisionMachine.ProvisionFailure>?](repeating: nil, count: jobs.count)
        let failure = await withTaskGroup(of: Answered.self) { group -> Failure? in
            var jobs = jobs
            do throws(Failure) {
                var next = 0
                while next < min(Self.listsAtOnce, jobs.count) {
                    results[next] = try await advance(&jobs[next], next, .start, &group)
                    next += 1
                }
                while let (index, answer) = await group.next() {
                    if answer.hasChanged { schemaCalls += 1 }
                    results[index] = try await advance(&jobs[index], index, answer.event, &group)
                    if results[index] != nil, next < jobs.count {
                        results[next] = try await advance(&jobs[next], next, .start, &group)
                        next += 1
                    }
                }
                return nil
            } catch {
                for await answered in group where answered.answer.hasChanged { schemaCalls += 1 }
                return error
            }
        }
        if let failure { throw failure }
        return results
    }

    /// Takes a machine on to its next call, which is begun, or to its end.
    private func advance(
        _ job: inout Job, _ index: Int, _ event: ProvisionMachine.Event, _ group: inout TaskGroup<Answered>
    ) async throws(Failure) -> Result<ProvisionedList, ProvisionMachine.ProvisionFailure>? {
        var event = event
        while true {
            let step = job.machine.step(event)
            switch step {
            case .finish(let result): return result
            case .saveList(let list, let columns):
                try await metaStore.save(list: list, columns: columns, project: project, under: job.lease)
                event = .done
            case .saveColumn(let column, let list):
                try await metaStore.save(column: column, of: list, under: job.lease)
                event = .done
            case .createList, .findList, .readColumns, .createColumn, .updateColumn, .updateList, .wait:
                if context.shouldStop { return nil }
                let (site, clock) = (job.site, context.clock)
                group.addTask { (index, await Self.answer(step, site, clock)) }
                return nil
            }
        }
    }

    private static func answer(
        _ step: ProvisionMachine.Step, _ site: any SharePointSite, _ clock: any RunClock
    ) async -> Answer {
        do throws(SiteFailure) {
            switch step {
            case .createList(let creation):
                return Answer(event: .listCreated(try await site.createList(creation)), hasChanged: true)
            case .findList(let stamp): return Answer(event: .listFound(try await list(stamped: stamp, site)))
            case .readColumns(let list): return Answer(event: .columns(try await site.columns(of: list)))
            case .createColumn(let creation, let list):
                return Answer(event: .columnCreated(try await site.createColumn(creation, in: list)), hasChanged: true)
            case .updateColumn(let column, let change, let list):
                try await site.updateColumn(column, change, in: list)
                return Answer(event: .done, hasChanged: true)
            case .updateList(let list, let change):
                try await site.updateList(list, change)
                return Answer(event: .done, hasChanged: true)
            case .wait(let seconds):
                // Whoever is to stop does so before the next call.
                do throws(CancellationError) { try await clock.wait(seconds: seconds) } catch {}
                return Answer(event: .done)
            case .saveList, .saveColumn, .finish: return Answer(event: .done)
            }
        } catch {
            // Something may have been written all the same.
            return Answer(event: .failed(error), hasChanged: error.outcome == .unknown)
        }
    }

    private static func list(
        stamped stamp: Stamp, _ site: any SharePointSite
    ) async throws(SiteFailure) -> RemoteList? {
        for list in try await site.lists() where list.name.lowercased() == stamp.list.lowercased() {
            let key = try await site.columns(of: list.id).first { $0.name == SyncKey.column }
            if key.flatMap({ Stamp($0.description) }) == stamp { return list }
        }
        return nil
    }
}
