internal import Core

/// Days are sent as instants of the zone that the profile names. Only reading some back shows whether the site has that
/// zone, which it does not tell (FACTS 5.1): once for each list, after the first rows that have a day.
extension Applier {
    /// Reads back what was just written, and stops the definition if days came back as other days.
    mutating func checkDates(_ writer: inout WavePlanner) async throws(Failure) {
        let waiting = writer.takeDatesToCheck()
        for (list, tasks) in waiting.sorted(by: { $0.key < $1.key }) {
            let known = try await metaStore.entries(
                of: writer.definitionID, list: list, items: [], syncKeys: tasks.map(\.syncKey).sorted())
            let count = await count(tasks, known, list, writer)
            let zone = writer.work.bound.zone.name
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

    /// Days that came back as they were sent, and others. An item that somebody changed meanwhile says nothing.
    private func count(
        _ tasks: [RowTask], _ known: [KnownEntry], _ list: ListID, _ writer: WavePlanner
    ) async -> (right: Int, wrong: Int) {
        let entries = Dictionary(known.map { ($0.entry.key, $0.entry) }, uniquingKeysWith: { first, _ in first })
        let fields = writer.dateFields
        let select = fields.map { writer.work.bound.fields[$0].target }
        var (right, wrong) = (0, 0)
        for start in stride(from: 0, to: tasks.count, by: WaveMachine.batchMax) {
            let group = tasks[start..<min(start + WaveMachine.batchMax, tasks.count)].compactMap { task in
                entries[task.key].flatMap { entry in
                    entry.list == list ? entry.item.map { (task, $0, entry.etag) } : nil
                }
            }
            guard !group.isEmpty, !context.shouldStop else { break }
            let answers = await writer.site.perform(
                group.map { .read(list: list.text, item: $0.1, select: select) })
            for ((task, _, etag), answer) in zip(group, answers) {
                guard case .success(.item(let item)) = answer, item.etag == etag else { continue }
                for field in fields where task.values[field] != .null {
                    let isRight = writer.keepsDay(task.values[field], item[writer.work.bound.fields[field].target])
                    if isRight { right += 1 } else { wrong += 1 }
                }
            }
        }
        return (right, wrong)
    }

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
