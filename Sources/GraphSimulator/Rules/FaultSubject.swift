internal import Core

/// A call as fault rules see it.
struct FaultSubject {
    var operation: Operation
    var method: String
    /// Percent-encoded, below the version root.
    var path: String
    var query: String
    /// The list that the call is about, if there is one.
    var list: SimulatedList?
    /// The id of the item that it is about.
    var item: String?

    /// Whether it asks for a part of a collection.
    var hasFilter: Bool { options?.filter != nil }

    /// The newest change that the feed of this call has delivered; `nil` for a feed that begins, and for other calls.
    var knownChange: Int? {
        guard operation == .delta, let text = options?.token, let token = FeedToken(text: text) else { return nil }
        return token.newestKnownChange
    }

    private var options: QueryOptions? {
        do throws(GraphError) {
            return try QueryOptions(query, allowed: Set(QueryOptions.Option.allCases))
        } catch {
            return nil
        }
    }
}

extension Tenant {
    /// What the rules are asked about; looks the list up only if there are rules.
    func subject(_ context: CallContext) -> FaultSubject {
        var subject = FaultSubject(
            operation: context.operation, method: context.call.method, path: context.call.path,
            query: context.call.query)
        guard !faults.rules.isEmpty, let route = context.route else { return subject }
        subject.item = route.target.item
        subject.list = route.target.list.flatMap { knownList($0, at: route.site) }
        return subject
    }

    /// The list of a path, also one that is in the recycle bin.
    private func knownList(_ key: String, at place: SiteKey) -> SimulatedList? {
        guard let site = try? site(place) else { return nil }
        return site.list(key) ?? deletedLists.first { $0.path == site.path && $0.list.isCalled(key) }?.list
    }
}

extension SimulatedList {
    /// Whether `key` is its id or its title.
    func isCalled(_ key: String) -> Bool {
        id == key.lowercased() || displayName.lowercased() == key.lowercased()
    }
}
