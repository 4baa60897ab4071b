internal import ArgumentParser
internal import Composition
internal import Core
internal import Reports

/// The program `syncbridge`.
package enum SyncBridge {
    /// Parses the arguments, runs the verb and returns the exit status (SPEC §4).
    package static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try RootCommand.parseAsRoot(arguments)
            if let verb = command as? any Verb { return await verb.finish().rawValue }
            try command.run()
            return ExitStatus.ok.rawValue
        } catch {
            return report(error)
        }
    }

    /// Help goes to standard output with 0; a wrong word on the command line to standard error with 10.
    private static func report(_ error: any Error) -> Int32 {
        let text = RootCommand.fullMessage(for: error)
        if RootCommand.exitCode(for: error) == .success {
            Output.standard.write(text + "\n")
            return ExitStatus.ok.rawValue
        }
        Output.diagnostic.write(text + "\n")
        return ExitStatus.usage.rawValue
    }
}

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "syncbridge",
        abstract: "Keeps PostgreSQL tables and SharePoint lists in step, declaratively.",
        discussion: """
            Everyday: write manifests, look at `syncbridge plan`, run `syncbridge apply`.
            Exit statuses: 0 ok, 2 changes, 3 needs approval, 10 usage, 11 invalid, 12 denied, 14 locked, 15 auth, \
            16 unavailable, 17 partial, 18 not converged, 20 declined.
            """,
        subcommands: [
            PlanCommand.self, ApplyCommand.self, DriftCommand.self, StatusCommand.self, ValidateCommand.self,
            RenderCommand.self,
            SchemaCommand.self, RowsCommand.self, LockCommand.self, MigrateCommand.self, RecoverCommand.self,
            VersionCommand.self,
        ])
}

/// A verb: its own arguments, and what it does with them.
protocol Verb: Sendable {
    /// Runs to its end. A failure is thrown and printed once, here below.
    func perform() async throws(Failure) -> ExitStatus
    var output: OutputOptions { get }
}

extension Verb {
    func finish() async -> ExitStatus {
        do throws(Failure) {
            return try await perform()
        } catch {
            let status = ExitStatus(error)
            if output.json {
                Output.standard.write(FailureText.json(error, status).text() + "\n")
            } else {
                Output.diagnostic.write(FailureText.render(error))
            }
            return status
        }
    }
}

extension ExitStatus {
    /// The status of the signal that asked this process to stop.
    static var ofSignal: ExitStatus? {
        switch Interruption.firstSignal {
        case .terminate: .terminated
        case .interrupt: .interrupted
        case nil: nil
        }
    }

    /// What the program ends with because of `failure`. Which signal it was that stopped it, only the process knows.
    fileprivate init(_ failure: Failure) {
        let status = ExitStatus(failure.code)
        self = status == .interrupted ? Self.ofSignal ?? status : status
    }
}
