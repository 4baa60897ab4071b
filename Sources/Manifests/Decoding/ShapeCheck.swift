import Core

/// Holds a tree against its shape and reports every difference. Decoders run after it, and read in silence.
struct ShapeCheck {
    var diagnostics = Diagnostics()
    /// Places whose text may be a secret that somebody wrote out.
    var secrets: [SourceRange] = []

    /// - Parameters:
    ///   - name: The key that holds the node, for messages.
    ///   - anchor: Where a missing part is reported: the key rather than all that stands below it.
    mutating func check(_ node: YAMLNode, _ shape: Shape, named name: String, at anchor: SourceRange) {
        guard !node.isUnresolved else { return }
        switch shape {
        case .text(let form): checkText(node, form, named: name)
        case .integer(let range): checkInteger(node, range, named: name)
        case .number(let range): checkNumber(node, range, named: name)
        case .boolean:
            guard node.booleanValue == nil else { return }
            wrongType(node, shape, named: name)
        case .scalar:
            guard let scalar = node.scalar else { return wrongType(node, shape, named: name) }
            checkScalar(scalar, at: node.range)
        case .factor: checkFactor(node, named: name)
        case .anything: break
        case .word(let words, let code): checkWord(node, words, code, named: name)
        case .list(let element, let least): checkList(node, of: element, atLeast: least, shape, named: name, at: anchor)
        case .dictionary(let form, let value):
            guard let entries = node.mapping else { return wrongType(node, shape, named: name) }
            for entry in entries {
                checkKey(entry, form)
                check(entry.value, value, named: entry.key, at: entry.keyRange)
            }
        case .object(let object): checkObject(node, object, named: name, at: anchor)
        case .secret: checkSecret(node, named: name)
        case .either(let scalar, let list, let mapping):
            let fitting: Shape? =
                switch node.content {
                case .scalar: scalar
                case .sequence: list
                case .mapping: mapping
                }
            guard let fitting else { return wrongType(node, shape, named: name) }
            check(node, fitting, named: name, at: anchor)
        case .named(let named): check(node, named.shape, named: name, at: anchor)
        }
    }

    // MARK: - Scalars

    private mutating func checkText(_ node: YAMLNode, _ form: TextForm, named name: String) {
        guard let text = node.textValue else {
            return wrongType(node, .text(form), named: name)
        }
        guard !form.accepts(text) else { return }
        let reason = form.reason(against: text).map { " " + $0 } ?? ""
        diagnostics.error(form.code, "\(quoted(text)) is not \(form.noun).\(reason)", help: form.help, at: node.range)
    }

    private mutating func checkKey(_ entry: YAMLEntry, _ form: TextForm) {
        guard !form.accepts(entry.key) else { return }
        diagnostics.error(
            form.code, "The key \(quoted(entry.key)) is not \(form.noun).", help: form.help, at: entry.keyRange)
    }

    private mutating func checkInteger(_ node: YAMLNode, _ range: ClosedRange<Int>, named name: String) {
        guard let scalar = node.scalar, scalar.resolved == .integer else {
            return wrongType(node, .integer(range), named: name)
        }
        guard let value = node.integerValue, range.contains(value) else {
            return diagnostics.error(
                .badValue,
                "\(quoted(name)) must be from \(range.lowerBound) to \(range.upperBound), but is \(quoted(scalar.text)).",
                help: "write a whole number in this range", at: node.range)
        }
    }

    private mutating func checkNumber(_ node: YAMLNode, _ range: ClosedRange<Double>, named name: String) {
        guard let scalar = node.scalar, scalar.resolved == .integer || scalar.resolved == .decimal else {
            return wrongType(node, .number(range), named: name)
        }
        guard let value = node.numberValue, range.contains(value) else {
            let bounds =
                range.upperBound < 1e300
                ? " from \(JSON.number(range.lowerBound).text()) to \(JSON.number(range.upperBound).text())" : ""
            return diagnostics.error(
                .badValue, "\(quoted(name)) must be a finite number\(bounds), but is \(quoted(scalar.text)).",
                help: "write a number in this range", at: node.range)
        }
    }

    private mutating func checkFactor(_ node: YAMLNode, named name: String) {
        guard let scalar = node.scalar, scalar.resolved == .integer || scalar.resolved == .decimal else {
            return wrongType(node, .factor, named: name)
        }
        guard let factor = scalar.value.text.flatMap({ DecimalNumber($0) }), factor.double != 0 else {
            return diagnostics.error(
                .badValue, "\(quoted(scalar.text)) is not a factor to multiply with.",
                help: "write a number such as 0.01, other than 0", at: node.range)
        }
    }

    private mutating func checkScalar(_ scalar: YAMLScalar, at range: SourceRange) {
        let isEndless = scalar.resolved == .decimal && CoreSchema.number(scalar.text) == nil
        guard isEndless || !TextForm.isPrintable(scalar.text) else { return }
        diagnostics.error(
            .badValue, "\(quoted(scalar.text)) is no value that a column can hold.",
            help: isEndless ? "write a finite number, or quote it to make it text" : "leave control characters out",
            at: range)
    }

    private mutating func checkWord(_ node: YAMLNode, _ words: [Word], _ code: DiagnosticCode, named name: String) {
        guard let text = node.textValue else { return wrongType(node, .word(words), named: name) }
        guard let word = words.first(where: { $0.name == text }) else {
            let help = closest(to: text, among: words.map(\.name)).map { "did you mean \(quoted($0))?" } ?? ""
            let all =
                words.count <= 40 ? "one of: " + words.filter(\.isSupported).map(\.name).joined(separator: ", ") : ""
            return diagnostics.error(
                code, "\(quoted(name)) cannot be \(quoted(text)).",
                help: [help, all].filter { !$0.isEmpty }.joined(separator: " "), at: node.range)
        }
        guard !word.isSupported else { return }
        let others = words.filter(\.isSupported).map(\.name)
        diagnostics.error(
            .notImplemented, "\(quoted(name)) can be \(quoted(text)) in a later version.",
            help: "this version does: " + others.joined(separator: ", "), at: node.range)
    }

    // MARK: - Collections

    private mutating func checkList(
        _ node: YAMLNode, of element: Shape, atLeast least: Int, _ shape: Shape, named name: String,
        at anchor: SourceRange
    ) {
        guard let items = node.sequence else { return wrongType(node, shape, named: name) }
        if items.count < least {
            diagnostics.error(
                .badValue,
                "\(quoted(name)) needs at least \(least) \(least == 1 ? "element" : "elements") and has \(items.count).",
                help: "write \(least == 1 ? "one" : "them"), or leave the key out where it may be", at: anchor)
        }
        for item in items { check(item, element, named: name, at: item.range) }
    }

    mutating func checkObject(
        _ node: YAMLNode, _ shape: ObjectShape, named name: String, at anchor: SourceRange
    ) {
        guard let entries = node.mapping else { return wrongType(node, .object(shape), named: name) }
        for entry in entries {
            if let key = shape.key(entry.key) {
                checkEntry(entry, key, of: shape, in: node)
            } else if let others = shape.others {
                checkKey(entry, .identifier)
                check(entry.value, others, named: entry.key, at: entry.keyRange)
            } else {
                unknownKey(entry, of: shape)
            }
        }
        checkPresence(entries, shape, at: anchor)
    }

    private mutating func checkEntry(_ entry: YAMLEntry, _ key: Key, of shape: ObjectShape, in node: YAMLNode) {
        var keyShape = key.shape
        if let variants = shape.variants, variants.key == key.name {
            let word = node[variants.discriminator]?.textValue
            // Without a valid word nothing can be said about what depends on it.
            guard let variant = variants.shapes.first(where: { $0.word == word }) else { return }
            keyShape = .object(variant.shape)
        }
        check(entry.value, keyShape, named: key.name, at: entry.keyRange)
        let isOff: Bool =
            switch key.support {
            case .full: true
            case .never: false
            case .onlyOff: entry.value.isOff
            }
        guard !isOff else { return }
        diagnostics.error(
            .notImplemented, "\(quoted(key.name)) of \(shape.noun) is understood, but this version cannot do it.",
            help: shape.holdsOneKey && !shape.supportedKeys.isEmpty
                ? "this version does: \(shape.supportedKeys.joined(separator: ", "))" : "leave it out",
            at: entry.keyRange)
    }

    private mutating func unknownKey(_ entry: YAMLEntry, of shape: ObjectShape) {
        let names = shape.keys.map(\.name)
        let help: String
        if let meant = closest(to: entry.key, among: names) {
            help = "did you mean \(quoted(meant))?"
        } else if names.isEmpty {
            help = "nothing is written here"
        } else {
            help = "its keys: " + names.joined(separator: ", ")
        }
        diagnostics.error(
            shape.unknownKeyCode, "\(quoted(entry.key)) is no key of \(shape.noun).", help: help, at: entry.keyRange)
    }

    private mutating func checkPresence(_ entries: [YAMLEntry], _ shape: ObjectShape, at anchor: SourceRange) {
        let present = Set(entries.map(\.key))
        for key in shape.keys where !present.contains(key.name) {
            guard let required = key.required, !isMisspelled(key.name, in: entries, of: shape) else { continue }
            let help: String =
                switch required {
                case .plain: "\(quoted(key.name)): \(key.doc)"
                case .explained(let text): text
                }
            diagnostics.error(.missingKey, "\(quoted(key.name)) of \(shape.noun) is missing.", help: help, at: anchor)
        }
        if shape.holdsOneKey {
            checkOneKey(entries, shape, at: anchor)
        } else if !shape.needsOneOf.isEmpty, present.isDisjoint(with: shape.needsOneOf),
            !shape.needsOneOf.contains(where: { isMisspelled($0, in: entries, of: shape) })
        {
            diagnostics.error(
                .missingKey, "One of \(quoted(all: shape.needsOneOf, joinedBy: "or")) of \(shape.noun) must be there.",
                help: shape.missingHelp ?? help(for: shape.needsOneOf, of: shape), at: anchor)
        }
        checkExclusive(entries, shape)
    }

    /// Whether an unknown key explains why one that must be there is not: one finding is enough then.
    private func isMisspelled(_ name: String, in entries: [YAMLEntry], of shape: ObjectShape) -> Bool {
        shape.others == nil
            && entries.contains { entry in
                shape.key(entry.key) == nil && closest(to: entry.key, among: shape.keys.map(\.name)) == name
            }
    }

    private func help(for names: [String], of shape: ObjectShape) -> String {
        names.compactMap { shape.key($0) }.map { "\(quoted($0.name)): \($0.doc)" }.joined(separator: " ")
    }

    private mutating func checkOneKey(_ entries: [YAMLEntry], _ shape: ObjectShape, at anchor: SourceRange) {
        if let second = entries.dropFirst().first {
            diagnostics.error(
                .exclusiveKeys, "\(shape.noun.capitalizedFirst) has one key; here are \(entries.count).",
                help: "keep one of \(quoted(all: entries.map(\.key)))", at: second.keyRange)
        } else if entries.isEmpty {
            diagnostics.error(
                .missingKey, "\(shape.noun.capitalizedFirst) has one key; here is none.",
                help: "one of: " + shape.keys.map(\.name).joined(separator: ", "), at: anchor)
        }
    }

    private mutating func checkExclusive(_ entries: [YAMLEntry], _ shape: ObjectShape) {
        guard !shape.exclusive.isEmpty else { return }
        let used = entries.compactMap { entry in
            shape.exclusive.firstIndex { $0.contains(entry.key) }.map { (group: $0, entry: entry) }
        }
        guard let first = used.first, let second = used.first(where: { $0.group != first.group }) else { return }
        diagnostics.error(
            .exclusiveKeys,
            "\(quoted(second.entry.key)) of \(shape.noun) excludes \(quoted(first.entry.key)) at \(first.entry.keyRange.text).",
            help: "keep one of the two", at: second.entry.keyRange)
    }

    // MARK: - Wrong types

    mutating func wrongType(_ node: YAMLNode, _ shape: Shape, named name: String) {
        diagnostics.error(
            .wrongType, "\(quoted(name)) must be \(shape.noun), but this is \(node.noun).", help: typeHelp(node, shape),
            at: node.range)
    }

    private func typeHelp(_ node: YAMLNode, _ shape: Shape) -> String? {
        if let scalar = node.scalar, scalar.resolved == .null, scalar.style == .plain {
            return "write a value, or leave the key out"
        }
        switch shape {
        case .text(.duration), .text(.retentionPeriod), .text(.date): return shape.help
        case .text, .word:
            return node.scalar == nil ? "write one text" : "put it in quotes, if it is meant as text"
        case .boolean: return "write true or false; yes, no, on and off are texts"
        case .list: return "write [ … ], or a line with - for each"
        case .object(let object):
            return object.keys.isEmpty ? "write {}" : "its keys: " + object.keys.map(\.name).joined(separator: ", ")
        case .secret: return ShapeCheck.secretHelp
        default: return "write \(shape.noun)"
        }
    }
}
