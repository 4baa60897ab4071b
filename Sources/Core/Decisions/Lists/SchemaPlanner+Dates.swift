/// Whether the site has the zone that its profile names (SPEC §10).
extension SchemaPlanner {
    /// Compares the profile's zone with what reading dates back has shown.
    mutating func noteDates(_ managed: ManagedList, _ definition: BoundDefinition, in planned: inout PlannedList) {
        guard let dates = managed.dates, definition.fields.contains(where: \.type.isDateOnly) else { return }
        let zone = definition.zone.name
        let address = Address.rows(definition.definition.name, planned.site, planned.name)
        switch dates {
        case .wrong(zone):
            plan.hazards.append(
                Hazard(
                    .timeZoneMismatch, at: address,
                    "days that were written to the list came back as other days: the site's time zone is not \(zone)",
                    remedy:
                        "set timeZone of the profile to the zone in the site's regional settings; the days are then "
                        + "written again", place: planned.place))
        case .right(let before) where before != zone:
            // Before rows are counted nobody knows whether it matters.
            guard managed.liveRows > 0 || !registry.isCounted else { return }
            planned.hasMovedDates = true
            plan.hazards.append(
                Hazard(
                    .timeZoneMismatch, at: address,
                    "the days of the list came back right under the time zone \(before), and the profile says \(zone)",
                    rows: managed.liveRows,
                    remedy:
                        "set timeZone back; if the site's regional settings were changed, allow the hazard: unless the "
                        + "list's items show the same days, every row has its days written again", place: planned.place)
            )
        case .right, .wrong: break
        }
    }
}

extension ColumnType {
    /// Days, which the service keeps as instants of the site's zone.
    package var isDateOnly: Bool {
        if case .dateTime(let options) = self { return options.format == .dateOnly }
        return false
    }
}
