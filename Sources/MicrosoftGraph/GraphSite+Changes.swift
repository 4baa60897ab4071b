package import Core

extension GraphSite {
    package func changes(
        of list: String, from position: FeedPosition, select: [String]
    ) async throws(SiteFailure) -> FeedPage {
        let request = try await request(for: position, of: list, select: select)
        let answer = try await client.call(request)
        guard let entries = answer.feed else {
            throw client.malformed(request.operation, "a page without elements", answer)
        }
        return FeedPage(
            entries: entries, next: try next(in: answer, request.operation, mayEnd: position.isListing))
    }

    private func request(
        for position: FeedPosition, of list: String, select: [String]
    ) async throws(SiteFailure) -> GraphRequest {
        let words = "reading the changes of list \(list)"
        let isFirst = position == .beginning || position.isListing
        // The whole state costs what a page of items costs; from a position on, a page of changes is cheaper.
        let operation = GraphOperation(.read, isFirst ? .items : .feed, list: list, isFeed: true, words: words)
        let path: String
        switch position {
        case .link(let link), .items(let link?): return GraphRequest("GET", .link(link), operation: operation)
        case .beginning: path = "/delta?"
        // The options live on in the links, so they belong to the first request of this kind too (FACTS 1.6).
        case .items(nil): path = "?"
        case .latest: path = "/delta?token=latest&"
        }
        let site = PercentEncoding.segment(try await site().id)
        return GraphRequest(
            "GET",
            .path(
                "/sites/\(site)/lists/\(PercentEncoding.segment(list))/items\(path)"
                    + "$select=\(position.isListing ? FeedCoding.itemProperties : FeedCoding.properties)&\(ItemCoding.expansion(select))&$top=\(FeedCoding.pageItems)"
            ),
            operation: operation)
    }

    /// Every page says either that there is more or that it is the last one.
    private func next(
        in answer: GraphAnswer, _ operation: GraphOperation, mayEnd: Bool
    ) throws(SiteFailure) -> FeedPage.Next {
        let more = answer.body["@odata.nextLink"].flatMap { $0.isNull ? nil : $0 }
        let done = answer.body["@odata.deltaLink"].flatMap { $0.isNull ? nil : $0 }
        // Items without the feed: the page after which there is none does not say so.
        if mayEnd, more == nil, done == nil { return .done("") }
        guard (more == nil) != (done == nil), let link = (more ?? done)?.string, !link.isEmpty else {
            throw client.malformed(operation, "a page that does not say how to go on", answer)
        }
        // A link that could never be followed must not be kept as a position.
        guard client.endpoints.isOwn(link) else { throw client.foreignLink(link, operation) }
        return more != nil ? .more(link) : .done(link)
    }
}

/// Elements of a change feed's page (FACTS 1.6).
enum FeedCoding {
    /// Items of a page. The service gives up to 5,000; two of them are in memory at a time.
    static let pageItems = 3000
    /// What is asked for besides the fields.
    static let properties = "id,eTag,createdDateTime,lastModifiedBy,lastModifiedDateTime,deleted,fields"
    /// The same of items outside the feed, where nothing is deleted.
    static let itemProperties = "id,eTag,createdDateTime,lastModifiedBy,lastModifiedDateTime,fields"

    static func entry(_ element: JSON) -> FeedEntry {
        guard element.members != nil else { return .unreadable(reason: "an element is no object") }
        if let error = element["error"], !error.isNull {
            // Seen in the place of a deleted item: which one is not said.
            let code = GraphError(element).code.map { " (\($0))" } ?? ""
            return .unreadable(reason: "an error stands in the place of an item\(code)")
        }
        guard let id = element["id"].flatMap(ItemCoding.identifier), id > 0 else {
            return .unreadable(reason: "an item has no id")
        }
        if let deleted = element["deleted"], !deleted.isNull { return .removed(id) }
        guard element["fields"]?.members != nil else { return .unreadable(reason: "item \(id) has no fields") }
        guard let item = ItemCoding.item(element) else { return .unreadable(reason: "item \(id) has no tag") }
        return .item(observed(item, element))
    }

    private static func observed(_ item: RemoteItem, _ element: JSON) -> FeedItem {
        let by = element["lastModifiedBy"]
        let person = by?["user"]
        let text = { (json: JSON?) in json?.string.flatMap { $0.isEmpty ? nil : $0 } }
        let application = ItemCoding.editingApplication(element)
        let name = application == nil ? person : by?["application"]
        return FeedItem(
            item: item, editingApplication: application,
            editor: text(name?["displayName"]) ?? text(person?["displayName"]),
            modifiedAt: element["lastModifiedDateTime"]?.string.flatMap { Instant(isoText: $0) },
            createdAt: element["createdDateTime"]?.string.flatMap { Instant(isoText: $0) })
    }
}

extension FeedPosition {
    fileprivate var isListing: Bool {
        switch self {
        case .items: true
        case .beginning, .latest, .link: false
        }
    }
}
