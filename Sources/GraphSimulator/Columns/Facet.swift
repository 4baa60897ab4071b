internal import Core

/// The facet of a column: which type it has, and that type's options.
struct Facet: Hashable {
    enum Kind: String, CaseIterable {
        case text, number, boolean, dateTime, choice, currency, lookup, personOrGroup, hyperlinkOrPicture, calculated
        case geolocation, thumbnail, term, contentApprovalStatus
    }

    var kind: Kind
    /// Every option that a reader sees, in the order of ``FacetSchema``.
    var options: [JSON.Member]

    subscript(_ name: String) -> JSON? { options.first { $0.name == name }?.value }

    func flag(_ name: String) -> Bool { self[name]?.bool ?? false }

    mutating func set(_ name: String, _ value: JSON) {
        if let index = options.firstIndex(where: { $0.name == name }) {
            options[index].value = value
        } else {
            options.append(JSON.Member(name, value))
        }
    }

    var json: JSON { .object(options) }
}

/// One option of a facet.
struct FacetOption {
    enum Shape {
        case flag
        case integer(ClosedRange<Int>)
        case double
        case text
        case word([String])
        case texts
    }

    /// Whether a PATCH may change it.
    enum Change {
        /// Known to work.
        case always
        /// Harmless, but nobody has seen it work: needs the switch for wide changes.
        case wide
        case never
    }

    var name: String
    var shape: Shape
    var initial: JSON?
    var change: Change
    var required = false

    func accepts(_ value: JSON) -> Bool {
        switch shape {
        case .flag: return value.bool != nil
        case .integer(let range): return value.integer.map(range.contains) ?? false
        case .double: return value.double?.isFinite ?? false
        case .text: return value.string != nil
        case .word(let words): return value.string.map(words.contains) ?? false
        case .texts:
            guard let elements = value.array, !elements.isEmpty else { return false }
            let texts = elements.compactMap(\.string)
            return texts.count == elements.count && Set(texts).count == texts.count
                && texts.allSatisfy { !$0.isEmpty && $0.utf16.count <= 255 && !$0.contains(";#") }
        }
    }
}

/// The options that each facet has.
enum FacetSchema {
    static func options(_ kind: Facet.Kind) -> [FacetOption] {
        switch kind {
        case .text: text
        case .number: number
        case .boolean, .geolocation, .thumbnail, .contentApprovalStatus: []
        case .dateTime: dateTime
        case .choice: choice
        case .currency: [FacetOption(name: "locale", shape: .text, change: .never, required: true)]
        case .lookup: lookup
        case .personOrGroup: personOrGroup
        case .hyperlinkOrPicture: [FacetOption(name: "isPicture", shape: .flag, initial: false, change: .never)]
        case .calculated: calculated
        case .term:
            [
                FacetOption(name: "allowMultipleValues", shape: .flag, initial: false, change: .never),
                FacetOption(name: "showFullyQualifiedName", shape: .flag, initial: false, change: .wide),
            ]
        }
    }

    private static var text: [FacetOption] {
        [
            FacetOption(name: "allowMultipleLines", shape: .flag, initial: false, change: .never),
            FacetOption(name: "appendChangesToExistingText", shape: .flag, initial: false, change: .wide),
            FacetOption(name: "linesForEditing", shape: .integer(0...1000), initial: 0, change: .wide),
            FacetOption(name: "maxLength", shape: .integer(1...255), initial: 255, change: .always),
            FacetOption(name: "textType", shape: .word(["plain", "richText"]), change: .wide),
        ]
    }

    private static var number: [FacetOption] {
        [
            FacetOption(
                name: "decimalPlaces",
                shape: .word(["automatic", "none", "one", "two", "three", "four", "five"]), initial: "automatic",
                change: .always),
            FacetOption(
                name: "displayAs", shape: .word(["number", "percentage"]), initial: "number", change: .always),
            FacetOption(
                name: "maximum", shape: .double, initial: .number("1.7976931348623157e308"), change: .always),
            FacetOption(
                name: "minimum", shape: .double, initial: .number("-1.7976931348623157e308"), change: .always),
        ]
    }

    private static var dateTime: [FacetOption] {
        [
            FacetOption(
                name: "displayAs", shape: .word(["default", "friendly", "standard"]), initial: "default",
                change: .always),
            FacetOption(name: "format", shape: .word(["dateOnly", "dateTime"]), change: .never),
        ]
    }

    private static var choice: [FacetOption] {
        [
            FacetOption(name: "allowTextEntry", shape: .flag, initial: false, change: .wide),
            FacetOption(name: "choices", shape: .texts, change: .always, required: true),
            FacetOption(
                name: "displayAs", shape: .word(["checkBoxes", "dropDownMenu", "radioButtons"]),
                initial: "dropDownMenu", change: .wide),
        ]
    }

    private static var lookup: [FacetOption] {
        [
            FacetOption(name: "allowMultipleValues", shape: .flag, initial: false, change: .never),
            FacetOption(name: "allowUnlimitedLength", shape: .flag, initial: false, change: .wide),
            FacetOption(name: "columnName", shape: .text, change: .wide, required: true),
            FacetOption(name: "listId", shape: .text, change: .never, required: true),
            FacetOption(name: "primaryLookupColumnId", shape: .text, change: .never),
        ]
    }

    private static var personOrGroup: [FacetOption] {
        [
            FacetOption(name: "allowMultipleSelection", shape: .flag, initial: false, change: .never),
            FacetOption(
                name: "chooseFromType", shape: .word(["peopleOnly", "peopleAndGroups"]), initial: "peopleOnly",
                change: .wide),
            FacetOption(name: "displayAs", shape: .text, initial: "nameWithPresence", change: .wide),
        ]
    }

    private static var calculated: [FacetOption] {
        [
            FacetOption(name: "format", shape: .word(["dateOnly", "dateTime"]), change: .never),
            FacetOption(name: "formula", shape: .text, change: .wide, required: true),
            FacetOption(
                name: "outputType", shape: .word(["boolean", "currency", "dateTime", "number", "text"]),
                initial: "text", change: .never),
        ]
    }
}
