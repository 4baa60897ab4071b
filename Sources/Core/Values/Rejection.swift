/// Why a row cannot be written as it is. Never truncated, never guessed, never stopping other rows (SPEC §10).
package enum RejectCode: String, Hashable, Sendable, CaseIterable {
    case keyIsNull = "KEY_IS_NULL"
    case textTooLong = "TEXT_TOO_LONG"
    case controlCharacter = "CONTROL_CHARACTER"
    case lineBreak = "LINE_BREAK"
    case notANumber = "NOT_A_NUMBER"
    case notFinite = "NOT_FINITE"
    case precisionLoss = "PRECISION_LOSS"
    case numberOutOfRange = "NUMBER_OUT_OF_RANGE"
    case notABoolean = "NOT_A_BOOLEAN"
    case notADate = "NOT_A_DATE"
    case dateOutOfRange = "DATE_OUT_OF_RANGE"
    case dateIsInfinite = "DATE_IS_INFINITE"
    case choiceNotAllowed = "CHOICE_NOT_ALLOWED"
    case badValue = "BAD_VALUE"
    // Refused by the service, and kept until either side changes.
    case uniqueValue = "UNIQUE_VALUE"
    case keyCollision = "KEY_COLLISION"
    case refused = "REFUSED"
    case itemLoses = "ITEM_LOSES"
    case writeLoop = "WRITE_LOOP"
    case itemLocked = "ITEM_LOCKED"

    /// The service refused the row; its values alone did not show that it would.
    package var isOfService: Bool {
        switch self {
        case .uniqueValue, .keyCollision, .refused, .itemLoses, .writeLoop, .itemLocked: true
        case .keyIsNull, .textTooLong, .controlCharacter, .lineBreak, .notANumber, .notFinite, .precisionLoss,
            .numberOutOfRange, .notABoolean, .notADate, .dateOutOfRange, .dateIsInfinite, .choiceNotAllowed, .badValue:
            false
        }
    }

    /// What whoever owns the row or the mapping can do.
    package var remedy: String {
        switch self {
        case .keyIsNull: "fill the key column in the source, or name another key"
        case .textTooLong: "shorten the text, or use TRUNCATE, or type: multilineText"
        case .controlCharacter: "remove the character in the source, or with REPLACE"
        case .lineBreak: "use type: multilineText, or take the line break out with REPLACE"
        case .notANumber, .notFinite, .notADate, .dateOutOfRange, .dateIsInfinite:
            "mend the value in the source, or use type: text"
        case .precisionLoss: "use type: text, which keeps all digits"
        case .numberOutOfRange: "mend the value in the source, or widen the bounds of the column"
        case .notABoolean: "mend the value in the source, or translate it with MAP"
        case .choiceNotAllowed: "mend the value in the source, translate it with MAP, or add it to the choices"
        case .badValue: "mend the value in the source"
        case .uniqueValue: "give the row, or the item that has the value, another one"
        case .keyCollision: "delete the item that has the key, or change the key of the row"
        case .refused: "change the row, or what the mapping makes of it"
        case .itemLoses: "take what would be lost out of the item, or allow the hazard"
        case .itemLocked: "lift the label, or check the file in"
        case .writeLoop: "stop what writes against it, such as a flow, or allow the hazard"
        }
    }

    /// What can be done, and what happens then.
    /// - Parameter address: `row/…`, or `definition/…` for all rows of one.
    package func nextStep(_ address: String) -> String {
        isOfService
            ? "\(remedy); a changed row is tried again by itself, any other with syncbridge rows retry \(address)"
            : "\(remedy); the next apply writes the row then"
    }

    /// What it means, for people.
    package var words: String {
        switch self {
        case .keyIsNull: "a key column is NULL"
        case .textTooLong: "the text is longer than the column holds"
        case .controlCharacter: "the text holds a control character, U+FFFE or U+FFFF"
        case .lineBreak: "the text holds a line break and the column is single-line"
        case .notANumber: "the value is not a number"
        case .notFinite: "the number is NaN or infinite"
        case .precisionLoss:
            "the integer needs more digits than a SharePoint number has (2^53); `type: text` keeps them all"
        case .numberOutOfRange: "the number is outside the column's bounds"
        case .notABoolean: "the value is neither true nor false"
        case .notADate: "the value is not a date"
        case .dateOutOfRange: "the date is outside 1900 to 8900"
        case .dateIsInfinite: "the date is infinite"
        case .choiceNotAllowed: "the value is not one of the column's choices"
        case .badValue: "the value has a form that cannot be read"
        case .uniqueValue: "another item has this value in a unique column"
        case .keyCollision: "another row's key differs only in case"
        case .refused: "SharePoint refused the row"
        case .itemLoses: "moving the item would lose attachments, a label or columns that the other list lacks"
        case .itemLocked: "the item is locked: a record, a retention label or a checked-out file"
        case .writeLoop: "the item was written too often in ten minutes: something else writes against it"
        }
    }
}

/// Thrown while one row is evaluated.
package struct Rejection: Error, Hashable, Sendable {
    package var code: RejectCode
    /// The index of the field in the mapping; `nil` if no field is to blame.
    package var field: Int?

    package init(_ code: RejectCode, field: Int? = nil) {
        self.code = code
        self.field = field
    }
}
