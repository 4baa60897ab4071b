package import Core

/// What a request asks for. Decides what an answer means, whether the request may be repeated, and what it costs.
package struct GraphOperation: Hashable, Sendable {
    package enum Verb: Hashable, Sendable { case read, create, change, delete }

    package enum Target: Hashable, Sendable {
        case site, list, column
        /// One item, by its id.
        case item
        // Collections: read as pages or found by a filter, or created in.
        case lists, columns, items
        /// A list's change feed from a position of it on.
        case feed

        var isItems: Bool {
            switch self {
            case .item, .items, .feed: true
            case .site, .list, .column, .lists, .columns: false
            }
        }
    }

    package var verb: Verb
    package var target: Target
    /// The id of the list concerned.
    package var list: String?
    /// It carries `If-Match`.
    package var isConditional: Bool
    /// Its answer is a page of a change feed.
    package var isFeed: Bool
    /// What is being done, as a gerund phrase without values: `reading the columns of list 7d1c…`.
    package var words: String

    package init(
        _ verb: Verb, _ target: Target, list: String? = nil, isConditional: Bool = false, isFeed: Bool = false,
        words: String
    ) {
        self.verb = verb
        self.target = target
        self.list = list
        self.isConditional = isConditional
        self.isFeed = isFeed
        self.words = words
    }

    /// Resource units (FACTS 8.1).
    package var resourceUnits: Int {
        guard verb == .read else { return 2 }
        switch target {
        case .site, .list, .column, .item, .feed: return 1
        case .lists, .columns, .items: return 2
        }
    }

    /// Whether it may be sent again although the service may have acted on it: a read; a change of settings, which
    /// names the wanted state; and a write of an item under a condition, which fails instead of acting twice.
    package var mayRepeat: Bool {
        switch verb {
        case .read: true
        case .create: false
        case .change, .delete: target.isItems ? isConditional : true
        }
    }
}

/// One request to Graph.
package struct GraphRequest: Hashable, Sendable {
    package enum Address: Hashable, Sendable {
        /// After the version root, beginning with `/`, percent-encoded, query included.
        case path(String)
        /// A paging link, used exactly as the service gave it.
        case link(String)
    }

    package var method: String
    package var address: Address
    /// `If-Match`, `Prefer`; the client adds the others.
    package var headers: [HTTPHeader]
    package var body: JSON?
    package var operation: GraphOperation

    package init(
        _ method: String, _ address: Address, headers: [HTTPHeader] = [], body: JSON? = nil, operation: GraphOperation
    ) {
        self.method = method
        self.address = address
        self.headers = headers
        self.body = body
        self.operation = operation
    }
}

/// One answer of Graph, alone or from a batch.
package struct GraphAnswer: Hashable, Sendable {
    package var status: Int
    package var headers: [HTTPHeader]
    /// `null` where there is none.
    package var body: JSON
    /// There was a body that is no JSON: cut, or written by a gateway.
    package var isUnreadable: Bool
    /// What a page of a change feed holds, in the place of its `value`; `nil` for any other answer.
    package var feed: [FeedEntry]?

    package init(status: Int, headers: [HTTPHeader] = [], body: JSON = .null, isUnreadable: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isUnreadable = isUnreadable
    }

    package init(_ response: HTTPResponse) {
        self.init(status: response.status, headers: response.headers)
        guard !response.body.isEmpty else { return }
        do { body = try JSON.parse(response.body) } catch { isUnreadable = true }
    }

    /// The answer to one request. A page of a change feed is decoded while it is read: it is the largest there is.
    init(_ response: HTTPResponse, to operation: GraphOperation) {
        guard operation.isFeed, 200..<300 ~= response.status, !response.body.isEmpty else {
            self.init(response)
            return
        }
        self.init(status: response.status, headers: response.headers)
        var entries: [FeedEntry] = []
        do {
            body = try JSON.parse(response.body, elementsOf: "value") { entries.append(FeedCoding.entry($0)) }
            if body["value"]?.array != nil { feed = entries }
        } catch {
            isUnreadable = true
        }
    }

    /// The value of the first header of this name, without regard to case.
    package func header(_ name: String) -> String? {
        headers.value(of: name)
    }
}
