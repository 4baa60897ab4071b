internal import Core
internal import Reconciler

/// Carries requests as long as this process may start calls: one that was stopped for longer than its lease lasts sends
/// nothing when it wakes up (SPEC §6).
struct TrustedTransport: HTTPTransport {
    let transport: any HTTPTransport
    let trust: TrustWindow
    var probe: (any EffectProbe)?

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        guard trust.allows(at: ProcessSurroundings.monotonicPreciseSeconds()) else {
            throw HTTPTransportError(
                kind: .cancelled, certainty: .notSent, host: "", reason: "the lease was not confirmed in time")
        }
        guard let probe else { return try await transport.send(request) }
        let effect = request.effectName
        probe.willBegin(effect)
        defer { probe.didEnd(effect) }
        return try await transport.send(request)
    }
}
