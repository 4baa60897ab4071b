extension SyncDefinition {
    /// The resolved spec as JSON, without places: what the registry remembers, and what a fingerprint is made of.
    package var specJSON: JSON {
        [
            "table": .string(table.text), "sourceProfile": .string(sourceProfile),
            "key": key.map { .array($0.map(JSON.string)) } ?? .null,
            "where": predicate.map { .string($0.value) } ?? .null, "siteProfile": .string(siteProfile),
            "mode": .string(mode.rawValue), "sharding": sharding.json, "mapping": mapping.json,
            "deletes": .string(deletes.rawValue), "onDrift": .string(onDrift.rawValue),
            "lists": .object(lists.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value.json) }),
        ]
    }

    /// Equal for specs that mean the same.
    package var fingerprint: String { Digest(of: specJSON.serialized(.canonical)).hexadecimal }
}

extension ListSettings {
    fileprivate var json: JSON {
        [
            "displayName": displayName.map(JSON.string) ?? .null, "description": description.map(JSON.string) ?? .null,
            "deletionPolicy": .string(deletionPolicy.rawValue),
        ]
    }
}

extension ShardingPolicy {
    /// In the shape of the first design: a list of conditions with `target_list`, the last one the default.
    package var json: JSON {
        let rules = rules.map { rule -> JSON in ["when": rule.condition.json, "target_list": .string(rule.list)] }
        let last = defaultList.map { [["default": .string($0.value)] as JSON] } ?? []
        return ["rules": .array(rules + last)]
    }
}

extension Condition {
    fileprivate var json: JSON {
        switch self {
        case .all(let parts): ["all": .array(parts.map(\.json))]
        case .any(let parts): ["any": .array(parts.map(\.json))]
        case .not(let part): ["not": part.json]
        case .column(let name, let comparison, _): ["column": .string(name), "is": comparison.json]
        }
    }
}

extension Condition.Comparison {
    fileprivate var json: JSON {
        switch self {
        case .equal(let scalar): ["eq": scalar.json]
        case .notEqual(let scalar): ["ne": scalar.json]
        case .oneOf(let scalars): ["in": .array(scalars.map(\.json))]
        case .noneOf(let scalars): ["notIn": .array(scalars.map(\.json))]
        case .greater(let scalar): ["gt": scalar.json]
        case .greaterOrEqual(let scalar): ["gte": scalar.json]
        case .less(let scalar): ["lt": scalar.json]
        case .lessOrEqual(let scalar): ["lte": scalar.json]
        case .prefix(let text): ["prefix": .string(text)]
        case .suffix(let text): ["suffix": .string(text)]
        case .contains(let text): ["contains": .string(text)]
        case .isNull(let wanted): ["isNull": .bool(wanted)]
        case .olderThan(let seconds): ["olderThan": .number(seconds)]
        case .newerThan(let seconds): ["newerThan": .number(seconds)]
        }
    }
}

extension Scalar {
    package var json: JSON {
        switch self {
        case .null: .null
        case .boolean(let flag): .bool(flag)
        case .number(let text): ["number": .string(text)]
        case .text(let text): .string(text)
        }
    }
}

extension Mapping {
    fileprivate var json: JSON {
        [
            "auto": auto.map { ["skip": .array($0.skip.map { .string($0.value) })] } ?? .null,
            "fields": .array(fields.map(\.json)),
        ]
    }
}

extension Field {
    fileprivate var json: JSON {
        let origin: JSON =
            switch origin {
            case .column(let name): ["column": .string(name)]
            case .expression(let sql): ["expression": .string(sql)]
            case .none: .null
            }
        return [
            "origin": origin, "target": .string(target), "displayName": displayName.map(JSON.string) ?? .null,
            "description": description.map(JSON.string) ?? .null,
            "type": type.map { [$0.facet: ColumnSpec.facet($0)] as JSON } ?? .null, "required": .bool(required),
            "indexed": .bool(indexed), "unique": .bool(unique), "default": defaultValue.map(\.json) ?? .null,
            "transform": .array(transforms.map { .string($0.value.text) }), "owner": .string(owner.rawValue),
            "shareable": .bool(shareable),
        ]
    }
}

extension ColumnDefault {
    fileprivate var json: JSON {
        switch self {
        case .value(let text): ["value": .string(text)]
        case .formula(let text): ["formula": .string(text)]
        }
    }
}

extension Transform {
    /// The word and its arguments as canonical JSON text.
    package var text: String {
        let argument: JSON? =
            switch self {
            case .dateFormat(let pattern): .string(pattern)
            case .truncate(let units): .number(units)
            case .round(let places): .number(places)
            case .scale(let factor): .string(factor)
            case .replace(let old, let new): [.string(old), .string(new)]
            case .map(let entries): .array(entries.map { [.string($0.from), $0.to.json] })
            case .defaultValue(let scalar), .nullIf(let scalar): scalar.json
            case .join(let separator), .split(let separator): .string(separator)
            case .castToString, .castToNumber, .castToBoolean, .dateFormatISO, .dateOnly, .trim, .uppercase, .lowercase,
                .jsonStringify, .guardFormula:
                nil
            }
        return argument.map { "\(word) \($0.text(.canonical))" } ?? word
    }
}
