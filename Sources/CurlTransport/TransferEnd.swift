internal import CCurl
internal import Core

/// How a transfer without a complete answer ended, and what that means to the caller.
struct TransferEnd {
    var code: CURLcode
    var host: String
    /// The server may have received enough of the request to act on it.
    var mayHaveActed: Bool
    /// A connection was ready for the request.
    var wasConnected: Bool
    var answerExceeded: Bool
    /// libcurl's own words; empty for its general ones.
    var detail: String

    var error: HTTPTransportError {
        HTTPTransportError(
            kind: kind, certainty: mayHaveActed ? .unknown : .notSent, host: host, reason: reason)
    }

    private var kind: HTTPTransportError.Kind {
        if answerExceeded { return .tooLarge }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return .unknownHost
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .refused
        case CURLE_COULDNT_CONNECT, CURLE_PROXY, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_CLIENTCERT,
            CURLE_USE_SSL_FAILED:
            return .notConnected
        case CURLE_OPERATION_TIMEDOUT: return wasConnected ? .timedOut : .notConnected
        case CURLE_FILESIZE_EXCEEDED: return .tooLarge
        case CURLE_ABORTED_BY_CALLBACK: return .cancelled
        default: return .interrupted
        }
    }

    private var reason: String {
        if answerExceeded { return "the answer is larger than the limit" }
        if code == CURLE_ABORTED_BY_CALLBACK { return "cancelled" }
        if code == CURLE_SEND_FAIL_REWIND { return "the connection closed without an answer" }
        return detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
    }
}

extension TransferEnd {
    init(_ code: CURLcode, _ transfer: Transfer, _ handle: EasyHandle) {
        self.code = code
        self.host = transfer.request.host
        // A server cannot act on a request whose body it has nothing of. Headers alone prove nothing then: libcurl
        // counts those for a proxy too. Without a body the headers are the request.
        let left = transfer.request.body.isEmpty ? handle.requestBytes > 0 : transfer.bodyBytesTaken > 0
        self.mayHaveActed = left || transfer.answered
        self.wasConnected = handle.wasConnected
        self.answerExceeded = transfer.answerExceeded
        self.detail = handle.errorDetail
    }
}
