internal import Core

extension Tenant {
    /// Keeps the day of every date without a time: the service stores a day of the site's calendar, and shows its first
    /// moment in the zone that the site has now. No item gets a new version by that.
    func moveDates(to new: SiteTimeZone) {
        for list in sites.flatMap(\.lists) + deletedLists.map(\.list) {
            let columns = list.columns.filter { if case .dateOnly = $0.valueType { true } else { false } }
            guard !columns.isEmpty else { continue }
            unsaved.everything = true
            for item in list.slots.compactMap({ $0 }) + list.recycled {
                for column in columns { moveDate(of: item, column, to: new) }
            }
            for column in columns where column.indexed { list.buildIndex(column) }
        }
    }

    private func moveDate(of item: SimulatedItem, _ column: SimulatedColumn, to new: SiteTimeZone) {
        guard case .instant(let instant)? = item[column.slot] else { return }
        item[column.slot] = .instant(new.firstInstant(of: zone.day(of: instant)))
    }
}
