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
    package static let dsn: Result<String, TestServerError> = start()

    private static func start() -> Result<String, TestServerError> {
        if let given = getenv("SYNCBRIDGE_TEST_PG").map({ String(cString: $0) }), !given.isEmpty {
            return .success(given)
        }
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
        let command = #". "$1" && postgres_serve"#
        let words = ["bash", "-c", command, "bash", library].map { (word: String) in strdup(word) }
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, "/bin/bash", &actions, nil, words + [nil], environ)
        close(input[0])
        close(output[1])
        defer { close(output[0]) }
        guard status == 0 else { return .failure(TestServerError(reason: "bash did not start: \(status)")) }
        let line = readLine(from: output[0])
        return line.isEmpty
            ? .failure(TestServerError(reason: "scripts/lib/postgres.sh did not start a server; see above"))
            : .success(line)
    }

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
    package var description: String { "No PostgreSQL server for the tests: \(reason)" }
}
