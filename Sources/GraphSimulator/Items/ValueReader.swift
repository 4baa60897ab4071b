internal import Core

/// Reads the `fields` of a write, strictly by the types of the columns.
struct ValueReader {
    var list: SimulatedList
    var site: SimulatedSite
    var settings: Settings
    var zone: SiteTimeZone
    /// Whether the call asked for the service version that takes hyperlinks.
    var takesHyperlinks: Bool

    typealias Change = (column: SimulatedColumn, value: FieldValue?)

    /// - Throws: The first refusal; then nothing of the write may be done.
    func read(_ fields: JSON) throws(GraphError) -> [Change] {
        guard let members = fields.members else { throw .malformed("'fields' is an object") }
        var types: [String: String] = [:]
        var changes: [Change] = []
        changes.reserveCapacity(members.count)
        for member in members where member.name.hasSuffix("@odata.type") {
            types[String(member.name.dropLast("@odata.type".count))] = member.value.string ?? ""
        }
        for member in members where !member.name.hasSuffix("@odata.type") {
            let column = try writable(member.name)
            guard !changes.contains(where: { $0.column === column }) else {
                throw .malformed("'\(member.name)' stands twice")
            }
            changes.append((column, try value(member.value, column, type: types[member.name])))
            types[member.name] = nil
        }
        if let rest = types.keys.min(), !rest.isEmpty {
            throw .malformed("The annotation of '\(rest)' belongs to no value")
        }
        return changes
    }

    private func writable(_ key: String) throws(GraphError) -> SimulatedColumn {
        guard let column = list.columnsByWriteKey[key] else {
            if let lookup = list.columns.first(where: { $0.valueType.isLookupLike && $0.key == key }) {
                throw .invalid("'\(key)' must be written as '\(lookup.lookupKey)'")
            }
            throw .unknownField(key)
        }
        if column.unseenCalls > 0 {
            column.unseenCalls -= 1
            throw .unknownField(key)
        }
        guard !column.readOnly, column.system == nil else {
            throw .invalid("Field '\(key)' is read-only", inner: "propertyNotUpdateable")
        }
        return column
    }

    // MARK: One value

    private func value(_ json: JSON, _ column: SimulatedColumn, type: String?) throws(GraphError) -> FieldValue? {
        if json.isNull {
            guard !column.valueType.isMultiValue || settings.nullClearsMultiValue else { throw .general() }
            return nil
        }
        switch column.valueType {
        case .text(let lengthMax): return try line(try text(json, column), lengthMax, column)
        case .note(let rich, _): return try note(try text(json, column), rich, column)
        case .number(let range): return .number(try number(json, range, column))
        case .boolean:
            guard let flag = json.bool else { throw bad(column) }
            return .bool(flag)
        case .dateTime: return .instant(try instant(try text(json, column), column))
        case .dateOnly: return .instant(try day(try text(json, column), column))
        case .choice(let choices, let open):
            let text = try text(json, column)
            if text.isEmpty { return nil }
            try check([text], choices, open, column)
            return .text(text)
        case .choices(let choices, let open): return try texts(json, choices, open, type, column)
        case .lookup(let target): return .reference(try reference(json, column, target))
        case .person: return .reference(try reference(json, column, nil))
        case .lookups(let target): return try references(json, type, column, target)
        case .persons: return try references(json, type, column, nil)
        case .hyperlink: return try link(json, column)
        case .image: return .text(try text(json, column))
        case .none: throw .invalid("Field '\(column.key)' cannot be written", inner: "propertyNotUpdateable")
        }
    }

    private func bad(_ column: SimulatedColumn) -> GraphError {
        .invalid("The value of field '\(column.key)' is not acceptable", inner: "invalidParameterFormat")
    }

    private func text(_ json: JSON, _ column: SimulatedColumn) throws(GraphError) -> String {
        if case .array = json { throw Self.untyped }
        guard let text = json.string else { throw bad(column) }
        // Values are kept as XML, which has no way to write these two.
        if text.unicodeScalars.contains(where: { $0 == "\u{FFFE}" || $0 == "\u{FFFF}" }) { throw bad(column) }
        return text
    }

    private static let untyped = GraphError.invalid(
        "A value without a type name was found and no expected type is available. When the model is specified, each value in the payload must have a type which can be either specified in the payload, explicitly by the caller or implicitly inferred from the parent value."
    )

    private func line(_ text: String, _ lengthMax: Int, _ column: SimulatedColumn) throws(GraphError) -> FieldValue? {
        for byte in text.utf8 where byte < 0x20 && byte != 0x09 || byte == 0x7F { throw bad(column) }
        guard text.utf8.count <= lengthMax || text.utf16.count <= lengthMax else { throw bad(column) }
        let text = TextForm.apply(settings.storedTexts, text)
        return text.isEmpty ? nil : .text(text)
    }

    private func note(_ text: String, _ rich: Bool, _ column: SimulatedColumn) throws(GraphError) -> FieldValue? {
        for byte in text.utf8 where byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D { throw bad(column) }
        var text = text
        if text.utf16.count > 63_999 {
            guard settings.longText == "cut" else { throw bad(column) }
            text = String(text.prefix(63_999))
        }
        switch settings.lineEnds {
        case "lf": text = text.replacing("\r\n", with: "\n")
        case "crlf": text = text.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")
        default: break
        }
        text = TextForm.apply(settings.storedTexts, text)
        if text.isEmpty { return nil }
        return .text(rich ? "<div class=\"ExternalClass0123456789ABCDEF0123456789ABCDEF\">\(text)</div>" : text)
    }

    private func number(
        _ json: JSON, _ range: ClosedRange<Double>, _ column: SimulatedColumn
    ) throws(GraphError) -> Double {
        guard let number = json.double, number.isFinite, range.contains(number) else { throw bad(column) }
        return number == 0 ? 0 : number
    }

    private func check(
        _ texts: [String], _ choices: Set<String>, _ open: Bool, _ column: SimulatedColumn
    ) throws(GraphError) {
        for text in texts {
            guard text.utf16.count <= 255, !settings.checkChoices || open || choices.contains(text) else {
                throw bad(column)
            }
        }
    }

    private func texts(
        _ json: JSON, _ choices: Set<String>, _ open: Bool, _ type: String?, _ column: SimulatedColumn
    ) throws(GraphError) -> FieldValue? {
        guard let elements = json.array else { throw bad(column) }
        guard let type, Self.isCollection(type, of: "String") else { throw Self.untyped }
        let texts = elements.compactMap(\.string)
        guard texts.count == elements.count else { throw bad(column) }
        try check(texts, choices, open, column)
        var seen: Set<String> = []
        let distinct = texts.filter { seen.insert($0).inserted }
        if distinct.isEmpty { return nil }
        return .texts(settings.multiChoiceSorted ? distinct.sorted() : distinct)
    }

    private static func isCollection(_ type: String, of element: String) -> Bool {
        let bare = type.hasPrefix("#") ? String(type.dropFirst()) : type
        return bare == "Collection(Edm.\(element))" || bare == "Collection(\(element))"
    }

    // MARK: References

    private func reference(
        _ json: JSON, _ column: SimulatedColumn, _ target: String?
    ) throws(GraphError) -> Int {
        guard let id = json.integer ?? json.string.flatMap({ Int($0) }), id > 0 else { throw bad(column) }
        if let target, settings.checkLookupTargets {
            guard site.lists.first(where: { $0.id == target.lowercased() })?.item(id) != nil else { throw bad(column) }
        }
        return id
    }

    private func references(
        _ json: JSON, _ type: String?, _ column: SimulatedColumn, _ target: String?
    ) throws(GraphError) -> FieldValue? {
        guard let elements = json.array else { throw bad(column) }
        guard let type, Self.isCollection(type, of: "Int32") else { throw Self.untyped }
        var ids: [Int] = []
        for element in elements {
            let id = try reference(element, column, target)
            if !ids.contains(id) { ids.append(id) }
        }
        return ids.isEmpty ? nil : .references(ids)
    }

    private func link(_ json: JSON, _ column: SimulatedColumn) throws(GraphError) -> FieldValue? {
        guard takesHyperlinks else { throw .general() }
        guard let members = json.members, let url = json["Url"]?.string, !url.isEmpty, url.utf16.count <= 255,
            members.allSatisfy({ $0.name == "Url" || $0.name == "Description" || $0.name.hasPrefix("@odata.") })
        else { throw bad(column) }
        let description = json["Description"]?.string ?? url
        guard !description.isEmpty else { throw bad(column) }
        return .link(url: url, description: description)
    }
}

// MARK: - Times

extension ValueReader {
    /// A moment, floored to the second, within the years that SharePoint takes.
    private func instant(_ text: String, _ column: SimulatedColumn) throws(GraphError) -> Instant {
        guard let instant = Instant(isoText: text) ?? unzoned(text), Instant.writable.contains(instant) else {
            throw bad(column)
        }
        return instant
    }

    private func unzoned(_ text: String) -> Instant? {
        guard settings.unzonedTimes != "refuse", let asUTC = Instant(isoText: text + "Z") else { return nil }
        guard settings.unzonedTimes == "site" else { return asUTC }
        return Instant(seconds: asUTC.seconds - Int64(zone.offset(at: asUTC.seconds)))
    }

    /// Midnight in the site's zone, of a written day or of the day that the site has at a written moment.
    private func day(_ text: String, _ column: SimulatedColumn) throws(GraphError) -> Instant {
        if let date = CivilDate(isoText: text) {
            return try midnight(of: date, column)
        }
        guard let instant = Instant(isoText: text) ?? unzoned(text) else { throw bad(column) }
        return try midnight(of: zone.day(of: instant), column)
    }

    /// The civil date is what has to lie within the years, not the moment as which it is kept.
    private func midnight(of date: CivilDate, _ column: SimulatedColumn) throws(GraphError) -> Instant {
        guard CivilDate.writable.contains(date.days) else { throw bad(column) }
        return zone.firstInstant(of: date)
    }
}
