package import Core
internal import Synchronization

extension MemoryMetaStore {
    package func acquireLease(
        _ name: LeaseName, actor: String, run: String, seconds: Double
    ) async throws(Failure) -> LeaseOutcome {
        let now = database.now()
        return database.state.withLock { state in
            let known = state.leases[name] ?? MemoryDatabase.Lease()
            let lock = MemoryDatabase.LockName(name: name, epoch: known.epoch)
            // A lock of another session is that of a holder who lives.
            if known.actor != nil, !Self.isExpired(known, now), state.locks[lock].map({ $0 != session }) ?? false {
                return .held(Self.holder(name, known, now))
            }
            let next = MemoryDatabase.LockName(name: name, epoch: known.epoch + 1)
            state.locks[next] = session
            state.leases[name] = MemoryDatabase.Lease(
                epoch: known.epoch + 1, actor: actor, run: run, acquiredAt: now, heartbeatAt: now, seconds: seconds)
            return .acquired(LeaseTerm(name: name, epoch: known.epoch + 1))
        }
    }

    private static func isExpired(_ lease: MemoryDatabase.Lease, _ now: Double) -> Bool {
        lease.heartbeatAt < now - lease.seconds
    }

    private static func holder(_ name: LeaseName, _ lease: MemoryDatabase.Lease, _ now: Double) -> LeaseHolder {
        LeaseHolder(
            name: name, epoch: lease.epoch, actor: lease.actor ?? "", run: lease.run,
            acquiredAt: Instant(seconds: Int64(lease.acquiredAt)),
            heartbeatAt: Instant(seconds: Int64(lease.heartbeatAt)), isExpired: isExpired(lease, now))
    }

    package func renew(_ terms: [LeaseTerm]) async throws(Failure) -> [LeaseTerm] {
        let now = database.now()
        return database.state.withLock { state in
            terms.filter { term in
                guard state.epoch(of: term.name) == term.epoch else { return false }
                state.leases[term.name]?.heartbeatAt = now
                let lock = MemoryDatabase.LockName(name: term.name, epoch: term.epoch)
                if state.locks[lock] == nil { state.locks[lock] = session }
                return true
            }
        }
    }

    package func release(_ terms: [LeaseTerm]) async throws(Failure) {
        database.state.withLock { state in
            for term in terms {
                let lock = MemoryDatabase.LockName(name: term.name, epoch: term.epoch)
                if state.locks[lock] == session { state.locks[lock] = nil }
                guard state.leases[term.name]?.epoch == term.epoch else { continue }
                state.leases[term.name]?.actor = nil
            }
        }
    }

    package func breakLease(_ name: LeaseName) async throws(Failure) -> Bool {
        database.state.withLock { state in
            guard state.epoch(of: name) != nil else { return false }
            state.leases[name]?.epoch += 1
            state.leases[name]?.actor = nil
            return true
        }
    }

    package func leases(of project: String) async throws(Failure) -> [LeaseHolder] {
        let now = database.now()
        return database.state.withLock { state in
            state.leases.filter { $0.key.project == project && $0.value.actor != nil }
                .sorted { $0.key < $1.key }.map { Self.holder($0.key, $0.value, now) }
        }
    }

    // MARK: Holds

    package func hold(_ hold: Hold) async throws(Failure) {
        database.state.withLock { state in
            state.holds.removeAll { $0.project == hold.project && $0.definition == hold.definition }
            state.holds.append(hold)
        }
    }

    package func releaseHold(project: String, definition: String?) async throws(Failure) -> Bool {
        database.state.withLock { state in
            let count = state.holds.count
            state.holds.removeAll { $0.project == project && $0.definition == definition }
            return state.holds.count < count
        }
    }

    package func holds(of project: String) async throws(Failure) -> [Hold] {
        database.state.withLock { state in
            state.holds.filter { $0.project == project }.sorted { ($0.definition ?? "") < ($1.definition ?? "") }
        }
    }
}
