import Core
import CurlTransport
import MicrosoftGraph

extension FuzzTarget {
    /// The lines of an answer's headers, and what those about waiting say.
    static let headers = FuzzTarget(
        "headers",
        words: [
            "HTTP/1.1 200 OK\r\n", "\r\n", "Retry-After: ", "x-ms-retry-after-ms: ", "RateLimit-Remaining: 0\r\n",
            "RateLimit-Reset: ", "Sun, 06 Nov 1994 08:49:37 GMT",
        ],
        stretches: [
            { Array(("Retry-After: " + repeated("9", upTo: $0)).utf8) },
            { Array(("Retry-After:" + repeated(" ", upTo: $0)).utf8) },
            { Array(("Retry-After: " + repeated("Sun, ", upTo: $0)).utf8) },
            { Array(repeated("a: b\r\n", upTo: $0).utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        var headers: [HTTPHeader] = []
        for line in input.split(separator: 0x0A, omittingEmptySubsequences: false) {
            switch line.withUnsafeBytes({ HeaderLine($0) }) {
            case .status: headers.removeAll()
            case .end, .other: break
            case .header(let header):
                let edges = [header.value.utf8.first, header.value.utf8.last]
                try promise(!edges.contains { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }, "blanks around a value")
                try promise(!header.name.utf8.contains(UInt8(ascii: ":")), "a colon in a name")
                headers.append(header)
            }
        }
        let response = HTTPResponse(status: 429, headers: headers)
        let wait = RetryAfter.parse(now: 1_800_000_000, header: response.header)
        if let wait {
            try promise(wait.isFinite && wait >= 0 && wait == wait.rounded(), "a wait of \(wait) seconds")
        }
    }
}
