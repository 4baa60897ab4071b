package import Core

/// The JSON of `$batch` (FACTS 1.9, 2.7). Parts are numbered from 1 in their order.
package enum BatchCoding {
    static func envelope(_ requests: [GraphRequest]) -> JSON {
        let parts = requests.enumerated().map { index, request -> JSON in
            var members: [JSON.Member] = [
                JSON.Member("id", .string(String(index + 1))), JSON.Member("method", .string(request.method)),
                JSON.Member("url", .string(path(request.address))),
            ]
            var headers = request.headers.map { JSON.Member($0.name, .string($0.value)) }
            if request.body != nil { headers.insert(JSON.Member("Content-Type", "application/json"), at: 0) }
            if !headers.isEmpty { members.append(JSON.Member("headers", .object(headers))) }
            if let body = request.body { members.append(JSON.Member("body", body)) }
            return .object(members)
        }
        return .object([JSON.Member("requests", .array(parts))])
    }

    private static func path(_ address: GraphRequest.Address) -> String {
        switch address {
        case .path(let path), .link(let path): path
        }
    }

    /// The answers of `count` parts in the requests' order, whatever the service's; `nil` where one is missing.
    /// - Returns: `nil` if the body is no envelope.
    package static func answers(_ body: JSON, count: Int) -> [GraphAnswer?]? {
        guard let responses = body["responses"]?.array else { return nil }
        var answers = [GraphAnswer?](repeating: nil, count: count)
        for response in responses {
            guard let id = response["id"].flatMap({ $0.string.flatMap(Int.init) ?? $0.integer }),
                id >= 1, id <= count, answers[id - 1] == nil, let status = response["status"]?.integer
            else { continue }
            let headers = (response["headers"]?.members ?? []).compactMap { member in
                text(member.value).map { HTTPHeader(member.name, $0) }
            }
            let inner = response["body"] ?? .null
            // A body in another format comes as base64 text: nothing that we ask for answers so.
            answers[id - 1] = GraphAnswer(
                status: status, headers: headers, body: inner.members == nil ? .null : inner,
                isUnreadable: !inner.isNull && inner.members == nil)
        }
        return answers
    }

    private static func text(_ value: JSON) -> String? {
        switch value {
        case .string(let text), .number(let text): text
        default: nil
        }
    }
}
