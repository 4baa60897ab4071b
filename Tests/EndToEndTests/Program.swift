import Foundation

/// What one run of the real program left.
struct ProgramRun: Sendable {
    var status: Int32
    var output: String
    var errors: String
}

/// The program `syncbridge` that was built beside the tests.
enum Program {
    /// The folder of the test bundle holds the products too.
    static let folder: URL = {
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            return URL(fileURLWithPath: argument).deletingLastPathComponent()
        }
        return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    }()

    /// Runs the program to its end with exactly this environment.
    static func run(_ arguments: [String], environment: [String: String], directory: URL) async throws -> ProgramRun {
        let process = Process()
        process.executableURL = folder.appendingPathComponent("syncbridge")
        process.arguments = arguments
        process.environment = environment.merging(["SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/bin:/bin"]) { $1 }
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        return try await withCheckedThrowingContinuation { continuation in
            // Both pipes are read while the program runs: a full one would stop it.
            DispatchQueue.global().async {
                do { try process.run() } catch {
                    continuation.resume(throwing: error)
                    return
                }
                let group = DispatchGroup()
                let texts = Texts()
                DispatchQueue.global().async(group: group) {
                    texts.set(output: String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
                }
                DispatchQueue.global().async(group: group) {
                    texts.set(errors: String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self))
                }
                group.wait()
                process.waitUntilExit()
                continuation.resume(
                    returning: ProgramRun(
                        status: process.terminationStatus, output: texts.output, errors: texts.errors))
            }
        }
    }

    /// Two texts that two threads fill; `@unchecked` because the lock guards both.
    private final class Texts: @unchecked Sendable {
        private let lock = NSLock()
        private var texts = (output: "", errors: "")

        var output: String { lock.withLock { texts.output } }
        var errors: String { lock.withLock { texts.errors } }

        func set(output text: String) { lock.withLock { texts.output = text } }
        func set(errors text: String) { lock.withLock { texts.errors = text } }
    }
}
