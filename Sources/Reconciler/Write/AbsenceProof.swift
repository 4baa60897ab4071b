internal import Core

/// Whether an item is gone. One 404 proves nothing: the service answers it for an item whose list is missing, and now and
/// then for an item that exists (FACTS 13).
struct AbsenceProof {
    let site: any SharePointSite
    let list: ListID
    /// What is read of an item that is there.
    let select: [String]

    /// The item by its id; `nil` if it is proved that there is none: it was asked for twice, and its list has answered without
    /// it between the two and is there after them.
    /// - Parameter key: The sync key by which the list is asked.
    /// - Throws: What kept the service from telling.
    func item(_ id: Int64, key: String?) async throws(SiteFailure) -> RemoteItem? {
        switch await site.perform([.read(list: list.text, item: id, select: select)]).first {
        case .success(.item(let item)): return item
        case .failure(let failure) where failure.kind == .gone: break
        case .failure(let failure): throw failure
        case .success, nil: throw Self.odd
        }
        let hasKeys = select.contains(SyncKey.column)
        let answers = await site.perform([
            hasKeys ? .find(list: list.text, key: key ?? "", select: select) : .probe(list: list.text),
            .read(list: list.text, item: id, select: select),
        ])
        guard answers.count == 2 else { throw Self.odd }
        if let item = try Self.proved(id, answers[0], answers[1]) { return item }
        // A list that went just before the second answer takes its items along, and may come back with them.
        guard let last = await site.perform([.probe(list: list.text)]).first, case .found(let items) = try last.get()
        else {
            throw Self.odd
        }
        return items.first { $0.id == id }
    }

    private static func proved(
        _ id: Int64, _ listed: Result<ItemAnswer, SiteFailure>, _ again: Result<ItemAnswer, SiteFailure>
    ) throws(SiteFailure) -> RemoteItem? {
        switch (try listed.get(), again) {
        case (_, .success(.item(let item))): return item
        case (.found(let items), .failure(let failure)) where failure.kind == .gone:
            return items.first { $0.id == id }
        case (_, .failure(let failure)): throw failure
        case (_, .success): throw odd
        }
    }

    private static let odd = SiteFailure(.malformed, reason: "an odd answer")
}
