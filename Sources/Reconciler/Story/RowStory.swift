package import Core

/// One row's story: what the source, the rules and the ledger say of it, and what the next apply would do.
package struct RowStory: Hashable, Sendable {
    package var address: Address
    package var definition: String
    package var syncKey: String
    package var isInSource: Bool
    /// The place of the rule that decides, or `default`; `nil` for a row that is gone or belongs nowhere.
    package var rule: String?
    package var wantedList: String?
    package var rejection: Rejection?
    /// The field that is to blame.
    package var rejectedField: String?
    package var entry: LedgerEntry?
    package var itemList: String?
    /// The list that the service refused the row for.
    package var refusedList: String?
    package var action: RowAction?
    package var changedFields: [String]
    /// Fields in which the item shows what a person typed.
    package var driftedFields: [String]

    /// Why the row is not written as it is: what the service refused, else what its values show.
    package var refusalCode: RejectCode? { entry?.refusal?.code ?? rejection?.code }

    package static func tell(
        _ row: RowAddress, _ desired: DesiredState, _ sides: Sides, _ context: RunContext
    ) async throws(Failure) -> RowStory {
        var alone = desired
        alone.definitions = desired.definitions.filter { $0.name == row.definition }
        var reading = sides
        // The lists are not asked: the ledger says where the item is.
        reading.sites = [:]
        let observation = try await Observer.observe(alone, reading, flags: context.flags)
        guard let work = observation.definitions.first,
            let source = sides.sources[work.bound.definition.sourceProfile]
        else {
            throw Failure(
                .invalid, while: "reading \(row.address.text)", because: "the definition does not fit its table",
                help: "run syncbridge validate --source")
        }
        guard work.bound.ledgerKey(parts: row.parts) != nil else {
            let columns = work.bound.key.map(\.column).joined(separator: "/")
            throw Failure(
                .usage, while: "reading the address \(row.address.text)",
                because: "the key of definition \"\(row.definition)\" is \(columns)",
                help: "write row/\(row.definition)/ and a value for each of them")
        }
        let syncKey = SyncKey(prefix: work.prefix, parts: row.parts).text
        var story = RowStory(
            address: row.address, definition: row.definition, syncKey: syncKey, isInSource: false, changedFields: [],
            driftedFields: [])
        if let id = work.registered?.id, let metaStore = sides.metaStore {
            story.entry = try await metaStore.entries(
                of: id, list: ListID(""), items: [], syncKeys: [syncKey]
            ).first?.entry
        }
        story.itemList = story.entry?.list.flatMap { id in work.lists.first { $0.id == id }?.name ?? id.text }
        story.refusedList = story.entry?.refusal?.list.flatMap { id in
            work.lists.first { $0.id == id }?.name ?? id.text
        }
        let chunk = try await source.rows(of: work.bound, keys: [row.parts])
        story.decide(chunk, work, context)
        return story
    }

    private mutating func decide(_ chunk: CopyChunk, _ work: DefinitionWork, _ context: RunContext) {
        let evaluator = work.evaluator(now: context.now)
        var route: Route?
        var projection: Result<ContentHash, Rejection>?
        var copy = CopyRow()
        chunk.forEachRow(&copy) { (row: borrowing CopyRow) in
            route = evaluator.route(of: row)
            do throws(Rejection) {
                projection = .success(ContentHash(of: try evaluator.projection(of: row)))
            } catch {
                projection = .failure(error)
            }
        }
        let fields = work.bound.fields.map(\.target)
        if let entry { driftedFields = work.drift(of: entry).fields.map { fields[$0] } }
        guard let route, let projection else {
            action = entry.flatMap { work.decider.decideGone($0, listIndex: nil)?.action }
            return
        }
        isInSource = true
        wantedList = route.list.map { work.bound.lists[$0] }
        switch route.decision {
        case .rule(let index): rule = work.bound.definition.sharding.rules[index].place?.text ?? "rule \(index + 1)"
        case .byDefault: rule = work.bound.definition.sharding.defaultList?.place?.text ?? "default"
        case .unrouted: rule = nil
        }
        let decision = work.decider.decide(route: route, projection: projection, ledger: entry)
        action = decision.action
        rejection = decision.rejection
        rejectedField = decision.rejection?.field.map { fields[$0] }
        changedFields = decision.changedFields.map { fields[$0] }
    }
}

/// A row as an address names it.
package struct RowAddress: Hashable, Sendable {
    package var definition: String
    /// Canonical texts of the key columns.
    package var parts: [String]

    package var address: Address { .row(definition, key: parts) }

    /// - Parameter text: `row/<definition>/<part>/…`, as somebody typed it.
    package init(_ text: String, in desired: DesiredState) throws(Failure) {
        guard case .row(let name, let key) = try? Address(parsing: text) else {
            throw Failure(
                .usage, while: "reading the address \(text)", because: "it is not \(Address.Kind.row.form)",
                help: "for example row/projects/42; several key columns are separated by /")
        }
        let names = desired.definitions.map(\.name)
        guard names.contains(name) else {
            throw Failure(
                .usage, while: "reading the address \(text)",
                because: "the manifests have no definition \"\(name)\"",
                help: closest(to: name, among: names).map { "did you mean row/\($0)/…?" }
                    ?? "see syncbridge status")
        }
        definition = name
        parts = key
    }
}
