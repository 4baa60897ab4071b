import Core

/// Builds trees from events, without recursion: open collections are a list of at most `YAMLLimits.depth` frames.
struct YAMLTreeBuilder {
    private(set) var documents: [YAMLNode] = []
    private(set) var diagnostics = Diagnostics()

    private let file: String
    private var frames: [Frame] = []
    private var anchors: [String: YAMLNode] = [:]
    private var aliasedNodes = 0

    private struct Frame {
        enum Kind { case sequence, mapping }

        enum PendingKey {
            case none
            case key(String, SourceRange)
            /// A key that was refused: its value is read and dropped.
            case refused
        }

        var kind: Kind
        var start: SourceRange
        var anchor: String?
        var items: [YAMLNode] = []
        var entries: [YAMLEntry] = []
        var places: [String: SourceRange] = [:]
        var pending = PendingKey.none
    }

    init(file: String) { self.file = file }

    /// - Returns: Whether there is more to come.
    mutating func accept(_ placed: YAMLPlacedEvent) throws(YAMLFailure) -> Bool {
        switch placed.event {
        case .streamEnd: return false
        case .documentStart: anchors = [:]
        case .documentEnd: break
        case .alias(let name): try add(try resolve(alias: name, at: placed.range), isPlain: false)
        case .scalar(let text, let isPlain, let anchor, let tag):
            let scalar = tagged(YAMLScalar(text: text, style: isPlain ? .plain : .quoted), tag, at: placed.range)
            let node = YAMLNode(scalar, at: placed.range)
            if let anchor { anchors[anchor] = node }
            try add(node, isPlain: isPlain && tag == nil)
        case .sequenceStart(let anchor, let tag): try open(.sequence, anchor, tag, at: placed.range)
        case .mappingStart(let anchor, let tag): try open(.mapping, anchor, tag, at: placed.range)
        case .sequenceEnd, .mappingEnd: try close(at: placed.range)
        }
        return true
    }

    private mutating func open(
        _ kind: Frame.Kind, _ anchor: String?, _ tag: String?, at range: SourceRange
    ) throws(YAMLFailure) {
        guard frames.count < YAMLLimits.depth else { throw tooDeep(at: range) }
        let expected = kind == .sequence ? "tag:yaml.org,2002:seq" : "tag:yaml.org,2002:map"
        if let tag, tag != expected, tag != "!" { refuse(tag: tag, at: range) }
        // Until the collection is closed its anchor means nothing, not even an earlier node of that name.
        if let anchor { anchors[anchor] = nil }
        frames.append(Frame(kind: kind, start: range, anchor: anchor))
    }

    private mutating func close(at end: SourceRange) throws(YAMLFailure) {
        guard let frame = frames.popLast() else { return }
        var range = frame.start
        range.end = max(frame.start.end, end.end)
        let node =
            frame.kind == .sequence
            ? YAMLNode(sequence: frame.items, at: range) : YAMLNode(mapping: frame.entries, at: range)
        if let anchor = frame.anchor { anchors[anchor] = node }
        try add(node, isPlain: false)
    }

    private mutating func resolve(alias name: String, at range: SourceRange) throws(YAMLFailure) -> YAMLNode {
        guard let node = anchors[name] else {
            let isEnclosing = frames.contains { $0.anchor == name }
            throw YAMLFailure(
                isEnclosing
                    ? Diagnostic(
                        .yamlAlias, "The alias \(quoted("*\(name)")) names a collection that it is itself part of.",
                        help: "write the part out instead", at: range)
                    : Diagnostic(
                        .yamlAlias, "No node before this one has the anchor \(quoted("&\(name)")).",
                        help: closest(to: name, among: anchors.keys.sorted()).map {
                            "did you mean \(quoted("*\($0)"))?"
                        }
                            ?? "an anchor counts within its document, from where it is written", at: range))
        }
        aliasedNodes += node.weight
        guard aliasedNodes <= YAMLLimits.aliasedNodes else {
            throw YAMLFailure(
                Diagnostic(
                    .yamlAlias, "The aliases of this file add more than \(YAMLLimits.aliasedNodes) nodes to it.",
                    help: "write the repeated parts as documents of their own and refer to them by name", at: range))
        }
        guard frames.count + node.height <= YAMLLimits.depth else { throw tooDeep(at: range) }
        return node
    }

    private func tooDeep(at range: SourceRange) -> YAMLFailure {
        YAMLFailure(
            Diagnostic(
                .yamlTooDeep, "More than \(YAMLLimits.depth) collections lie inside one another here.",
                help: "no manifest needs that many; look for a bracket that is not closed", at: range))
    }

    /// Puts a finished node where it belongs: the document, the open list, or a key or value of the open mapping.
    private mutating func add(_ node: YAMLNode, isPlain: Bool) throws(YAMLFailure) {
        guard let last = frames.indices.last else {
            if node.scalar?.resolved != .null { documents.append(node) }
            return
        }
        guard frames[last].kind == .mapping else {
            frames[last].items.append(node)
            return
        }
        switch frames[last].pending {
        case .none: frames[last].pending = key(node, isPlain: isPlain, in: last)
        case .refused: frames[last].pending = .none
        case .key(let key, let range):
            frames[last].entries.append(YAMLEntry(key: key, keyRange: range, value: node))
            frames[last].pending = .none
        }
    }

    private mutating func key(_ node: YAMLNode, isPlain: Bool, in frame: Int) -> Frame.PendingKey {
        guard let text = node.scalar?.text else {
            diagnostics.error(
                .wrongType, "A key is a text; this one is \(node.noun).",
                help: "a variable that stands alone needs quotes: \"${name}\"", at: node.range)
            return .refused
        }
        if isPlain, text == "<<" {
            diagnostics.error(
                .yamlMergeKey, "The merge key \"<<\" belongs to YAML 1.1; it would be an ordinary key here.",
                help: "repeat the keys, or share a whole document by its name (policy, ref)", at: node.range)
            return .refused
        }
        if let first = frames[frame].places[text] {
            diagnostics.error(
                .duplicateKey, "The key \(quoted(text)) is already written at \(first.text).",
                help: "keep one of the two", at: node.range)
            return .refused
        }
        frames[frame].places[text] = node.range
        return .key(text, node.range)
    }

    /// The scalar in the type of its tag.
    private mutating func tagged(_ scalar: YAMLScalar, _ tag: String?, at range: SourceRange) -> YAMLScalar {
        guard let tag else { return scalar }
        let plain = YAMLScalar(text: scalar.text, style: .plain)
        let fits: Bool
        switch tag {
        case "!", "tag:yaml.org,2002:str": return YAMLScalar(text: scalar.text, style: .quoted)
        case "tag:yaml.org,2002:null": fits = plain.resolved == .null
        case "tag:yaml.org,2002:bool": fits = plain.resolved == .boolean(true) || plain.resolved == .boolean(false)
        case "tag:yaml.org,2002:int": fits = plain.resolved == .integer
        case "tag:yaml.org,2002:float": fits = plain.resolved == .integer || plain.resolved == .decimal
        default:
            refuse(tag: tag, at: range)
            return scalar
        }
        guard fits else {
            let word = tag.split(separator: ":").last.map(String.init) ?? tag
            diagnostics.error(
                .yamlTag, "The value has the tag \"!!\(word)\" but is none.", help: "leave the tag out", at: range)
            return scalar
        }
        return plain
    }

    private mutating func refuse(tag: String, at range: SourceRange) {
        let core = "tag:yaml.org,2002:"
        let text = tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag
        diagnostics.error(
            .yamlTag, "The tag \(quoted(text)) is not one of the core schema, or does not fit what it stands on.",
            help: "leave the tag out; quote a value to make it text", at: range)
    }
}
