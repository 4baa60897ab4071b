internal import Core
internal import Logging
internal import Synchronization

/// Takes the leases of a run, confirms them while it lasts, and gives them back.
final class LeaseKeeper: Sendable {
    private let store: any LeaseStore
    private let context: RunContext
    private let seconds: Double
    private let terms = Mutex<[LeaseName: LeaseTerm]>([:])
    private let moments = Mutex<[LeaseName: Double]>([:])

    init(_ store: any LeaseStore, _ context: RunContext, seconds: Double) {
        self.store = store
        self.context = context
        self.seconds = seconds
    }

    func term(_ name: LeaseName) -> LeaseTerm? { terms.withLock { $0[name] } }

    /// Since when a lease is ours, in the clock's elapsed seconds.
    func acquiredAt(_ name: LeaseName) -> Double? { moments.withLock { $0[name] } }

    /// Takes all of the names, in their order, so that two processes never wait for each other.
    /// - Returns: The first that is held when the time to wait is over; those taken before it are given back.
    func acquire(_ names: [LeaseName], waiting timeout: Double) async throws(Failure) -> LeaseHolder? {
        let start = context.clock.elapsed()
        let deadline = start + timeout
        for name in names.sorted() {
            while true {
                let asked = context.clock.elapsed()
                let outcome = try await store.acquireLease(
                    name, actor: context.actor, run: context.runID, seconds: seconds)
                switch outcome {
                case .acquired(let term):
                    let isFirst = terms.withLock { terms in
                        terms[name] = term
                        return terms.count == 1
                    }
                    let acquired = context.clock.elapsed()
                    moments.withLock { $0[name] = acquired }
                    // The first that was taken is the first that lapses.
                    if isFirst { context.trust.confirm(until: asked + trusted) }
                case .held(let holder):
                    guard context.clock.elapsed() < deadline, !context.isStopping() else {
                        await release()
                        return holder
                    }
                    context.progress(.waitingForLease(holder))
                    do throws(CancellationError) {
                        try await context.clock.wait(seconds: min(1, max(0.05, deadline - context.clock.elapsed())))
                    } catch {
                        await release()
                        return holder
                    }
                    // Waiting must not let those that are held already lapse.
                    await beat()
                    continue
                }
                break
            }
        }
        return nil
    }

    private var trusted: Double { seconds * 2 / 3 }

    /// Confirms the leases now.
    /// - Returns: Whether all of them are certainly ours.
    @discardableResult
    func beat() async -> Bool {
        let held = terms.withLock { Array($0.values) }
        guard !held.isEmpty else { return true }
        let asked = context.clock.elapsed()
        do throws(Failure) {
            let kept = try await store.renew(held)
            guard kept.count == held.count else {
                context.logger.error("a lease was taken by another process")
                context.trust.close()
                return false
            }
            context.trust.confirm(until: asked + trusted)
            return true
        } catch {
            // Not confirmed: the trust runs out by itself unless a later beat gets through.
            context.logger.warning("a heartbeat failed", metadata: ["failure.reason": "\(error.reason)"])
            return false
        }
    }

    /// Confirms the leases every sixth of their time, until the task is cancelled.
    func keep() async {
        while !Task.isCancelled {
            do throws(CancellationError) { try await context.clock.wait(seconds: seconds / 6) } catch { return }
            if Task.isCancelled { return }
            await beat()
        }
    }

    func release() async {
        let held = terms.withLock { terms in
            defer { terms = [:] }
            return Array(terms.values)
        }
        guard !held.isEmpty, !context.trust.isClosed else { return }
        do throws(Failure) { try await store.release(held) } catch {
            context.logger.info("a lease was not given back", metadata: ["failure.reason": "\(error.reason)"])
        }
    }
}
