internal import CCurl
internal import Core
internal import Dispatch
internal import Glibc

/// The thread on which libcurl works: takes new transfers and cancellations, waits in `curl_multi_poll`, and resumes
/// the callers.
///
/// `@unchecked Sendable`: `state` has its lock. The multi handle is used by the driver's thread alone, but for
/// `curl_multi_wakeup`, which libcurl allows from any thread; that call holds the lock and looks at `isOver` first, so
/// that it cannot meet a handle that was freed.
final class Driver: @unchecked Sendable {
    private struct State {
        var commands: [Command] = []
        var isStopping = false
        /// The multi handle is gone.
        var isOver = false
    }

    private enum Command {
        case start(Transfer)
        case cancel(Transfer)
    }

    private let multi: UnsafeMutableRawPointer
    private let state = Lock(State())
    /// Signalled at the thread's end and again by each that waited, so that everybody passes.
    private let ended = DispatchSemaphore(value: 0)

    // libcurl counts these calls and is ready for all threads after the first.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(connectionsPerHostMax: Int) throws(HTTPTransportError) {
        guard Driver.isReady, let multi = curl_multi_init() else {
            throw HTTPTransportError(
                kind: .refused, certainty: .notSent, host: "", reason: "libcurl cannot be initialised")
        }
        self.multi = multi
        _ = ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHostMax)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(connectionsPerHostMax, 8))
        var thread = pthread_t()
        // The thread keeps the driver alive until its end.
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(&thread, nil, driverMain, context.toOpaque())
        guard code == 0 else {
            context.release()
            curl_multi_cleanup(multi)
            throw HTTPTransportError(
                kind: .refused, certainty: .notSent, host: "", reason: "no thread: error \(code)")
        }
        pthread_detach(thread)
    }

    /// Queues a transfer, or resumes its caller at once if the task is cancelled or the driver stops.
    func submit(_ transfer: Transfer, _ continuation: Transfer.Continuation) {
        transfer.continuation = continuation
        let isQueued = state.withLock { state in
            // Looked at under the lock: a cancellation that came before is seen here, a later one is queued behind.
            if Task.isCancelled || state.isStopping { return false }
            enqueue(.start(transfer), &state)
            return true
        }
        if !isQueued {
            resume(
                transfer,
                .failure(
                    HTTPTransportError(
                        kind: .cancelled, certainty: .notSent, host: transfer.request.host, reason: "cancelled")))
        }
    }

    func cancel(_ transfer: Transfer) {
        state.withLock { state in
            if !state.isStopping { enqueue(.cancel(transfer), &state) }
        }
    }

    func stop() {
        state.withLock { state in
            state.isStopping = true
            if !state.isOver { curl_multi_wakeup(multi) }
        }
        ended.wait()
        ended.signal()
    }

    private func enqueue(_ command: Command, _ state: inout State) {
        state.commands.append(command)
        if state.commands.count == 1, !state.isOver { curl_multi_wakeup(multi) }
    }

    private func resume(_ transfer: Transfer, _ result: Result<HTTPResponse, HTTPTransportError>) {
        let continuation = transfer.continuation
        transfer.continuation = nil
        continuation?.resume(returning: result)
    }

    // MARK: - On the thread

    /// Transfers in the multi handle, by the address of their easy handle.
    private struct Work {
        var live: [UnsafeMutableRawPointer: (handle: EasyHandle, transfer: Transfer)] = [:]
        var idle: [EasyHandle] = []
    }

    fileprivate func run() {
        var work = Work()
        var isBroken = false
        while true {
            let (commands, isStopping) = state.withLock { state in
                if isBroken { state.isStopping = true }
                defer { state.commands = [] }
                return (state.commands, state.isStopping)
            }
            for command in commands { execute(command, &work) }
            if isStopping { break }
            var running: Int32 = 0
            isBroken = curl_multi_perform(multi, &running) != CURLM_OK
            collect(&work)
            // A wake-up that came since is remembered by libcurl: the poll then returns at once.
            if !isBroken { isBroken = curl_multi_poll(multi, nil, 0, 60_000, nil) != CURLM_OK }
        }
        for (handle, transfer) in Array(work.live.values) {
            finish(handle, transfer, .failure(interruption(of: transfer, handle)), &work)
        }
        work.idle = []
        state.withLock { state in
            state.isOver = true
            curl_multi_cleanup(multi)
        }
        ended.signal()
    }

    private func execute(_ command: Command, _ work: inout Work) {
        switch command {
        case .start(let transfer): start(transfer, &work)
        case .cancel(let transfer):
            // Not found: it ended before the cancellation came.
            guard let entry = work.live.values.first(where: { $0.transfer === transfer }) else { return }
            finish(entry.handle, transfer, .failure(interruption(of: transfer, entry.handle)), &work)
        }
    }

    private func start(_ transfer: Transfer, _ work: inout Work) {
        guard let handle = work.idle.popLast() ?? EasyHandle() else {
            resume(transfer, .failure(unsendable(transfer, CURLE_OUT_OF_MEMORY)))
            return
        }
        let code = handle.configure(for: transfer)
        guard code == CURLE_OK, curl_multi_add_handle(multi, handle.pointer) == CURLM_OK else {
            handle.reset()
            resume(transfer, .failure(unsendable(transfer, code == CURLE_OK ? CURLE_FAILED_INIT : code)))
            return
        }
        work.live[handle.pointer] = (handle, transfer)
    }

    private func collect(_ work: inout Work) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            // The message is freed by the removal of its handle: everything is read before.
            guard message.pointee.msg == CURLMSG_DONE, let pointer = message.pointee.easy_handle,
                let (handle, transfer) = work.live[pointer]
            else { continue }
            var code = ccurl_message_result(message)
            if code == CURLE_OK, !transfer.headersEnded { code = CURLE_PARTIAL_FILE }
            guard code == CURLE_OK, !transfer.answerExceeded else {
                finish(handle, transfer, .failure(TransferEnd(code, transfer, handle).error), &work)
                continue
            }
            let response = HTTPResponse(status: handle.status, headers: transfer.headers, body: transfer.answer)
            finish(handle, transfer, .success(response), &work)
        }
    }

    private func finish(
        _ handle: EasyHandle, _ transfer: Transfer, _ result: Result<HTTPResponse, HTTPTransportError>,
        _ work: inout Work
    ) {
        work.live[handle.pointer] = nil
        curl_multi_remove_handle(multi, handle.pointer)
        handle.reset()
        if work.idle.count < 32 { work.idle.append(handle) }
        resume(transfer, result)
    }

    /// Removed by us: cancelled, or the driver stops.
    private func interruption(of transfer: Transfer, _ handle: EasyHandle) -> HTTPTransportError {
        TransferEnd(CURLE_ABORTED_BY_CALLBACK, transfer, handle).error
    }

    private func unsendable(_ transfer: Transfer, _ code: CURLcode) -> HTTPTransportError {
        HTTPTransportError(
            kind: .refused, certainty: .notSent, host: transfer.request.host,
            reason: String(cString: curl_easy_strerror(code)))
    }
}

private func driverMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    // No signal is for this thread: a handler runs elsewhere, and a write to a closed connection is only an error.
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Unmanaged<Driver>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
