extension SyncDefinition {
    /// The same definition with all that decides what becomes of rows as a spec of before has it.
    ///
    /// Names and settings of lists stay as they are now: no row changes with them.
    /// - Parameter spec: What ``specJSON`` made of the definition, in this version of the program or in another.
    /// - Returns: `nil` if the spec is of another table or site, or says something that this program does not know.
    package func earlier(_ spec: JSON) -> SyncDefinition? {
        guard spec["table"]?.string == table.text, spec["sourceProfile"]?.string == sourceProfile,
            spec["siteProfile"]?.string == siteProfile, let mode = spec.word("mode", Mode.self),
            let deletes = spec.word("deletes", Deletes.self), let onDrift = spec.word("onDrift", OnDrift.self),
            let sharding = spec["sharding"].flatMap({ ShardingPolicy(spec: $0) }),
            let mapping = spec["mapping"].flatMap({ Mapping(spec: $0) })
        else { return nil }
        var definition = self
        if let key = spec["key"]?.array {
            guard let names = key.every(\.string) else { return nil }
            definition.key = names
        } else {
            definition.key = nil
        }
        definition.predicate = spec["where"]?.string.map { Located($0) }
        definition.mode = mode
        definition.sharding = sharding
        definition.mapping = mapping
        definition.deletes = deletes
        definition.onDrift = onDrift
        return definition
    }
}

extension JSON {
    fileprivate func word<Word: RawRepresentable<String>>(_ name: String, _ type: Word.Type) -> Word? {
        self[name]?.string.flatMap(Word.init)
    }
}

extension Array {
    /// All of them read, or nothing.
    fileprivate func every<Read>(_ read: (Element) -> Read?) -> [Read]? {
        let all = compactMap(read)
        return all.count == count ? all : nil
    }
}

extension ShardingPolicy {
    fileprivate init?(spec: JSON) {
        guard let entries = spec["rules"]?.array else { return nil }
        self.init()
        for entry in entries {
            if let list = entry["default"]?.string {
                defaultList = Located(list)
                continue
            }
            guard let list = entry["target_list"]?.string,
                let condition = entry["when"].flatMap({ Condition(spec: $0) })
            else { return nil }
            rules.append(Rule(when: condition, list: list))
        }
    }
}

extension Condition {
    fileprivate init?(spec: JSON) {
        if let name = spec["column"]?.string {
            guard let comparison = spec["is"].flatMap({ Comparison(spec: $0) }) else { return nil }
            self = .column(name, comparison, place: nil)
            return
        }
        guard let member = spec.members?.first else { return nil }
        switch member.name {
        case "all", "any":
            guard let parts = member.value.array?.every({ Condition(spec: $0) }) else { return nil }
            self = member.name == "all" ? .all(parts) : .any(parts)
        case "not":
            guard let part = Condition(spec: member.value) else { return nil }
            self = .not(part)
        default: return nil
        }
    }
}

extension Condition.Comparison {
    fileprivate init?(spec: JSON) {
        guard let member = spec.members?.first else { return nil }
        let value = member.value
        let read: Self?
        switch member.name {
        case "eq": read = Scalar(spec: value).map(Self.equal)
        case "ne": read = Scalar(spec: value).map(Self.notEqual)
        case "in": read = value.array?.every { Scalar(spec: $0) }.map(Self.oneOf)
        case "notIn": read = value.array?.every { Scalar(spec: $0) }.map(Self.noneOf)
        case "gt": read = Scalar(spec: value).map(Self.greater)
        case "gte": read = Scalar(spec: value).map(Self.greaterOrEqual)
        case "lt": read = Scalar(spec: value).map(Self.less)
        case "lte": read = Scalar(spec: value).map(Self.lessOrEqual)
        case "prefix": read = value.string.map(Self.prefix)
        case "suffix": read = value.string.map(Self.suffix)
        case "contains": read = value.string.map(Self.contains)
        case "isNull": read = value.bool.map(Self.isNull)
        case "olderThan": read = value.integer.map { .olderThan(Int64($0)) }
        case "newerThan": read = value.integer.map { .newerThan(Int64($0)) }
        default: read = nil
        }
        guard let read else { return nil }
        self = read
    }
}

extension Scalar {
    fileprivate init?(spec: JSON) {
        switch spec {
        case .null: self = .null
        case .bool(let flag): self = .boolean(flag)
        case .string(let text): self = .text(text)
        case .object:
            guard let text = spec["number"]?.string else { return nil }
            self = .number(text)
        case .number, .array: return nil
        }
    }
}

extension Mapping {
    fileprivate init?(spec: JSON) {
        guard let fields = spec["fields"]?.array?.every({ Field(spec: $0) }) else { return nil }
        self.init(fields: fields)
        guard let auto = spec["auto"], auto != .null else { return }
        guard let skip = auto["skip"]?.array?.every(\.string) else { return nil }
        self.auto = AutoMapping(skip: skip.map { Located($0) })
    }
}

extension Field {
    fileprivate init?(spec: JSON) {
        guard let target = spec["target"]?.string, let owner = spec.word("owner", Owner.self),
            let steps = spec["transform"]?.array?.every({ $0.string.flatMap { Transform(text: $0) } })
        else { return nil }
        let origin: Origin
        switch (spec["origin"]?["column"]?.string, spec["origin"]?["expression"]?.string) {
        case (let name?, _): origin = .column(name)
        case (nil, let sql?): origin = .expression(sql)
        case (nil, nil): origin = .none
        }
        self.init(
            origin: origin, target: target, displayName: spec["displayName"]?.string,
            description: spec["description"]?.string, required: spec["required"]?.bool ?? false,
            indexed: spec["indexed"]?.bool ?? false, unique: spec["unique"]?.bool ?? false,
            transforms: steps.map { Located($0) }, owner: owner, shareable: spec["shareable"]?.bool ?? false)
        if let text = spec["default"]?["value"]?.string { defaultValue = .value(text) }
        if let text = spec["default"]?["formula"]?.string { defaultValue = .formula(text) }
        guard let type = spec["type"], type != .null else { return }
        guard let read = type.members?.first.flatMap({ ColumnType(facet: $0.name, spec: $0.value) }) else { return nil }
        self.type = read
    }
}

extension ColumnType {
    /// The inverse of ``ColumnSpec/facet(_:)``.
    fileprivate init?(facet: String, spec: JSON) {
        switch facet {
        case "text":
            guard let isLong = spec["allowMultipleLines"]?.bool else { return nil }
            self = isLong ? .multilineText : .text(Text(maxLength: spec["maxLength"]?.integer ?? 255))
        case "number":
            guard let places = spec.word("decimalPlaces", Number.Places.self),
                let display = spec.word("displayAs", Number.Display.self)
            else { return nil }
            self = .number(
                Number(
                    decimalPlaces: places, displayAs: display, minimum: spec["minimum"]?.double,
                    maximum: spec["maximum"]?.double))
        case "boolean": self = .boolean
        case "dateTime":
            guard let format = spec.word("format", DateTime.Format.self),
                let display = spec.word("displayAs", DateTime.Display.self)
            else { return nil }
            self = .dateTime(DateTime(format: format, displayAs: display))
        case "choice":
            guard let choices = spec["choices"]?.array?.every(\.string),
                let allowsText = spec["allowTextEntry"]?.bool, let display = spec.word("displayAs", Choice.Display.self)
            else { return nil }
            self = .choice(Choice(choices: choices, allowTextEntry: allowsText, displayAs: display))
        case "currency":
            guard let locale = spec["locale"]?.string else { return nil }
            self = .currency(locale: locale)
        default: return nil
        }
    }
}

extension Transform {
    /// The inverse of ``text``.
    fileprivate init?(text: String) {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 1 {
            let plain: [Transform] = [
                .castToString, .castToNumber, .castToBoolean, .dateFormatISO, .dateOnly, .trim, .uppercase, .lowercase,
                .jsonStringify, .guardFormula,
            ]
            guard let found = plain.first(where: { $0.word == text }) else { return nil }
            self = found
            return
        }
        guard let argument = try? JSON.parse(String(parts[1])),
            let read = Transform(word: String(parts[0]), argument: argument)
        else { return nil }
        self = read
    }

    private init?(word: String, argument: JSON) {
        let read: Transform?
        switch word {
        case "DATE_FORMAT": read = argument.string.map(Transform.dateFormat)
        case "TRUNCATE": read = argument.integer.map(Transform.truncate)
        case "ROUND": read = argument.integer.map(Transform.round)
        case "SCALE": read = argument.string.map(Transform.scale)
        case "REPLACE":
            guard let texts = argument.array?.every(\.string), texts.count == 2 else { return nil }
            read = .replace(texts[0], texts[1])
        case "MAP": read = argument.array?.every { MapEntry(spec: $0) }.map(Transform.map)
        case "DEFAULT": read = Scalar(spec: argument).map(Transform.defaultValue)
        case "NULL_IF": read = Scalar(spec: argument).map(Transform.nullIf)
        case "JOIN": read = argument.string.map(Transform.join)
        case "SPLIT": read = argument.string.map(Transform.split)
        default: read = nil
        }
        guard let read else { return nil }
        self = read
    }
}

extension Transform.MapEntry {
    fileprivate init?(spec: JSON) {
        guard let pair = spec.array, pair.count == 2, let from = pair[0].string, let to = Scalar(spec: pair[1]) else {
            return nil
        }
        self.init(from: from, to: to)
    }
}
