internal import Core

/// Pages that a client cannot go on from.
extension Tenant {
    /// The page of `answer` as `fault` leaves it. An error stays what it is.
    func spoiled(_ answer: GraphAnswer, by fault: FaultRule, _ call: Call) -> GraphAnswer {
        guard answer.succeeded, let body = answer.body else { return answer }
        var answer = answer
        switch fault.kind {
        case .noHits: answer.body = body.page([], link: nil)
        case .truncatedPage: answer.cutBody()
        case .oddPage: answer.body = ["value": "Sorry, something went wrong", "d": ["results": [.null]]]
        case .circularPages: answer.body = body.page(body["value"]?.array ?? [], link: circle(fault, body, call))
        case .endlessPages: answer.body = body.page([], link: anotherPage(fault, body, call))
        default: break
        }
        return answer
    }

    /// The link of a page in a circle: the last page of it leads to the first, and no page is the last of all.
    private func circle(_ fault: FaultRule, _ body: JSON, _ call: Call) -> String {
        let here = call.root + call.path + (call.query.isEmpty ? "" : "?" + call.query)
        let isFirst = (fault.struck - 1) % fault.pages == 0
        if isFirst { faults.beginCircle(of: fault.id, at: here) }
        let start = isFirst ? here : fault.circleStart ?? here
        let isLast = fault.struck % fault.pages == 0
        return isLast ? start : body["@odata.nextLink"]?.string ?? start
    }

    /// A link that no page had before, to a page that is there.
    private func anotherPage(_ fault: FaultRule, _ body: JSON, _ call: Call) -> String {
        let link = body["@odata.nextLink"]?.string ?? body["@odata.deltaLink"]?.string
        if let link, let at = link.range(ofFirst: "token="), var token = FeedToken(text: String(link[at.upperBound...]))
        {
            token.pages = fault.struck
            return link[..<at.upperBound] + token.text
        }
        let pairs = call.query.split(separator: "&").filter { !$0.lowercased().contains("skiptoken=") }
        let token = PagePosition.afterItem(1_000_000_000 + fault.struck).token
        return "\(call.root)\(call.path)?\((pairs + ["$skiptoken=\(token)"]).joined(separator: "&"))"
    }
}

extension JSON {
    /// This page with other elements and, unless it is nil, a next link in the place of its own.
    fileprivate func page(_ elements: [JSON], link: String?) -> JSON {
        let links = ["@odata.nextLink", "@odata.deltaLink", "value"]
        var members = (members ?? []).filter { !links.contains($0.name) }
        if let link { members.append(.init("@odata.nextLink", .string(link))) }
        return .object(members + [.init("value", .array(elements))])
    }
}

extension GraphAnswer {
    /// Ends the JSON in the middle, on a connection that ends as it should.
    fileprivate mutating func cutBody() {
        guard let bytes = body?.serialized() else { return }
        rawBody = Array(bytes.prefix(max(1, bytes.count * 2 / 3)))
        body = nil
        headers.append(HTTPHeader("Content-Type", Tenant.jsonType))
    }
}
