internal import ArgumentParser
internal import Core

/// What every verb understands.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON on standard output.")
    var json = false

    @Flag(name: .customLong("no-color"), help: "No colour on a terminal; the variable NO_COLOR says the same.")
    var noColor = false

    @Flag(name: .long, help: "No progress.")
    var quiet = false

    @Option(name: .customLong("log-level"), help: "debug, info, notice, warning or error.")
    var logLevel = LogLevel.warning

    @Option(name: .customLong("log-format"), help: "text or json.")
    var logFormat = LogFormat.text

    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case debug, info, notice, warning, error
    }

    enum LogFormat: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }
}

/// Where the manifests are and what fills their variables.
struct ManifestOptions: ParsableArguments {
    @Option(name: .customShort("f"), help: "A manifest or a folder of manifests. May be repeated; default: manifests.")
    var paths: [String] = []

    @Option(name: .customShort("C"), help: "Change to this folder first.")
    var directory: String?

    @Option(name: .long, help: "The environment; default: SYNCBRIDGE_ENV.")
    var env: String?

    @Option(name: .long, help: "A variable, NAME=VALUE. May be repeated.")
    var set: [String] = []

    @Option(name: .long, help: "A YAML file of variables.")
    var vars: String?
}

/// What verbs that touch a side understand.
struct SideOptions: ParsableArguments {
    @Option(name: .customLong("allow-hazards"), help: "A hazard that is accepted, CODE@ADDRESS-GLOB. May be repeated.")
    var allowHazards: [String] = []

    @Option(
        name: .customLong("allow-endpoint"), help: "A host other than Microsoft's that may get tokens. May be repeated."
    )
    var allowEndpoint: [String] = []

    func flags() throws(Failure) -> [HazardPolicy.Flag] {
        var flags: [HazardPolicy.Flag] = []
        for text in allowHazards.flatMap({ $0.split(separator: ",") }) {
            let parts = text.split(separator: "@", maxSplits: 1)
            guard parts.count == 2, let code = HazardCode(rawValue: String(parts[0])) else {
                let known = closest(to: String(parts.first ?? ""), among: HazardCode.allCases.map(\.rawValue))
                throw Failure(
                    .usage, while: "reading --allow-hazards \(text)", because: "it is not CODE@ADDRESS-GLOB",
                    help: known.map { "did you mean \($0)@…?" }
                        ?? "for example --allow-hazards ROW_DELETE_LIMIT@definition/projects")
            }
            flags.append(HazardPolicy.Flag(code: code, at: AddressGlob(String(parts[1]))))
        }
        return flags
    }
}
