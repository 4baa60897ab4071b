internal import Core

/// How the answer to a write shows values: a service may show them otherwise there than in what it has stored.
struct WriteAnswer {
    var settings: Settings
    var zone: SiteTimeZone

    func shown(_ value: FieldValue) -> FieldValue {
        switch value {
        case .text(let text): .text(TextForm.apply(settings.answerTexts, text))
        case .instant(let instant) where settings.answerDates == "shifted": .instant(shifted(instant))
        default: value
        }
    }

    /// By the zone's offset: the local time as though it were UTC.
    private func shifted(_ instant: Instant) -> Instant {
        Instant(seconds: instant.seconds + Int64(zone.offset(at: instant.seconds)))
    }
}
