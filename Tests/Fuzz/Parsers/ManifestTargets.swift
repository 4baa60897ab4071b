import Core
import Manifests

extension FuzzTarget {
    /// Whole manifests.
    static let manifests = FuzzTarget(
        "manifests",
        words: [
            "apiVersion: syncbridge.arcore.io/v1\n", "kind: ", "metadata: { name: a }\n", "spec:\n", "---\n", "...\n",
            "&a ", "*a", "<<: ", "!!str ", "!x ", "%TAG ! a\n", "%YAML 1.2\n", "- ", ": ", "? ", "| \n", ">-\n",
            "\"${a}\"", "${a:-b}", "{", "}", "[", "]", "'", "\"", "#", "\u{85}", "secretRef: { env: A }",
        ],
        stretches: [
            { Array(numbered(upTo: $0) { "%TAG !t\($0)! x\n" }.utf8) },
            { Array(repeated("[", upTo: $0).utf8) },
            { Array(repeated("{a: ", upTo: $0).utf8) },
            { Array(repeated("- ", upTo: $0).utf8) },
            { Array(repeated("? ", upTo: $0).utf8) },
            { Array(repeated("a: 1\n---\n", upTo: $0).utf8) },
            { Array(("{" + numbered(upTo: $0) { "a\($0): 1, " } + "b: 1}").utf8) },
            { Array(numbered(upTo: $0) { "token\($0): 1\n" }.utf8) },
            { Array((head("ShardingPolicy") + "  rules:\n" + numbered(upTo: $0) { rule($0) }).utf8) },
            { Array((head("ShardingPolicy") + "  rules:\n" + repeated(rule(0), upTo: $0)).utf8) },
            {
                Array(
                    (head("ShardingPolicy") + "  rules: [{ list: a, when: {" + numbered(upTo: $0) { "c\($0): 1, " }
                        + "} },"
                        + "{ list: b, when: {" + numbered(upTo: $0) { "c\($0): 2, " } + "} }]").utf8)
            },
            {
                Array(
                    (head("FieldMapping") + "  fields:\n"
                        + numbered(upTo: $0) { "  - { source: c\($0), target: C\($0) }\n" }).utf8)
            },
            { Array((head("Project") + "  variables:\n" + numbered(upTo: $0) { "    v\($0): \"${u\($0)}\"\n" }).utf8) },
            {
                Array(
                    (head("Project") + "  variables:\n" + numbered(upTo: $0) { "    v\($0): \"${v\($0 + 1)}\"\n" }).utf8
                )
            },
            { Array(numbered(upTo: $0) { "&a\($0) a: *b\n" }.utf8) },
            { Array(("\"" + repeated("\\x41", upTo: $0) + "\"").utf8) },
            { Array(repeated("a", upTo: $0).utf8) },
            { Array(repeated("a\n\n", upTo: $0).utf8) },
            { Array(("- \"" + repeated("://:@", upTo: $0) + "\"").utf8) },
            { Array(("- \"" + repeated("password ", upTo: $0) + "\"").utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        try check([ManifestFile(path: "a.yaml", content: input)])
    }

    private static func head(_ kind: String) -> String {
        "apiVersion: syncbridge.arcore.io/v1\nkind: \(kind)\nmetadata: { name: a }\nspec:\n"
    }

    private static func rule(_ number: Int) -> String { "  - { when: { status: s\(number) }, list: L\(number) }\n" }

    /// One text in each place of a manifest that has a grammar of its own.
    static let manifestTexts = FuzzTarget(
        "manifest-texts",
        words: [
            "90d", "public.a", "\"A\".\"b\"", "https://", "[::1]:", "yyyy", "''", "**/", "${", "}", ":-", "$${", "1e5",
            ".inf", "0x1F",
        ],
        stretches: [
            { Array(repeated("${a:-", upTo: $0).utf8) }, { Array(repeated("\"\"", upTo: $0).utf8) },
            { Array(repeated("(", upTo: $0).utf8) }, { Array(repeated("''", upTo: $0).utf8) },
            { Array(repeated("9", upTo: $0).utf8) }, { Array(repeated("/a", upTo: $0).utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        guard let text = text(input) else { return }
        // JSON's strings are YAML's, but for what YAML cannot hold at all.
        var quoted: [UInt8] = []
        JSONText.append(text, to: &quoted)
        let value = String(decoding: quoted, as: UTF8.self)
        let tree =
            head("SyncDefinition") + """
                  source: { table: \(value), where: \(value), key: [\(value)] }
                  deletes: RETAIN
                  sharding:
                    rules:
                      - { when: { a: { olderThan: \(value) }, b: { gte: \(value) } }, list: \(value) }
                      - { default: B }
                  mapping:
                    fields:
                      - { expression: \(value), target: \(value), type: { choice: { choices: [\(value)] } } }
                      - { source: \(value), target: B, transform: [{ DATE_FORMAT: \(value) }, { SCALE: \(value) }, { TRUNCATE: \(value) }] }
                ---

                """ + head("ConnectionProfile") + """
                  type: SHAREPOINT
                  config:
                    tenantId: \(value)
                    clientId: \(value)
                    credential: { clientSecret: { secretRef: { env: \(value) } } }
                    site: { hostname: \(value), path: \(value) }
                    endpoints: { graph: \(value) }
                    timeZone: \(value)
                ---

                """ + head("Project") + """
                  retention: { runs: \(value) }
                  allow: [{ hazard: ROW_DELETE_LIMIT, at: \(value), reason: \(value), until: \(value) }]

                """
        try check([ManifestFile(path: "a.yaml", text: tree)])
    }

    private static func check(_ files: [ManifestFile]) throws(BrokenPromise) {
        let result = ManifestLoader.load(files)
        for diagnostic in result.diagnostics.all {
            let code = diagnostic.code
            try promise(diagnostic.source != nil || code == .emptyTree, "\(code.rawValue) has no place")
            try promise(diagnostic.help?.isEmpty == false, "\(code.rawValue) has no help")
            let place = diagnostic.source?.start
            try promise((place?.line ?? 1) >= 1 && (place?.column ?? 1) >= 1, "\(code.rawValue) is before the file")
        }
        try promise((result.desired == nil) == (result.diagnostics.hasErrors), "an error and a state, or neither")
        // Enough to see what a terminal would get; the rest is more of the same.
        let shown = DiagnosticRenderer().text(result.diagnostics.all.prefix(200))
        let isSteering = shown.unicodeScalars.contains { Inert.isHidden($0) && $0 != "\n" }
        try promise(!isSteering, "the terminal can be steered")
        _ = DiagnosticRenderer.json(result.diagnostics.all.prefix(200)).text()

        let rendered = ManifestRenderer.render(result)
        guard result.desired != nil else { return }
        // `(hidden)` stands for what may be a secret: it is not the tree any more.
        guard !rendered.contains("(hidden)") else { return }
        let again = ManifestLoader.load([ManifestFile(path: "a.yaml", text: rendered)])
        try promise(
            again.desired != nil, "the rendered tree is not a tree: \(again.diagnostics.all.first?.detail ?? "")")
        try promise(ManifestRenderer.render(again) == rendered, "the rendered tree does not render as itself")
    }
}
