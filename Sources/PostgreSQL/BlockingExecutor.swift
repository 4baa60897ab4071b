internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Runs an actor's jobs one after another on a thread of its own, so that they may block.
///
/// A thread and not a dispatch queue: how many queues may block at a time is Dispatch's to decide, and a few blocked
/// sessions must not stop the rest of the program.
final class BlockingExecutor: SerialExecutor {
    private let inbox = Inbox()

    /// - Throws: ``PostgreSQLError`` of kind `resources` if the system gives no thread.
    init() throws(PostgreSQLError) {
        // The thread owns one count of the inbox and leaves when the executor is gone.
        let context = Unmanaged.passRetained(inbox)
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let status = pthread_create(&thread, nil, Inbox.work, context.toOpaque())
        guard status == 0 else {
            context.release()
            throw PostgreSQLError(.resources, "the system gives no more threads (\(status))")
        }
        #if canImport(Darwin)
            if let thread { pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
    }

    deinit { inbox.put(nil) }

    func enqueue(_ job: consuming ExecutorJob) {
        // The executor stays until the job is over, though the job may release the last use of its actor.
        inbox.put(Work(job: UnownedJob(job), executor: self))
    }

    private struct Work: Sendable {
        var job: UnownedJob
        var executor: BlockingExecutor
    }

    private final class Inbox: Sendable {
        private let waiting = Mutex<[Work?]>([])
        private let count = DispatchSemaphore(value: 0)

        /// - Parameter work: Nil ends the thread.
        func put(_ work: Work?) {
            waiting.withLock { $0.append(work) }
            count.signal()
        }

        private func take() -> Work? {
            count.wait()
            return waiting.withLock { $0.removeFirst() }
        }

        private func run() {
            while let work = take() {
                work.job.runSynchronously(on: work.executor.asUnownedSerialExecutor())
            }
        }

        #if canImport(Darwin)
            static let work: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { context in
                Unmanaged<Inbox>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }
        #else
            static let work: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
                if let context { Unmanaged<Inbox>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }
        #endif
    }
}
