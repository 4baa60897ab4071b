import Foundation
import Glibc

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

    /// A process that was started: its id, and its exit status once it has ended.
    struct Running: Sendable {
        let id: pid_t
        /// As a shell gives it: 128 and the signal's number for a process that a signal ended.
        let status: Task<Int32, Never>
    }

    /// Runs the program to its end with exactly this environment.
    static func run(_ arguments: [String], environment: [String: String], directory: URL) async throws -> ProgramRun {
        // Files instead of pipes: nobody has to read while the program runs.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sb-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
        let running = try start(
            arguments, environment: environment, directory: directory, output: output.path, errors: errors.path)
        let status = await running.status.value
        return ProgramRun(
            status: status, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    /// Starts the program. By `posix_spawn`: Foundation's `Process` sees an end only when every child that was started
    /// at the same moment has ended too, since each inherits the descriptors that watch the others.
    static func start(
        _ arguments: [String], environment: [String: String], directory: URL, output: String = "/dev/null",
        errors: String = "/dev/null", program: String = "syncbridge", input: Int32? = nil
    ) throws -> Running {
        let path = folder.appendingPathComponent(program).path
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let all = environment.merging(["SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/bin:/bin"]) { $1 }
        var id: pid_t = 0
        // The shell changes the folder and becomes the program, so that signals reach it.
        let shell = ["/bin/sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", directory.path, path]
        let code = withPointers(shell + arguments) { words in
            withPointers(all.map { "\($0.key)=\($0.value)" }) { variables in
                posix_spawn(&id, "/bin/sh", &actions, nil, words, variables)
            }
        }
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .ENOENT) }
        let child = id
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        // A thread of its own: a wait blocks, and the shared pool is small.
        Thread.detachNewThread {
            var raw: Int32 = 0
            while waitpid(child, &raw, 0) < 0, errno == EINTR {}
            end.yield(raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + raw & 0x7F)
        }
        return Running(id: child, status: Task { await ends.first { _ in true } ?? -1 })
    }

    private static func withPointers<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
