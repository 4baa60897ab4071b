import Core

/// Bounds on what one file may hold (SPEC §3).
enum YAMLLimits {
    static let fileBytes = 10 * 1024 * 1024
    static let depth = 64
    static let aliasedNodes = 10_000
}

/// Reads the documents of one file into trees.
enum YAMLParser {
    /// The roots of the documents, those that hold nothing left out.
    ///
    /// - Returns: `nil` if the file does not parse; then `diagnostics` got exactly one error. Findings that leave the
    ///   tree usable (a key twice, a tag, a merge key) are reported beside a result.
    static func documents(of text: SourceText, _ diagnostics: inout Diagnostics) -> [YAMLNode]? {
        guard text.bytes.count <= YAMLLimits.fileBytes else {
            diagnostics.append(tooLarge(file: text.file))
            return nil
        }
        if let problem = EncodingCheck.problem(in: text.bytes, file: text.file) {
            diagnostics.append(problem)
            return nil
        }
        // libyaml asks for a pointer even to nothing.
        guard !text.bytes.isEmpty else { return [] }
        do throws(YAMLFailure) {
            let (documents, findings) = try text.bytes.withUnsafeBufferPointer { buffer throws(YAMLFailure) in
                try read(buffer, text)
            }
            diagnostics.append(contentsOf: findings.all)
            return documents
        } catch {
            diagnostics.append(error.diagnostic)
            return nil
        }
    }

    static func tooLarge(file: String) -> Diagnostic {
        Diagnostic(
            .fileTooLarge, "The file has more than \(YAMLLimits.fileBytes / 1_048_576) MiB.",
            help: "split it: file names carry no meaning, and every file below the folder is read",
            at: SourceRange(file: file, line: 1, column: 1))
    }

    private static func read(
        _ buffer: UnsafeBufferPointer<UInt8>, _ text: SourceText
    ) throws(YAMLFailure) -> ([YAMLNode], Diagnostics) {
        guard var events = YAMLEvents(bytes: buffer, file: text.file) else {
            throw YAMLFailure(
                Diagnostic(
                    .yamlSyntax, "There is no memory left to read it.",
                    at: SourceRange(file: text.file, line: 1, column: 1)))
        }
        var builder = YAMLTreeBuilder(file: text.file)
        while true {
            let event: YAMLPlacedEvent
            do throws(YAMLSyntaxError) {
                event = try events.next()
            } catch {
                throw YAMLFailure(YAMLSyntaxExplanation.diagnostic(error, in: text))
            }
            guard try builder.accept(event) else { return (builder.documents, builder.diagnostics) }
        }
    }
}

/// The one error of a file that does not parse.
struct YAMLFailure: Error {
    var diagnostic: Diagnostic

    init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }
}
