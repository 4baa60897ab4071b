package import PostgreSQL
internal import Synchronization

/// A fresh, empty database of its own for one test.
package struct TestDatabase: Sendable {
    package let name: String
    /// How to connect to it as a superuser.
    package let parameters: ConnectionParameters
    /// The same as a connection string.
    package let dsn: String

    private static let made = Mutex(0)

    /// - Parameter hint: A word for the database's name, so that what a failed run leaves can be told apart.
    /// - Parameter server: Of another server than the tests' own.
    /// - Note: Call ``drop()`` at the end, or use ``with(_:_:)``.
    package static func make(_ hint: String, server: String? = nil) async throws -> TestDatabase {
        let serverDSN = try server ?? TestServer.dsn.get()
        let number = made.withLock { number in
            number += 1
            return number
        }
        // Runs at the same time may share a server that the environment names.
        let name = "sb_\(hint.prefix(20))_\(number)_\(UInt32.random(in: 0...UInt32.max))"
        let server = try ConnectionParameters(dsn: serverDSN).with(database: "postgres")
        let session = try await Session.connect(server)
        try await session.execute("CREATE DATABASE \(try SQLIdentifier(name).sql) TEMPLATE template0 ENCODING 'UTF8'")
        await session.close()
        return TestDatabase(
            name: name, parameters: server.with(database: name), dsn: connectionString(serverDSN, database: name))
    }

    package func drop() async throws {
        let session = try await Session.connect(parameters.with(database: "postgres"))
        try await session.execute("DROP DATABASE IF EXISTS \(try SQLIdentifier(name).sql) WITH (FORCE)")
        await session.close()
    }

    /// Runs `body` with a fresh database and a session in it; the database is gone after that, whatever happened.
    package static func with<T>(
        _ hint: String, server: String? = nil, _ body: (TestDatabase, Session) async throws -> T
    ) async throws -> T {
        let database = try await make(hint, server: server)
        let outcome: Result<T, any Error>
        do {
            let session = try await Session.connect(database.parameters)
            do { outcome = .success(try await body(database, session)) } catch { outcome = .failure(error) }
            await session.close()
        } catch {
            outcome = .failure(error)
        }
        try await database.drop()
        return try outcome.get()
    }

    /// Puts the database into a connection string that names none.
    private static func connectionString(_ dsn: String, database: String) -> String {
        guard dsn.hasPrefix("postgres://") || dsn.hasPrefix("postgresql://") else { return "\(dsn) dbname=\(database)" }
        let parts = dsn.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let base = parts[0].hasSuffix("/") ? String(parts[0]) : "\(parts[0])/"
        return base + database + (parts.count > 1 ? "?\(parts[1])" : "")
    }
}
