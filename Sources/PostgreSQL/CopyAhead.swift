package import Core

/// Reads the next chunk of a COPY while the last one is looked at.
package actor CopyAhead {
    private let session: Session
    /// The next chunk, under way; it is taken or stopped, never forgotten.
    private var next: Task<Result<CopyChunk?, PostgreSQLError>, Never>?

    /// - Parameter session: One in which a `COPY … TO STDOUT` has begun. Nobody else reads from it.
    package init(_ session: Session) {
        self.session = session
        next = Self.read(session)
    }

    /// - Returns: `nil` after the last chunk.
    package func chunk() async throws(PostgreSQLError) -> CopyChunk? {
        guard let task = next else { return nil }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        next = nil
        let chunk = try result.get()
        if chunk != nil { next = Self.read(session) }
        return chunk
    }

    /// Ends reading; the session can be closed after that.
    package func stop() async {
        next?.cancel()
        _ = await next?.value
        next = nil
    }

    private static func read(_ session: Session) -> Task<Result<CopyChunk?, PostgreSQLError>, Never> {
        Task {
            do throws(PostgreSQLError) { return .success(try await session.nextCopyChunk()) } catch {
                return .failure(error)
            }
        }
    }
}
