import Core

/// Reads the type of a column: a word, or `{ facet: options }`.
enum ColumnTypeDecoder {
    static func type(_ entry: YAMLEntry, _ diagnostics: inout Diagnostics) -> ColumnType? {
        let word: String
        var options: YAMLNode?
        if let text = entry.value.textValue {
            word = text
        } else if let facet = entry.value.mapping?.first {
            word = facet.key
            options = facet.value
        } else {
            return nil
        }
        guard let facet = ColumnTypeSchema.words.first(where: { $0.name == word }) else { return nil }
        let shape = ObjectShape("the options of \(word)", facet.options)
        if options == nil { checkRequired(facet, entry, &diagnostics) }
        let reader = ObjectReader(options, shape, at: entry.keyRange)
        return type(word, reader, &diagnostics)
    }

    /// A word alone has no options, and some types need one.
    private static func checkRequired(
        _ facet: ColumnTypeSchema.Facet, _ entry: YAMLEntry, _ diagnostics: inout Diagnostics
    ) {
        for key in facet.options where key.required != nil {
            diagnostics.error(
                .missingKey, "A column of type \(quoted(facet.name)) needs \(quoted(key.name)).",
                help: "write { \(facet.name): { \(key.name): … } }. \(key.doc)", at: entry.value.range)
        }
    }

    private static func type(_ word: String, _ options: ObjectReader, _ diagnostics: inout Diagnostics) -> ColumnType? {
        switch word {
        case "text": return text(options, &diagnostics)
        case "multilineText":
            return .text(ColumnType.Text(allowMultipleLines: true, linesForEditing: options.integer("linesForEditing")))
        case "number": return number(options, &diagnostics)
        case "boolean": return .boolean
        case "dateTime":
            return .dateTime(
                ColumnType.DateTime(
                    format: options.word("format") ?? .dateTime, displayAs: options.word("displayAs") ?? .default))
        case "dateOnly":
            return .dateTime(
                ColumnType.DateTime(format: .dateOnly, displayAs: options.word("displayAs") ?? .default))
        case "choice": return choice(options, displayAs: options.word("displayAs") ?? .dropDownMenu, &diagnostics)
        case "multiChoice": return choice(options, displayAs: .checkBoxes, &diagnostics)
        case "currency": return options.text("locale").map { .currency(locale: $0.lowercased()) }
        default: return nil
        }
    }

    private static func text(_ options: ObjectReader, _ diagnostics: inout Diagnostics) -> ColumnType {
        let isLong = options.flag("allowMultipleLines")
        if isLong, let length = options.entry("maxLength") {
            diagnostics.error(
                .exclusiveKeys, "\"maxLength\" is for text of one line.", help: "remove it, or allowMultipleLines",
                at: length.keyRange)
        }
        return .text(
            ColumnType.Text(
                allowMultipleLines: isLong, maxLength: options.integer("maxLength") ?? 255,
                linesForEditing: options.integer("linesForEditing")))
    }

    private static func number(_ options: ObjectReader, _ diagnostics: inout Diagnostics) -> ColumnType {
        let number = ColumnType.Number(
            decimalPlaces: options.word("decimalPlaces") ?? .automatic, displayAs: options.word("displayAs") ?? .number,
            minimum: options.number("minimum"), maximum: options.number("maximum"))
        if let minimum = number.minimum, let maximum = number.maximum, minimum > maximum {
            diagnostics.error(
                .badValue, "The minimum is greater than the maximum, so that no number fits.", help: "swap the two",
                at: options.place(of: "minimum"))
        }
        return .number(number)
    }

    private static func choice(
        _ options: ObjectReader, displayAs: ColumnType.Choice.Display, _ diagnostics: inout Diagnostics
    ) -> ColumnType? {
        var seen: [String: SourceRange?] = [:]
        let choices = options.texts("choices")
        for choice in choices {
            if let first = seen[choice.value] {
                diagnostics.error(
                    .badValue, "The choice \(quoted(choice.value)) is already written at \(first?.text ?? "above").",
                    help: "keep one of the two", at: choice.place)
            }
            seen[choice.value] = choice.place
        }
        guard !choices.isEmpty else { return nil }
        return .choice(
            ColumnType.Choice(
                choices: choices.map(\.value), allowTextEntry: options.flag("allowTextEntry"), displayAs: displayAs))
    }
}
