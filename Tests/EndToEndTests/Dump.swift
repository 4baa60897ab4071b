import Foundation
import PostgreSQL
import TestSupport
import Testing

/// A database as `pg_dump` writes it.
struct Dump: Sendable {
    let text: String

    static func take(_ database: TestDatabase) async throws -> Dump {
        Dump(text: try await Shell.run("pg_dump --no-owner --dbname \"$1\"", database.dsn))
    }

    func restore(into database: TestDatabase) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("sb-dump-\(UUID().uuidString).sql")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        _ = try await Shell.run("psql -X -q -v ON_ERROR_STOP=1 --dbname \"$1\" -f \"$2\"", database.dsn, file.path)
    }
}

/// Runs a line of a shell with arguments, and returns its output.
enum Shell {
    static func run(_ line: String, _ arguments: String...) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", line, "sh"] + arguments
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("sb-shell-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        process.standardOutput = try FileHandle(forWritingTo: output)
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { end.yield($0.terminationStatus) }
        try process.run()
        let status = await ends.first { _ in true }
        try #require(status == 0, "\(line) ended with \(status ?? -1)")
        return String(decoding: try Data(contentsOf: output), as: UTF8.self)
    }
}
