import Core

extension FuzzTarget {
    /// TZif files.
    static let timeZones = FuzzTarget(
        "time-zones",
        words: [
            "TZif2", "TZif", "\nCET-1CEST,M3.5.0,M10.5.0/3\n", "J365", ",", "/", "<+03>-3", "-1:59:59", "M12.5.6/167",
        ]
    ) { (input) throws(BrokenPromise) in
        guard let zone = SiteTimeZone(name: "Somewhere", tzif: input) else { return }
        for days in [Int32.min, -719_162, -25_567, 0, 20_000, 2_932_896, .max] {
            let date = CivilDate(days: days)
            let first = zone.firstInstant(of: date)
            _ = (zone.offset(at: first.seconds), zone.day(of: first))
        }
        // As far as 64 bits of microseconds reach.
        for seconds: Int64 in [Int64.min / 1_000_000, -(1 << 40), 0, 1 << 40, Int64.max / 1_000_000] {
            let instant = Instant(seconds: seconds)
            let offset = zone.offset(at: seconds)
            try promise((-89_999...97_199).contains(offset), "an offset of \(offset) seconds")
            _ = zone.day(of: instant)
        }
    }

    /// Moments and days as people and services write them.
    static let moments = FuzzTarget(
        "moments",
        words: ["2026-03-01T10:00:00Z", "T", "Z", "+01:00", ".123456789", "-15:59", "0001-01-01", "9999-12-31"],
        stretches: [
            { Array(("2026-03-01T10:00:00." + repeated("1", upTo: $0) + "Z").utf8) },
            { Array(("2026-03-01T10:00:00+" + repeated(":", upTo: $0) + "01").utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        guard let text = text(input) else { return }
        if let date = CivilDate(isoText: text) {
            try promise(CivilDate(isoText: date.isoText) == date, "a day does not read back")
        }
        if let instant = Instant(isoText: text) {
            try promise(Instant(isoText: instant.isoText) == instant, "a moment does not read back")
        }
        if case .finite(let days) = PostgreSQLText.date(text) {
            let shown = SourceValue.date(days).canonicalText ?? ""
            try promise(PostgreSQLText.date(shown) == .finite(days), "PostgreSQL's day does not read back")
        }
        if case .finite(let microseconds) = PostgreSQLText.timestamp(text) {
            let shown = PostgreSQLText.isoText(microseconds: microseconds, zoned: true)
            try promise(
                PostgreSQLText.timestamp(shown) == .finite(microseconds), "PostgreSQL's moment does not read back")
        }
        let zone = SiteTimeZone(name: "Somewhere", fixedOffset: 14 * 3600)
        for transform in [Transform.dateOnly, .dateFormatISO] {
            _ = try? transform.apply(to: .text(text), kind: .text, zone: zone)
        }
        _ = DatePattern.problem(with: text)
    }
}
