import PostgreSQL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A PostgreSQL server for tests: the one named by `SYNCBRIDGE_TEST_PG`, else a private one, started once a process by
/// `scripts/lib/postgres.sh` and stopped when the process ends, a crash included.
package enum TestServer {
    /// The connection string of a superuser, without a database.
    package static let dsn: Result<String, TestServerError> = given() ?? RestartableServer.start([]).map(\.dsn)

    private static func given() -> Result<String, TestServerError>? {
        guard let given = getenv("SYNCBRIDGE_TEST_PG").map({ String(cString: $0) }), !given.isEmpty else { return nil }
        return .success(given)
    }
}

/// A private server by `scripts/lib/postgres.sh`, which can be ended and started again. Stopped when the process ends, a
/// crash included.
package struct RestartableServer: Sendable {
    /// The connection string of a superuser, without a database.
    package let dsn: String
    private let input: Int32
    private let output: Int32

    /// - Parameter settings: `name=value` each, beside those of tests.
    package static func start(_ settings: [String]) -> Result<RestartableServer, TestServerError> {
        // The shell function stops the server at the end of its input. This process alone holds the other end of that
        // pipe (it is closed in children), and never closes it: the system does, however the process ends.
        var input: [Int32] = [-1, -1]
        var output: [Int32] = [-1, -1]
        guard pipe(&input) == 0, pipe(&output) == 0 else {
            return .failure(TestServerError(reason: "no pipe: \(errno)"))
        }
        for descriptor in input + output { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let command = #". "$1" && shift && postgres_serve "$@""#
        let words = (["bash", "-c", command, "bash", library] + settings).map { (word: String) in strdup(word) }
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, "/bin/bash", &actions, nil, words + [nil], environ)
        close(input[0])
        close(output[1])
        guard status == 0 else { return .failure(TestServerError(reason: "bash did not start: \(status)")) }
        let line = readLine(from: output[0])
        return line.isEmpty
            ? .failure(TestServerError(reason: "scripts/lib/postgres.sh did not start a server; see above"))
            : .success(RestartableServer(dsn: line, input: input[1], output: output[0]))
    }

    /// Ends the server and starts it again; returns when it takes connections.
    /// - Parameter inOrder: Else at once, as a crash would.
    package func restart(inOrder: Bool) throws {
        let word = Array((inOrder ? "restart\n" : "crash\n").utf8)
        guard write(input, word, word.count) == word.count, Self.readLine(from: output) == dsn else {
            throw TestServerError(reason: "the server did not start again")
        }
    }

    /// Ends the server for good.
    package func stop() { close(input) }

    /// Beside the sources this file was compiled from, wherever the tests are run.
    private static var library: String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/") + "/scripts/lib/postgres.sh"
    }

    private static func readLine(from descriptor: Int32) -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }
}

package struct TestServerError: Error, CustomStringConvertible {
    package var reason: String

    package init(reason: String) { self.reason = reason }

    package var description: String { "No PostgreSQL server for the tests: \(reason)" }
}
