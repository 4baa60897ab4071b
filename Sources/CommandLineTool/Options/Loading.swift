internal import Composition
internal import Core
internal import Manifests

/// The manifests of a call, loaded and checked.
struct LoadedTree {
    var result: LoadResult
    var diagnostics: Diagnostics
    /// Everything the diagnostics refer to, for their text.
    var desired: DesiredState? { diagnostics.hasErrors ? nil : result.desired }
}

extension ManifestOptions {
    /// Reads the tree. Problems are in the diagnostics; only a wrong command line throws.
    func load(environmentRequired: Bool) throws(Failure) -> LoadedTree {
        if let directory { try ProcessSurroundings.change(directory: directory) }
        var values: [String: String] = [:]
        for assignment in set {
            guard let mark = assignment.firstIndex(of: "="), mark != assignment.startIndex else {
                throw Failure(
                    .usage, while: "reading --set \(assignment)", because: "it is not NAME=VALUE",
                    help: "for example --set region=emea")
            }
            values[String(assignment[..<mark])] = String(assignment[assignment.index(after: mark)...])
        }
        var diagnostics = Diagnostics()
        var variablesFile: ManifestFile?
        if let vars {
            let (file, problems) = ManifestFiles.read(vars)
            variablesFile = file
            diagnostics.append(contentsOf: problems.all)
        }
        let (files, problems) = ManifestFiles.find(paths.isEmpty ? ["manifests"] : paths)
        diagnostics.append(contentsOf: problems.all)
        let result = ManifestLoader.load(
            files,
            options: LoadOptions(
                environment: env ?? ProcessSurroundings.variable("SYNCBRIDGE_ENV"),
                environmentRequired: environmentRequired, set: values, variablesFile: variablesFile,
                processEnvironment: ProcessSurroundings.environment,
                knowsTimeZone: { ProcessSurroundings.timeZone($0) != nil }))
        diagnostics.append(contentsOf: result.diagnostics.all)
        return LoadedTree(result: result, diagnostics: diagnostics)
    }

    /// The desired state, or the diagnostics on standard error and an error.
    func desired(_ output: OutputOptions) throws(Failure) -> DesiredState {
        let tree = try load(environmentRequired: true)
        guard let desired = tree.desired else {
            DiagnosticsPrinter.print(tree.diagnostics, to: .diagnostic, output)
            throw Self.invalid(tree.diagnostics)
        }
        let warnings = tree.diagnostics.all.filter { $0.severity == .warning }
        if !warnings.isEmpty, !output.quiet { DiagnosticsPrinter.print(tree.diagnostics, to: .diagnostic, output) }
        return desired
    }

    static func invalid(_ diagnostics: Diagnostics) -> Failure {
        let count = diagnostics.all.count { $0.severity == .error }
        return Failure(
            .invalid, while: "reading the manifests", because: "\(count) problem\(count == 1 ? "" : "s"), see above",
            help: "mend what is listed, then run syncbridge validate")
    }
}

enum DiagnosticsPrinter {
    static func print(_ diagnostics: Diagnostics, to output: Output, _ options: OutputOptions) {
        output.write(DiagnosticRenderer(colour: output.isColoured(options)).text(diagnostics.sorted()))
    }
}
