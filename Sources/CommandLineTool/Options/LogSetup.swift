internal import Composition
internal import Core
internal import Logging
internal import Reports

/// Logs go to standard error, one line each. No row value is ever in them.
enum LogSetup {
    static func logger(_ options: OutputOptions) -> Logger {
        let isJSON = options.logFormat == .json
        var logger = Logger(label: "syncbridge") { label in
            StandardErrorLog(label: label, isJSON: isJSON)
        }
        logger.logLevel = Logger.Level(rawValue: options.logLevel.rawValue) ?? .warning
        return logger
    }
}

private struct StandardErrorLog: LogHandler {
    let label: String
    let isJSON: Bool
    var logLevel = Logger.Level.warning
    var metadata = Logger.Metadata()

    init(label: String, isJSON: Bool) {
        self.label = label
        self.isJSON = isJSON
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        let time = ProcessSurroundings.now().isoText
        if isJSON {
            let members = all.map { JSON.Member($0.key, .string("\($0.value)")) }
            let line = JSON.object(
                [
                    JSON.Member("time", .string(time)), JSON.Member("level", .string(event.level.rawValue)),
                    JSON.Member("message", .string("\(event.message)")),
                ] + members)
            Output.diagnostic.write(line.text() + "\n")
        } else {
            let facts = all.map { " \($0.key)=\(TerminalText.safe("\($0.value)"))" }.joined()
            Output.diagnostic.write(
                "\(time) \(event.level.rawValue) \(TerminalText.safe("\(event.message)"))\(facts)\n")
        }
    }
}
