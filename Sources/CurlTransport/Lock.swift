internal import Glibc

/// A value behind a pthread mutex. The thread sanitizer knows this lock; the standard library's `Mutex` it does not
/// see on Linux, where it is built on futexes, and it then reports races that are none.
///
/// `@unchecked Sendable`: the value is only reached through ``withLock(_:)``, with the mutex held.
final class Lock<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        // Fails only for want of memory, which glibc's mutex does not take.
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// - Parameter body: Short; it must not use this lock.
    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
