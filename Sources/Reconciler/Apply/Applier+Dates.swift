internal import Core

/// Days are sent as instants of the zone that the profile names. Only reading some back shows whether the site has that
/// zone, which it does not tell (FACTS 5.1): once for each list, after the first rows that have a day.
extension Applier {
    /// Reads back what was just written, and stops the definition if days came back as other days.
    mutating func checkDates(_ writer: inout WavePlanner) async throws(Failure) {
        let waiting = writer.takeDatesToCheck().sorted { $0.key < $1.key }
        var rows: [DateRow] = []
        for (list, tasks) in waiting {
            let known = try await metaStore.entries(
                of: writer.definitionID, list: list, items: [], syncKeys: tasks.map(\.syncKey).sorted())
            rows += DateRow.of(tasks, known, list)
        }
        let counts = await count(rows, writer)
        let zone = writer.work.bound.zone.name
        for (list, _) in waiting {
            guard let count = counts[list] else { continue }
            if count.wrong > 0 {
                try await forgetDates(in: list, writer.work, writer.lease)
                try await metaStore.save(dates: .wrong(zone: zone), of: list, under: writer.lease)
                report.isDeniedLate = true
                writer.stop()
            } else if count.right > 0 {
                try await metaStore.save(dates: .right(zone: zone), of: list, under: writer.lease)
                writer.datesAreRight(in: list)
            }
        }
    }

    /// Days that came back as they were sent, and others, by list. An item that somebody changed meanwhile says nothing.
    private func count(_ rows: [DateRow], _ writer: WavePlanner) async -> [ListID: (right: Int, wrong: Int)] {
        guard !rows.isEmpty, !context.shouldStop else { return [:] }
        let fields = writer.dateFields
        let select = fields.map { writer.work.bound.fields[$0].target }
        let groups = stride(from: 0, to: rows.count, by: WaveMachine.batchMax).map { start in
            Array(rows[start..<min(start + WaveMachine.batchMax, rows.count)])
        }
        let site = writer.site
        let answers = await sideBySide(groups, limit: Self.groupsAtOnce) { group in
            await site.perform(group.map { .read(list: $0.list.text, item: $0.item, select: select) })
        }
        var counts: [ListID: (right: Int, wrong: Int)] = [:]
        for (row, answer) in zip(groups.joined(), answers.joined()) {
            guard case .success(.item(let item)) = answer, item.etag == row.etag else { continue }
            for field in fields where row.task.values[field] != .null {
                let shown = item[writer.work.bound.fields[field].target]
                let isRight = writer.keepsDay(row.task.values[field], shown)
                counts[row.list, default: (0, 0)].right += isRight ? 1 : 0
                counts[row.list, default: (0, 0)].wrong += isRight ? 0 : 1
            }
        }
        return counts
    }

    private static let groupsAtOnce = 4

    /// The profile names another zone than before, and somebody agreed. Where the site's own zone was changed with it the
    /// service shows the same days; else they are written again.
    func forgetMovedDates(_ planned: PlannedList, _ work: DefinitionWork, _ lease: LeaseTerm) async throws(Failure) {
        guard planned.hasMovedDates, case .found(_, let managed?, _) = planned.existence else { return }
        if try await showsSameDays(managed, work) {
            let zone = work.bound.zone.name
            return try await metaStore.save(dates: .right(zone: zone), of: managed.id, under: lease)
        }
        try await forgetDates(in: managed.id, work, lease)
        try await metaStore.save(dates: nil, of: managed.id, under: lease)
    }

    /// Whether the first items of a list show the days that both sides agreed on, under the zone of now.
    private func showsSameDays(_ list: ManagedList, _ work: DefinitionWork) async throws(Failure) -> Bool {
        guard let id = work.registered?.id, let site = sides.sites[list.site] else { return false }
        let rows = try await metaStore.rows(of: id, in: list.id, after: 0, limit: WaveMachine.batchMax)
        let fields = work.bound.fields.indices.filter { work.bound.fields[$0].type.isDateOnly }
        let codec = FieldCodec(zone: work.bound.zone)
        let answers = await site.perform(
            rows.map { row in
                .read(
                    list: list.id.text, item: row.entry.item ?? 0, select: fields.map { work.bound.fields[$0].target })
            })
        var right = 0
        for (row, answer) in zip(rows, answers) {
            guard case .success(.item(let item)) = answer, item.etag == row.entry.etag,
                let base = work.decider.base(of: row.entry)
            else { continue }
            for field in fields where !base.hasDrifted(field) {
                let column = work.bound.fields[field]
                guard let shown = codec.decode(item[column.target], type: column.type), shown != .null else { continue }
                guard ContentHash(of: [shown]).fields[0] == base.remote[field] else { return false }
                right += 1
            }
        }
        return right > 0
    }

    /// What rows have in days counts as not sent, so that it is written again.
    private func forgetDates(in list: ListID, _ work: DefinitionWork, _ lease: LeaseTerm) async throws(Failure) {
        guard let registered = work.registered else { return }
        for field in work.bound.fields where field.type.isDateOnly {
            let positions = registered.mappings.compactMapValues { $0.firstIndex(of: field.target) }
            _ = try await metaStore.forgetSent(at: positions, in: list, of: registered.id, under: lease)
        }
    }
}

/// A row whose days are read back, and the version of its item that has them.
private struct DateRow: Sendable {
    var task: RowTask
    var list: ListID
    var item: Int64
    var etag: String?

    static func of(_ tasks: [RowTask], _ known: [KnownEntry], _ list: ListID) -> [DateRow] {
        let entries = Dictionary(known.map { ($0.entry.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
        return tasks.compactMap { task in
            guard let entry = entries[task.key], entry.list == list, let item = entry.item else { return nil }
            return DateRow(task: task, list: list, item: item, etag: entry.etag)
        }
    }
}
