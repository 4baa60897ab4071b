internal import CYAML
import Core

/// What libyaml reads, in our words. No C pointer leaves this file.
enum YAMLEvent {
    case streamEnd
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(text: String, isPlain: Bool, anchor: String?, tag: String?)
    case sequenceStart(anchor: String?, tag: String?)
    case sequenceEnd
    case mappingStart(anchor: String?, tag: String?)
    case mappingEnd
}

/// An event with its place.
struct YAMLPlacedEvent {
    var event: YAMLEvent
    var range: SourceRange
}

/// Why libyaml stopped, and where.
struct YAMLSyntaxError: Error {
    /// libyaml's sentence: `mapping values are not allowed in this context`.
    var problem: String
    var place: SourceRange.Position
    /// What it was reading, and where that began.
    var context: String?
    var contextPlace: SourceRange.Position?
}

/// One run of libyaml's event parser over bytes that outlive it.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let file: String

    /// - Parameter bytes: UTF-8 without a byte order mark; must stay in place as long as this value.
    /// - Returns: `nil` if libyaml has no memory left.
    init?(bytes: UnsafeBufferPointer<UInt8>, file: String) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        self.parser = parser
        self.file = file
        // The encoding is named because libyaml would otherwise guess it from the first bytes.
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    mutating func next() throws(YAMLSyntaxError) -> YAMLPlacedEvent {
        var raw = yaml_event_t()
        while true {
            guard yaml_parser_parse(parser, &raw) == 1 else { throw syntaxError() }
            defer { yaml_event_delete(&raw) }
            let range = SourceRange(
                file: file, start: Self.position(raw.start_mark), end: Self.position(raw.end_mark))
            if let event = Self.event(raw) { return YAMLPlacedEvent(event: event, range: range) }
        }
    }

    /// `nil` for the start of the stream, which says nothing.
    private static func event(_ raw: yaml_event_t) -> YAMLEvent? {
        switch raw.type {
        case YAML_STREAM_START_EVENT: return nil
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(text(raw.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            return .scalar(
                text: text(scalar.value, count: scalar.length), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE,
                anchor: text(scalar.anchor), tag: text(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            return .sequenceStart(anchor: text(raw.data.sequence_start.anchor), tag: text(raw.data.sequence_start.tag))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            return .mappingStart(anchor: text(raw.data.mapping_start.anchor), tag: text(raw.data.mapping_start.tag))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        // libyaml answers with "no event" once the stream is over.
        default: return .streamEnd
        }
    }

    private func syntaxError() -> YAMLSyntaxError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "out of memory"
        // A reader's or memory error has no mark; the encoding was checked before, so neither should be met.
        return YAMLSyntaxError(
            problem: problem, place: Self.position(state.problem_mark),
            context: state.context.map { String(cString: $0) },
            contextPlace: state.context == nil ? nil : Self.position(state.context_mark))
    }

    /// libyaml counts from 0, we from 1.
    private static func position(_ mark: yaml_mark_t) -> SourceRange.Position {
        SourceRange.Position(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?, count: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: pointer, count: count), as: UTF8.self)
    }
}
