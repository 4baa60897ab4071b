package import Core
internal import Synchronization

/// A simulated Microsoft Graph for sites and lists: the whole service behind one lock, without sockets or wall time.
///
/// Equal configurations and equal requests in the same order give equal answers.
package final class SimulatedGraph: Sendable {
    let tenant: Mutex<Tenant>

    package init(_ configuration: SimulatorConfiguration = SimulatorConfiguration()) {
        tenant = Mutex(Tenant(configuration))
    }

    /// Answers one request at once. A connection that a fault drops is an answer with status 0; a body that is cut
    /// arrives whole. Use ``begin(_:)`` and ``end(_:)`` to see those.
    package func handle(_ request: HTTPRequest) -> HTTPResponse {
        let exchange = begin(request)
        end(exchange)
        switch exchange.outcome {
        case .answer(let response), .cut(let response, _): return response
        case .dropped: return HTTPResponse(status: 0)
        }
    }

    /// Takes in a request and acts on it. Until ``end(_:)`` it counts as under way, so that calls that must not overlap
    /// can be seen to overlap.
    package func begin(_ request: HTTPRequest) -> Exchange { tenant.withLock { $0.begin(request) } }

    /// Says that the answer of `exchange` has been sent.
    package func end(_ exchange: Exchange) { tenant.withLock { $0.end(exchange) } }

    /// Does something to the tenant, and lets the journal know before anybody else.
    private func change<Result: Sendable>(_ body: (Tenant) -> Result) -> Result {
        tenant.withLock { tenant in
            defer { tenant.writeJournal() }
            return body(tenant)
        }
    }

    // MARK: The clock

    /// Milliseconds since 1970.
    package var now: Int64 { tenant.withLock { $0.now } }

    package func advance(seconds: Int) { change { $0.advance(milliseconds: Int64(seconds) * 1000) } }

    /// Moves the clock on to real time, and as far ahead of it as it was advanced, unless it is frozen.
    package func follow(realMilliseconds: Int64) {
        tenant.withLock { tenant in
            guard !tenant.settings.clockFrozen else { return }
            tenant.now = max(tenant.now, realMilliseconds + tenant.clockOffset)
        }
    }

    /// Whether the fault that holds an answer back is still there.
    package func holds(_ hold: Hold) -> Bool { tenant.withLock { $0.faults.rules.contains { $0.id == hold.rule } } }

    // MARK: Without HTTP, for tests

    package var settings: Settings { tenant.withLock { $0.settings } }

    /// Changes settings.
    /// - Returns: What is wrong with the change, in words; then nothing was changed.
    @discardableResult
    package func configure(_ change: (inout Settings) -> Void) -> String? {
        var changed = settings
        change(&changed)
        let json = changed.json
        return self.change { tenant in
            do throws(GraphError) {
                try tenant.change(settings: json)
                return nil
            } catch {
                return error.message
            }
        }
    }

    /// Adds a fault rule, as `POST /admin/faults` does.
    /// - Returns: What is wrong with it, in words.
    @discardableResult
    package func addFault(_ json: JSON) -> String? {
        change { tenant in
            do throws(GraphError) {
                _ = try tenant.addFaults(json)
                return nil
            } catch {
                return error.message
            }
        }
    }

    /// Makes a site, unless it is there.
    package func addSite(path: String) { change { _ = $0.addSite(path: path) } }

    /// Registers an application. One that is known keeps its rights and gets the secret.
    package func register(_ application: SimulatorConfiguration.Application) {
        change { tenant in
            if let known = tenant.applications[application.clientID] {
                known.secret = application.secret
                tenant.unsaved.tenant = true
            } else {
                tenant.register(application.clientID, secret: application.secret, rights: application.rights)
            }
        }
    }

    package var counters: JSON { tenant.withLock { $0.counters.json } }

    /// Everything but the counters, as one document.
    package var state: JSON { tenant.withLock { $0.state } }

    /// Replaces everything by a saved state.
    /// - Returns: What is wrong with it, in words.
    @discardableResult
    package func load(state: JSON) -> String? {
        change { tenant in
            do throws(GraphError) {
                try tenant.load(state)
                return nil
            } catch {
                return error.message
            }
        }
    }
}
