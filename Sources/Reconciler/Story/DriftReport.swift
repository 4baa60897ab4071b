package import Core

/// What differs from the base though neither manifests nor source changed: people were there.
package struct DriftReport: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Fields of the item show something else than what was sent.
        case changed
        /// The two sides differ, and nobody knows who changed what: after a recovery.
        case unknownBase
        case deleted
        /// An item with a key of ours that no row owns.
        case orphan
        /// An item of a row carries another key, or none.
        case key
        /// A list or a column is not what it was.
        case schema
    }

    package struct Entry: Hashable, Sendable {
        package var kind: Kind
        /// `row/…`, `list/…` or `column/…`.
        package var address: Address
        package var list: String?
        package var fields: [String]
        package var words: String
    }

    package var entries: [Entry] = []
    /// What stays although the source or the manifests no longer have it; no drift.
    package var notes: [SchemaNote] = []
    /// Lists whose feed could not tell.
    package var partial: [Address] = []

    private static let pageRows = 1000

    package static func make(
        _ desired: DesiredState, _ sides: Sides, _ context: RunContext
    ) async throws(Failure) -> DriftReport {
        let observation = try await Observer.observe(desired, sides, flags: context.flags)
        let look = try await FeedLook.take(observation, sides, context)
        var report = DriftReport()
        report.partial = look.partial
        report.notes = observation.schema.notes
        report.entries = observation.schema.drift.map {
            Entry(kind: .schema, address: $0.address, list: nil, fields: [], words: $0.summary)
        }
        guard let metaStore = sides.metaStore else { return report }
        for work in observation.definitions {
            guard let id = work.registered?.id else { continue }
            let seen = look.entries[work.name] ?? [:]
            var known: [LedgerKey: LedgerEntry] = seen
            var after: LedgerKey?
            while true {
                let page = try await metaStore.drifted(of: id, after: after, limit: pageRows)
                guard let last = page.last else { break }
                after = last.entry.key
                for row in page where known[row.entry.key] == nil { known[row.entry.key] = row.entry }
            }
            let columns = observation.columnNames(of: work.lists)
            for entry in known.values.sorted(by: { $0.key < $1.key }) {
                if let found = Self.entry(entry, work, columns) { report.entries.append(found) }
            }
        }
        report.entries += try await strays(
            try await metaStore.strays(of: desired.project.name) + look.strays, observation, metaStore)
        return report
    }

    /// Items whose key is not that of their row, and those that no row owns.
    private static func strays(
        _ strays: [StrayItem], _ observation: Observation, _ metaStore: any MetaStore
    ) async throws(Failure) -> [Entry] {
        var entries: [Entry] = []
        var seen: Set<StrayItem> = []
        for list in observation.registry.lists {
            let here = strays.filter { $0.list == list.id && seen.insert($0).inserted }
            guard !here.isEmpty else { continue }
            let items = here.map(\.item)
            let known = try await metaStore.entries(of: list.definitionID, list: list.id, items: items, syncKeys: [])
            let work = observation.definitions.first { $0.registered?.id == list.definitionID }
            for stray in here {
                if let row = known.first(where: { $0.entry.list == list.id && $0.entry.item == stray.item }), let work {
                    entries.append(
                        Entry(
                            kind: .key, address: address(of: row.entry.key, work), list: list.name, fields: [],
                            words: "its item carries another key, or none; the next apply writes it"))
                } else {
                    entries.append(
                        Entry(
                            kind: .orphan, address: .list(list.site, list.name), list: list.name, fields: [],
                            words: "item \(stray.item) carries the key \(stray.syncKey), and no row owns it"))
                }
            }
        }
        return entries
    }

    private static func address(of key: LedgerKey, _ work: DefinitionWork) -> Address {
        .row(work.name, key: work.parts(of: key) ?? [])
    }

    /// - Parameter columns: Internal names of the columns of lists that were looked at.
    private static func entry(
        _ entry: LedgerEntry, _ work: DefinitionWork, _ columns: [ListID: Set<String>]
    ) -> Entry? {
        let address = address(of: entry.key, work)
        let list = (entry.list ?? entry.prior?.list).flatMap { id in work.lists.first { $0.id == id }?.name }
        switch entry.state {
        case .deletedByPerson:
            return Entry(
                kind: .deleted, address: address, list: list, fields: [], words: "a person deleted its item")
        case .synced, .moving, .archived, .marked, .quarantined:
            let drift = work.drift(of: entry, columns)
            guard !drift.fields.isEmpty else { return nil }
            let names = drift.fields.map { work.bound.fields[$0].target }
            return Entry(
                kind: drift.isUnknown ? .unknownBase : .changed, address: address, list: list, fields: names,
                words: drift.isUnknown
                    ? "both sides differ in \(names.joined(separator: ", "))"
                    : "people changed \(names.joined(separator: ", "))")
        case .tombstone: return nil
        }
    }
}
