package import Core

/// Carries requests to a simulated Graph in the same process.
package struct SimulatedTransport: HTTPTransport {
    private let graph: SimulatedGraph

    package init(_ graph: SimulatedGraph) { self.graph = graph }

    package func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        guard !Task.isCancelled else { throw failure(.cancelled, .notSent, request, "the task was cancelled") }
        let exchange = graph.begin(request)
        // Others may run before the answer arrives, so calls in parallel overlap as they do over a network.
        await Task.yield()
        graph.end(exchange)
        switch exchange.outcome {
        case .answer(let response): return response
        case .dropped: throw failure(.interrupted, .unknown, request, "the connection closed without an answer")
        case .cut: throw failure(.interrupted, .unknown, request, "the answer was cut short")
        }
    }

    private func failure(
        _ kind: HTTPTransportError.Kind, _ certainty: HTTPTransportError.Certainty, _ request: HTTPRequest,
        _ reason: String
    ) -> HTTPTransportError {
        let origin = RequestURL(request.url).origin
        let host = origin.range(ofFirst: "://").map { String(origin[$0.upperBound...]) } ?? origin
        return HTTPTransportError(kind: kind, certainty: certainty, host: host, reason: reason)
    }
}
