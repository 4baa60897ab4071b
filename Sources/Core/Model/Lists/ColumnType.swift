/// The type of a list column: one facet of Graph's `columnDefinition` with all its options (FACTS 3.2).
///
/// Every facet is sent with all its options, and comparison fills the same defaults on both sides.
package enum ColumnType: Hashable, Sendable {
    case text(Text)
    case number(Number)
    case boolean
    case dateTime(DateTime)
    case choice(Choice)
    case currency(locale: String)

    package struct Text: Hashable, Sendable {
        package var allowMultipleLines: Bool
        /// UTF-16 units, 1 to 255; only for single lines.
        package var maxLength: Int
        package var linesForEditing: Int

        package init(allowMultipleLines: Bool = false, maxLength: Int = 255, linesForEditing: Int? = nil) {
            self.allowMultipleLines = allowMultipleLines
            self.maxLength = maxLength
            self.linesForEditing = linesForEditing ?? (allowMultipleLines ? 6 : 0)
        }
    }

    package struct Number: Hashable, Sendable {
        package enum Places: String, Hashable, Sendable, CaseIterable {
            case automatic, none, one, two, three, four, five

            /// - Returns: `nil` above five.
            package static func of(scale: Int) -> Places? {
                let all: [Places] = [.none, .one, .two, .three, .four, .five]
                return all.indices.contains(scale) ? all[scale] : nil
            }
        }

        package enum Display: String, Hashable, Sendable, CaseIterable {
            case number, percentage
        }

        package var decimalPlaces: Places
        package var displayAs: Display
        /// `nil`: no bound.
        package var minimum: Double?
        package var maximum: Double?

        package init(
            decimalPlaces: Places = .automatic, displayAs: Display = .number, minimum: Double? = nil,
            maximum: Double? = nil
        ) {
            self.decimalPlaces = decimalPlaces
            self.displayAs = displayAs
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    package struct DateTime: Hashable, Sendable {
        package enum Format: String, Hashable, Sendable, CaseIterable {
            case dateOnly, dateTime
        }

        package enum Display: String, Hashable, Sendable, CaseIterable {
            case `default`, friendly, standard
        }

        package var format: Format
        package var displayAs: Display

        package init(format: Format, displayAs: Display = .default) {
            self.format = format
            self.displayAs = displayAs
        }
    }

    package struct Choice: Hashable, Sendable {
        package enum Display: String, Hashable, Sendable, CaseIterable {
            /// Graph has no other mark of a multi-choice column.
            case checkBoxes
            case dropDownMenu, radioButtons
        }

        package var choices: [String]
        package var allowTextEntry: Bool
        package var displayAs: Display

        package init(choices: [String], allowTextEntry: Bool = false, displayAs: Display = .dropDownMenu) {
            self.choices = choices
            self.allowTextEntry = allowTextEntry
            self.displayAs = displayAs
        }

        package var isMultiple: Bool { displayAs == .checkBoxes }

        /// Another Unicode form is another choice.
        package static func == (left: Choice, right: Choice) -> Bool {
            left.choices.elementsEqual(right.choices) { $0.isSameText(as: $1) }
                && left.allowTextEntry == right.allowTextEntry && left.displayAs == right.displayAs
        }
    }

    package static let singleLineText = ColumnType.text(Text())
    package static let multilineText = ColumnType.text(Text(allowMultipleLines: true))
    package static let dateOnly = ColumnType.dateTime(DateTime(format: .dateOnly))

    /// The name of the facet in Graph.
    package var facet: String {
        switch self {
        case .text: "text"
        case .number: "number"
        case .boolean: "boolean"
        case .dateTime: "dateTime"
        case .choice: "choice"
        case .currency: "currency"
        }
    }

    /// The words people see: `single-line text (255)`, `number, no decimals`, `choice of 3`.
    package var words: String {
        switch self {
        case .text(let text): text.allowMultipleLines ? "multi-line text" : "single-line text (\(text.maxLength))"
        case .number(let number):
            switch number.decimalPlaces {
            case .automatic: "number"
            case .none: "number, no decimals"
            case let places: "number, \(places.rawValue) decimals"
            }
        case .boolean: "yes/no"
        case .dateTime(let date): date.format == .dateOnly ? "date" : "date and time"
        case .choice(let choice): (choice.isMultiple ? "multi-choice of " : "choice of ") + "\(choice.choices.count)"
        case .currency(let locale): "currency (\(locale))"
        }
    }

    /// Whether SharePoint can index such a column (FACTS 3.4).
    package var canBeIndexed: Bool {
        switch self {
        case .text(let text): !text.allowMultipleLines
        case .choice(let choice): !choice.isMultiple
        case .number, .boolean, .dateTime, .currency: true
        }
    }

    package var canBeUnique: Bool { self == .boolean ? false : canBeIndexed }
}

/// What a column holds where nobody entered anything.
package enum ColumnDefault: Hashable, Sendable {
    case value(String)
    case formula(String)
}
