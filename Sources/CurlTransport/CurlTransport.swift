package import Core

/// HTTP over libcurl: one thread drives every transfer, and connections stay open between them.
///
/// Redirects are not followed, cookies are not kept, and no request is repeated on its own once its body has left.
/// Proxies are those of libcurl's own environment variables, except for plain HTTP to loopback, which uses none.
package final class CurlTransport: HTTPTransport {
    package struct Options: Hashable, Sendable {
        /// Name lookup, TCP and TLS together.
        package var connectTimeout: Duration
        /// From the call to the last byte of the answer, waiting for a free connection included.
        package var totalTimeout: Duration
        /// A transfer slower than this for `lowSpeedTime` is given up; the time a server spends thinking counts.
        package var lowSpeedBytesPerSecond: Int
        package var lowSpeedTime: Duration
        /// The largest answer taken, in bytes after decompression.
        package var bodyBytesMax: Int
        package var connectionsPerHostMax: Int
        /// A PEM file with the certificate authorities to trust in place of the system's.
        package var caFile: String?

        package init(
            connectTimeout: Duration = .seconds(15), totalTimeout: Duration = .seconds(120),
            lowSpeedBytesPerSecond: Int = 10, lowSpeedTime: Duration = .seconds(60), bodyBytesMax: Int = 64 << 20,
            connectionsPerHostMax: Int = 16, caFile: String? = nil
        ) {
            self.connectTimeout = connectTimeout
            self.totalTimeout = totalTimeout
            self.lowSpeedBytesPerSecond = lowSpeedBytesPerSecond
            self.lowSpeedTime = lowSpeedTime
            self.bodyBytesMax = bodyBytesMax
            self.connectionsPerHostMax = connectionsPerHostMax
            self.caFile = caFile
        }
    }

    private let driver: Driver
    private let options: Options

    /// Starts the thread.
    /// - Throws: ``HTTPTransportError`` of kind `refused` if libcurl or the thread cannot be started.
    package init(_ options: Options = Options()) throws(HTTPTransportError) {
        self.options = options
        self.driver = try Driver(connectionsPerHostMax: options.connectionsPerHostMax)
    }

    deinit { driver.stop() }

    package func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        let transfer = Transfer(try CheckedRequest(request), options: options)
        let result: Result<HTTPResponse, HTTPTransportError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in driver.submit(transfer, continuation) }
        } onCancel: {
            driver.cancel(transfer)
        }
        return try result.get()
    }

    /// Ends every transfer with `cancelled`, closes the connections and waits for the thread. Later calls are refused.
    /// May be called more than once and from any thread; each call returns only after the end.
    package func stop() { driver.stop() }
}
