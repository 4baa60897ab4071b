internal import CCurl
internal import Core

/// One of libcurl's easy handles with what must live as long as its transfer. Used on the driver's thread only.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var headerList: UnsafeMutablePointer<curl_slist>?
    /// libcurl writes its own words here, at most `CURL_ERROR_SIZE` bytes.
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    /// - Returns: `nil` if there is no memory.
    init?() {
        guard let pointer = curl_easy_init() else {
            errorText.deallocate()
            return nil
        }
        self.pointer = pointer
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    /// Forgets the last transfer. Connections survive: they belong to the multi handle.
    func reset() {
        curl_easy_reset(pointer)
        curl_slist_free_all(headerList)
        headerList = nil
    }

    /// Sets every option for `transfer`, which must outlive its stay in the multi handle.
    /// - Returns: The first code that is not `CURLE_OK`, if there is one: nothing may be sent then.
    func configure(for transfer: Transfer) -> CURLcode {
        errorText[0] = 0
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        var setter = OptionSetter(pointer: pointer)
        setter.data(CURLOPT_PRIVATE, context)
        setter.data(CURLOPT_ERRORBUFFER, errorText)
        setter.sink(CURLOPT_WRITEFUNCTION, onBody)
        setter.data(CURLOPT_WRITEDATA, context)
        setter.sink(CURLOPT_HEADERFUNCTION, onHeader)
        setter.data(CURLOPT_HEADERDATA, context)
        configureConnection(transfer, &setter)
        configureRequest(transfer.request, context, &setter)
        return setter.code
    }

    private func configureConnection(_ transfer: Transfer, _ setter: inout OptionSetter) {
        let options = transfer.options
        let isTLS = transfer.request.scheme == .https
        setter.text(CURLOPT_URL, transfer.request.url)
        setter.text(CURLOPT_PROTOCOLS_STR, transfer.request.scheme.rawValue)
        setter.long(CURLOPT_FOLLOWLOCATION, 0)
        setter.long(CURLOPT_NOSIGNAL, 1)
        setter.long(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        setter.long(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        setter.long(CURLOPT_TCP_KEEPALIVE, 1)
        setter.long(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // Every coding that this libcurl can undo.
        setter.text(CURLOPT_ACCEPT_ENCODING, "")
        setter.long(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.wholeMilliseconds)
        setter.long(CURLOPT_TIMEOUT_MS, options.totalTimeout.wholeMilliseconds)
        setter.long(CURLOPT_LOW_SPEED_LIMIT, options.lowSpeedBytesPerSecond)
        setter.long(CURLOPT_LOW_SPEED_TIME, (options.lowSpeedTime.wholeMilliseconds + 999) / 1000)
        if isTLS {
            // Wait for a connection that is being made and may carry several requests, rather than make another.
            setter.long(CURLOPT_PIPEWAIT, 1)
            if let caFile = options.caFile { setter.text(CURLOPT_CAINFO, caFile) }
        } else {
            setter.text(CURLOPT_NOPROXY, "*")
        }
    }

    private func configureRequest(
        _ request: CheckedRequest, _ context: UnsafeMutableRawPointer, _ setter: inout OptionSetter
    ) {
        if !request.body.isEmpty {
            setter.long(CURLOPT_POST, 1)
            setter.size(CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            setter.sink(CURLOPT_READFUNCTION, onSend)
            setter.data(CURLOPT_READDATA, context)
            setter.seek(CURLOPT_SEEKFUNCTION, onRewind)
        } else if request.method == "POST" {
            setter.long(CURLOPT_POST, 1)
            setter.size(CURLOPT_POSTFIELDSIZE_LARGE, 0)
        } else if request.method == "HEAD" {
            setter.long(CURLOPT_NOBODY, 1)
        }
        if request.method != "HEAD", request.method != "POST" { setter.text(CURLOPT_CUSTOMREQUEST, request.method) }
        if request.body.isEmpty, request.method != "GET", request.method != "HEAD" {
            // Without a body there is no rewinding to refuse: only a new connection is never retried in silence.
            setter.long(CURLOPT_FRESH_CONNECT, 1)
        }
        // libcurl must not add these on its own.
        append("Expect:", &setter)
        if !request.headers.contains(where: { $0.isNamed("Content-Type") }) {
            append("Content-Type:", &setter)
        }
        for header in request.headers {
            // "Name;" is libcurl's spelling for a header without a value.
            append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)", &setter)
        }
        setter.list(CURLOPT_HTTPHEADER, headerList)
    }

    private func append(_ line: String, _ setter: inout OptionSetter) {
        guard let longer = curl_slist_append(headerList, line) else {
            setter.fail(CURLE_OUT_OF_MEMORY)
            return
        }
        headerList = longer
    }

    /// The status of the answer; 0 if there is none.
    var status: Int { long(CURLINFO_RESPONSE_CODE) }

    /// Bytes of request lines and headers sent, those to a proxy included.
    var requestBytes: Int { long(CURLINFO_REQUEST_SIZE) }

    /// Whether a connection was ready for the request.
    var wasConnected: Bool {
        var microseconds: curl_off_t = 0
        return ccurl_get_size(pointer, CURLINFO_PRETRANSFER_TIME_T, &microseconds) == CURLE_OK && microseconds > 0
    }

    /// libcurl's reason in detail; empty if it left none.
    var errorDetail: String { String(cString: errorText) }

    private func long(_ info: CURLINFO) -> Int {
        var value = 0
        return ccurl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }
}

/// Sets options until the first that fails, and remembers that one.
private struct OptionSetter {
    let pointer: UnsafeMutableRawPointer
    private(set) var code = CURLE_OK

    init(pointer: UnsafeMutableRawPointer) { self.pointer = pointer }

    mutating func fail(_ code: CURLcode) { if self.code == CURLE_OK { self.code = code } }

    mutating func long(_ option: CURLoption, _ value: Int) { fail(ccurl_set_long(pointer, option, value)) }
    mutating func size(_ option: CURLoption, _ value: curl_off_t) { fail(ccurl_set_size(pointer, option, value)) }
    mutating func text(_ option: CURLoption, _ value: String) { fail(ccurl_set_text(pointer, option, value)) }
    mutating func data(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
        fail(ccurl_set_data(pointer, option, value))
    }
    mutating func list(_ option: CURLoption, _ value: UnsafeMutablePointer<curl_slist>?) {
        fail(ccurl_set_list(pointer, option, value))
    }
    mutating func sink(_ option: CURLoption, _ value: ccurl_sink) { fail(ccurl_set_sink(pointer, option, value)) }
    mutating func seek(_ option: CURLoption, _ value: ccurl_seek) { fail(ccurl_set_seek(pointer, option, value)) }
}

extension Duration {
    /// Rounded up, at least 1: libcurl reads 0 as "no limit".
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        let milliseconds = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return max(1, Int(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue + milliseconds))
    }
}
