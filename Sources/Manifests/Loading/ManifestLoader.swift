import Core

/// Reads a tree of manifests: bytes to documents, variables, checks, decoding, references. Pure.
package enum ManifestLoader {
    /// - Parameter files: What `ManifestFiles.find` returned. Without any there is no state, and no finding either:
    ///   the search has reported it.
    package static func load(_ files: [ManifestFile], options: LoadOptions = LoadOptions()) -> LoadResult {
        var run = LoadRun(options: options)
        run.read(files)
        run.identify()
        run.substitute()
        run.checkShapes()
        let desired = run.link()
        return run.finish(desired)
    }
}

/// The state of one load, step by step. Every step reports all it finds and leaves the rest to go on with.
struct LoadRun {
    let options: LoadOptions
    var diagnostics = Diagnostics()
    var documents: [ManifestDocument] = []
    /// Whether something could not be read, so that what is missing may well be in there.
    var isIncomplete = false

    private var texts: [String: SourceText] = [:]
    private var broken: Set<String> = []
    private var secrets: [SourceRange] = []
    private(set) var environment: String?

    init(options: LoadOptions) { self.options = options }

    // MARK: - Bytes to documents

    mutating func read(_ files: [ManifestFile]) {
        isIncomplete = files.isEmpty
        for file in files.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
            guard let roots = parse(file) else {
                isIncomplete = true
                continue
            }
            if roots.isEmpty {
                diagnostics.error(
                    .emptyFile, "There is no document in this file.",
                    help: "write one, or remove the file: an empty one may be a broken checkout",
                    at: SourceRange(file: file.path, line: 1, column: 1))
            }
            for root in roots { add(root) }
        }
        if documents.isEmpty, !isIncomplete {
            diagnostics.error(
                .emptyTree, "There is no manifest at all.",
                help:
                    "an empty tree would mean to forget everything; name the folder with -f, or write a first manifest with init",
                at: nil)
        }
    }

    private mutating func parse(_ file: ManifestFile) -> [YAMLNode]? {
        guard let content = file.content else { return nil }
        let text = SourceText(file: file.path, bytes: content)
        texts[file.path] = text
        guard let roots = YAMLParser.documents(of: text, &diagnostics) else {
            broken.insert(file.path)
            return nil
        }
        return roots
    }

    private mutating func add(_ root: YAMLNode) {
        guard root.mapping != nil else {
            diagnostics.error(
                .wrongType, "A document is a mapping, but this is \(root.noun).",
                help: "begin with apiVersion: \(ManifestKind.apiVersion)", at: root.range)
            isIncomplete = true
            return
        }
        documents.append(ManifestDocument(root: root))
    }

    // MARK: - Kinds and names

    mutating func identify() {
        var first: [ManifestKind: [String: SourceRange]] = [:]
        var project: SourceRange?
        for document in documents {
            guard let kind = document.kind, let name = document.name else {
                // What it was meant to be may be what others refer to.
                isIncomplete = true
                continue
            }
            if kind == .project {
                if let other = project {
                    diagnostics.error(
                        .duplicateName, "A tree has one project, and \(other.text) declares one already.",
                        help: "keep one; a second project is a second tree", at: document.place)
                }
                project = project ?? document.place
            } else if let other = first[kind]?[name] {
                diagnostics.error(
                    .duplicateName, "The \(kind.rawValue) \(quoted(name)) is already declared at \(other.text).",
                    help: "give one of them another name", at: document.place)
            } else {
                first[kind, default: [:]][name] = document.place
            }
        }
        chooseEnvironment()
    }

    private mutating func chooseEnvironment() {
        let names = documents.filter { $0.kind == .environment }.compactMap(\.name)
        if let wanted = options.environment {
            guard !names.contains(wanted) else {
                environment = wanted
                return
            }
            guard !isIncomplete else { return }
            let help =
                closest(to: wanted, among: names).map { "did you mean \(quoted($0))?" }
                ?? (names.isEmpty
                    ? "the tree has no environments: leave out --env and SYNCBRIDGE_ENV"
                    : "there are: \(names.joined(separator: ", "))")
            diagnostics.error(
                .danglingReference, "The tree has no environment \(quoted(wanted)).", help: help, at: nil)
        } else if options.environmentRequired, let first = documents.first(where: { $0.kind == .environment }) {
            diagnostics.error(
                .environmentRequired, "The tree declares environments, and none was named.",
                help: "add --env with one of: \(names.joined(separator: ", "))", at: first.place)
        }
    }

    // MARK: - Variables

    mutating func substitute() {
        let variables =
            documents.filter { $0.kind == .environment && $0.name == environment && environment != nil }
            + documents.filter { $0.kind == .project }
        var outside = [options.set]
        if let file = options.variablesFile { outside.append(readVariables(file)) }
        outside.append(
            Dictionary(
                options.processEnvironment.compactMap { name, value in
                    name.hasPrefix(VariableTable.prefix)
                        ? (String(name.dropFirst(VariableTable.prefix.count)), value) : nil
                }
            ) { first, _ in first })
        var substitution = Substitution(
            table: VariableTable(layers: outside, documents: variables.compactMap { $0.root["spec"]?["variables"] }))
        for index in documents.indices {
            // An environment that was not chosen is left as it is: its variables need values only where it applies.
            if documents[index].kind == .environment, documents[index].name != environment { continue }
            documents[index].root = substitution.document(documents[index].root)
        }
        diagnostics.append(contentsOf: substitution.diagnostics.all)
    }

    private mutating func readVariables(_ file: ManifestFile) -> [String: String] {
        guard let roots = parse(file) else { return [:] }
        var values: [String: String] = [:]
        for root in roots {
            var check = ShapeCheck()
            check.check(root, ProjectSchema.variables, named: "variables", at: root.range)
            diagnostics.append(contentsOf: check.diagnostics.all)
            for entry in root.mapping ?? [] { values[entry.key] = entry.value.scalar?.text }
        }
        return values
    }

    // MARK: - Shapes

    mutating func checkShapes() {
        for document in documents {
            var check = ShapeCheck()
            if let kind = document.kind {
                check.check(document.root, .object(kind.document), named: "document", at: document.place)
            } else {
                checkUnknownKind(document)
            }
            diagnostics.append(contentsOf: check.diagnostics.all)
            secrets += check.secrets
            let scan = CredentialScan(document.root, known: check.secrets)
            diagnostics.append(contentsOf: scan.diagnostics.all)
            secrets += scan.places
        }
    }

    private mutating func checkUnknownKind(_ document: ManifestDocument) {
        let names = ManifestKind.allCases.map(\.rawValue)
        guard let kind = document.root.entry("kind") else {
            diagnostics.error(
                .missingKey, "\"kind\" of a document is missing.", help: "one of: \(names.joined(separator: ", "))",
                at: document.root.range)
            return
        }
        guard let text = kind.value.textValue else {
            diagnostics.error(
                .wrongType, "\"kind\" must be one word of a list, but this is \(kind.value.noun).",
                help: "one of: \(names.joined(separator: ", "))", at: kind.value.range)
            return
        }
        diagnostics.error(
            .unknownKind, "There is no kind \(quoted(text)).",
            help: closest(to: text, among: names).map { "did you mean \(quoted($0))?" }
                ?? "one of: \(names.joined(separator: ", "))", at: kind.value.range)
    }

    // MARK: - Result

    func finish(_ desired: DesiredState) -> LoadResult {
        var sorted = Diagnostics()
        var snippets = Snippets(of: texts, secrets: secrets, broken: broken)
        for var diagnostic in diagnostics.sorted() {
            diagnostic.snippet = snippets.snippet(for: diagnostic)
            sorted.append(diagnostic)
        }
        return LoadResult(
            desired: sorted.hasErrors || isIncomplete ? nil : desired, diagnostics: sorted, documents: documents)
    }
}
