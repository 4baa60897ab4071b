/// Values as Graph's `fields` objects write and read them (FACTS 5.1).
package struct FieldCodec: Hashable, Sendable {
    /// The site's zone, in which date-only columns have their midnight.
    package var zone: SiteTimeZone

    package init(zone: SiteTimeZone) { self.zone = zone }

    /// The members that set `column` to `value`. A multi-choice field needs its annotation, also when it is cleared.
    package func encode(_ value: Value, column: String, type: ColumnType) -> [JSON.Member] {
        if case .choice(let choice) = type, choice.isMultiple {
            let values: [JSON] =
                switch value {
                case .set(let values): values.map(JSON.string)
                case .text(let text): [.string(text)]
                default: []
                }
            return [
                JSON.Member("\(column)@odata.type", "Collection(Edm.String)"), JSON.Member(column, .array(values)),
            ]
        }
        return [JSON.Member(column, encodeSingle(value))]
    }

    private func encodeSingle(_ value: Value) -> JSON {
        switch value {
        case .null: .null
        case .text(let text): .string(text)
        case .number(let number): .number(number)
        case .boolean(let flag): .bool(flag)
        case .instant(let instant): .string(instant.isoText)
        case .date(let date): .string(zone.firstInstant(of: date).isoText)
        case .set(let values): .array(values.map(JSON.string))
        }
    }

    /// What a field of an answer means; `nil` if the answer's form does not fit the column's type.
    /// - Parameter json: `nil` where the answer has no such member, which means no value.
    package func decode(_ json: JSON?, type: ColumnType) -> Value? {
        guard let json, !json.isNull else { return .null }
        switch type {
        case .text(let text):
            guard let string = json.string else { return nil }
            // Line ends may come back changed (FACTS 5.1).
            let unified = text.allowMultipleLines ? LineEnds.unified(string) : string
            return unified.isEmpty ? .null : .text(unified)
        case .number, .currency:
            // A number beyond all doubles is none that a column could hold.
            return json.double.flatMap { $0.isFinite ? .number($0 == 0 ? 0 : $0) : nil }
        case .boolean:
            return json.bool.map(Value.boolean)
        case .dateTime(let options):
            guard let text = json.string, let instant = Instant(isoText: text) else { return nil }
            return options.format == .dateOnly ? .date(zone.day(of: instant)) : .instant(instant)
        case .choice(let choice):
            if choice.isMultiple {
                guard let values = json.array else { return nil }
                return .set(of: values.compactMap(\.string))
            }
            return json.string.map { $0.isEmpty ? .null : .text($0) }
        }
    }
}
