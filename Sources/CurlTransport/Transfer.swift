internal import CCurl
internal import Core

/// One request on its way, with everything that libcurl's callbacks touch.
///
/// `@unchecked Sendable`: made by the caller, who hands it over under the driver's lock and afterwards uses it only as
/// an identity, to cancel; its variables are read and written by the driver's thread alone.
final class Transfer: @unchecked Sendable {
    typealias Continuation = CheckedContinuation<Result<HTTPResponse, HTTPTransportError>, Never>

    let request: CheckedRequest
    let options: CurlTransport.Options
    /// Set once, under the driver's lock; taken once, by ``Driver``'s thread.
    var continuation: Continuation?

    private(set) var answer: [UInt8] = []
    private(set) var headers: [HTTPHeader] = []
    /// Bytes of the body that libcurl took.
    private(set) var bodyBytesTaken = 0
    private(set) var answerExceeded = false
    /// Lines of headers have arrived.
    private(set) var answered = false
    /// The blank line after the headers has arrived. libcurl takes headers that end with the connection for a whole
    /// answer.
    private(set) var headersEnded = false

    init(_ request: CheckedRequest, options: CurlTransport.Options) {
        self.request = request
        self.options = options
    }

    static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Takes a part of the answer. Fewer bytes than offered tell libcurl to stop.
    fileprivate func accept(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= options.bodyBytesMax - answer.count else {
            answerExceeded = true
            return 0
        }
        answer.append(contentsOf: bytes)
        return bytes.count
    }

    /// Takes one line of the headers. An interim answer's headers (1xx) give way to those of the next.
    fileprivate func acceptHeader(_ line: UnsafeRawBufferPointer) -> Int {
        answered = true
        switch HeaderLine(line) {
        case .status:
            headers.removeAll()
            headersEnded = false
        case .end: headersEnded = true
        case .header(let header): headers.append(header)
        case .other: break
        }
        return line.count
    }

    /// Gives out the next part of the body; 0 is its end.
    fileprivate func provide(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = request.body[bodyBytesTaken...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        bodyBytesTaken += part.count
        return part.count
    }
}

// What libcurl calls. Each unwraps its context and forwards; the context is alive because the driver keeps every
// transfer whose handle libcurl holds.

let onBody: ccurl_sink = { bytes, size, count, context in
    guard let transfer = Transfer.from(context) else { return 0 }
    return transfer.accept(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

let onHeader: ccurl_sink = { bytes, size, count, context in
    guard let transfer = Transfer.from(context) else { return 0 }
    return transfer.acceptHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

let onSend: ccurl_sink = { bytes, size, count, context in
    guard let transfer = Transfer.from(context) else { return 0 }
    return transfer.provide(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

/// libcurl repeats a request by itself when a kept connection closes without an answer, POSTs too, and rewinds the
/// body through this. A server may have acted on the first copy, so the rewinding is refused and the transfer fails
/// with `CURLE_SEND_FAIL_REWIND`. As long as none of the body was taken nothing needs rewinding.
let onRewind: ccurl_seek = { _, _, _ in CURL_SEEKFUNC_FAIL }
