package import Core

/// Reads the next chunks of a COPY while the last one is looked at.
package actor CopyAhead {
    private typealias Reading = Task<Result<CopyChunk?, PostgreSQLError>, Never>

    private let session: Session
    /// The next chunks, under way in their order; each is taken or stopped, never forgotten.
    private var next: [Reading] = []

    /// So many are read ahead: while one of two scans is waited for, the other one's server goes on.
    private static let ahead = 3

    /// - Parameter session: One in which a `COPY … TO STDOUT` has begun. Nobody else reads from it.
    package init(_ session: Session) {
        self.session = session
        for _ in 0..<Self.ahead { next.append(Self.read(session, after: next.last)) }
    }

    /// - Returns: `nil` after the last chunk.
    package func chunk() async throws(PostgreSQLError) -> CopyChunk? {
        guard let task = next.first else { return nil }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        // A call of ``stop()`` in between has taken all of them away.
        guard !next.isEmpty else { return nil }
        next.removeFirst()
        guard case .success(_?) = result else {
            await stop()
            return try result.get()
        }
        next.append(Self.read(session, after: next.last))
        return try result.get()
    }

    /// Ends reading; the session can be closed after that.
    package func stop() async {
        let tasks = next
        next = []
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.value }
    }

    /// - Parameter before: The one whose chunk comes before; after an end or a failure nothing more is read.
    private static func read(_ session: Session, after before: Reading?) -> Reading {
        Task {
            if let before {
                let result = await before.value
                guard case .success(_?) = result else { return result }
            }
            do throws(PostgreSQLError) { return .success(try await session.nextCopyChunk()) } catch {
                return .failure(error)
            }
        }
    }
}
