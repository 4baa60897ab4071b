/// Which columns of the table become which columns of the lists.
package struct Mapping: Hashable, Sendable {
    /// The document it came from; `nil` if it is written in the definition.
    package var name: String?
    /// Map every column that `fields` does not name; `nil` maps only `fields`.
    package var auto: AutoMapping?
    package var fields: [Field]
    package var place: SourceRange?

    package init(name: String? = nil, auto: AutoMapping? = nil, fields: [Field] = [], place: SourceRange? = nil) {
        self.name = name
        self.auto = auto
        self.fields = fields
        self.place = place
    }
}

package struct AutoMapping: Hashable, Sendable {
    /// Source columns that are left out.
    package var skip: [Located<String>]

    package init(skip: [Located<String>] = []) { self.skip = skip }
}

/// One field of a mapping.
package struct Field: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        case column(String)
        /// An SQL expression over the table's columns.
        case expression(String)
        /// A column that belongs to people: declared, never written.
        case none
    }

    package enum Owner: String, Hashable, Sendable, CaseIterable {
        case source, target, shared
    }

    package var origin: Origin
    /// The internal name of the column.
    package var target: String
    package var displayName: String?
    package var description: String?
    /// `nil`: the default for the value after its transforms.
    package var type: ColumnType?
    package var required: Bool
    package var indexed: Bool
    package var unique: Bool
    package var defaultValue: ColumnDefault?
    package var transforms: [Located<Transform>]
    package var owner: Owner
    package var mergeGroup: String?
    package var shareable: Bool
    /// A word of the author's about the values, for people and reports.
    package var sensitivity: String?
    package var deletionPolicy: ListSettings.DeletionPolicy
    package var renamedFrom: [String]
    package var place: SourceRange?

    package init(
        origin: Origin, target: String, displayName: String? = nil, description: String? = nil,
        type: ColumnType? = nil, required: Bool = false, indexed: Bool = false, unique: Bool = false,
        defaultValue: ColumnDefault? = nil, transforms: [Located<Transform>] = [], owner: Owner = .source,
        mergeGroup: String? = nil, shareable: Bool = false, sensitivity: String? = nil,
        deletionPolicy: ListSettings.DeletionPolicy = .retain,
        renamedFrom: [String] = [], place: SourceRange? = nil
    ) {
        self.origin = origin
        self.target = target
        self.displayName = displayName
        self.description = description
        self.type = type
        self.required = required
        self.indexed = indexed
        self.unique = unique
        self.defaultValue = defaultValue
        self.transforms = transforms
        self.owner = owner
        self.mergeGroup = mergeGroup
        self.shareable = shareable
        self.sensitivity = sensitivity
        self.deletionPolicy = deletionPolicy
        self.renamedFrom = renamedFrom
        self.place = place
    }
}

/// A step that turns one value into another (SPEC §10). Total: a value it cannot take rejects the row.
package enum Transform: Hashable, Sendable {
    case castToString
    case castToNumber
    case castToBoolean
    case dateFormatISO
    case dateOnly
    case trim
    case uppercase
    case lowercase
    case jsonStringify
    /// Puts an apostrophe before text that a spreadsheet would run as a formula.
    case guardFormula
    case dateFormat(String)
    /// UTF-16 units.
    case truncate(Int)
    /// Digits after the point, half away from zero.
    case round(Int)
    /// A factor, as decimal text.
    case scale(String)
    case replace(String, String)
    /// Values by the text they have; others pass. In the manifest's order.
    case map([MapEntry])
    case defaultValue(Scalar)
    case nullIf(Scalar)
    case join(String)
    case split(String)

    package struct MapEntry: Hashable, Sendable {
        package var from: String
        package var to: Scalar

        package init(from: String, to: Scalar) {
            self.from = from
            self.to = to
        }
    }

    /// The word in manifests.
    package var word: String {
        switch self {
        case .castToString: "CAST_TO_STRING"
        case .castToNumber: "CAST_TO_NUMBER"
        case .castToBoolean: "CAST_TO_BOOLEAN"
        case .dateFormatISO: "DATE_FORMAT_ISO"
        case .dateOnly: "DATE_ONLY"
        case .trim: "TRIM"
        case .uppercase: "UPPERCASE"
        case .lowercase: "LOWERCASE"
        case .jsonStringify: "JSON_STRINGIFY"
        case .guardFormula: "GUARD_FORMULA"
        case .dateFormat: "DATE_FORMAT"
        case .truncate: "TRUNCATE"
        case .round: "ROUND"
        case .scale: "SCALE"
        case .replace: "REPLACE"
        case .map: "MAP"
        case .defaultValue: "DEFAULT"
        case .nullIf: "NULL_IF"
        case .join: "JOIN"
        case .split: "SPLIT"
        }
    }
}
