package import Core

/// How long a throttled answer asks to wait (FACTS 8.3).
package enum RetryAfter {
    /// - Parameters:
    ///   - header: The value of a header by its name, without regard to case.
    ///   - now: Seconds since 1970.
    /// - Returns: Whole seconds, rounded up, 0 or more; `nil` if the answer does not say.
    package static func parse(now: Double, header: (String) -> String?) -> Double? {
        var wait = header("Retry-After").flatMap { seconds($0) ?? date($0).map { max(0, $0 - now) } }
        if wait == nil { wait = header("x-ms-retry-after-ms").flatMap(seconds).map { $0 / 1000 } }
        // The limit of the minute is used up: its own word counts if it is longer.
        if header("RateLimit-Remaining").flatMap(seconds) == 0, let reset = header("RateLimit-Reset").flatMap(seconds) {
            wait = max(wait ?? 0, reset)
        }
        return wait?.rounded(.up)
    }

    /// The `RateLimit-*` headers; `nil` if they do not say how much remains and until when.
    package static func limit(header: (String) -> String?) -> RateLimit? {
        guard let remaining = header("RateLimit-Remaining").flatMap(seconds),
            let reset = header("RateLimit-Reset").flatMap(seconds), remaining < 1e9, reset < 1e6
        else { return nil }
        // Draft 03 lets a policy follow the number: `1200, 1200;w=60`.
        let limit = header("RateLimit-Limit").flatMap { seconds(String($0.prefix { $0 != "," && $0 != ";" })) }
        return RateLimit(
            limit: limit.flatMap { $0 >= 1 && $0 < 1e9 ? Int($0) : nil }, remaining: Int(remaining),
            resetSeconds: reset)
    }

    /// A decimal number, `17` or `2.128`; nothing that only `Double` would take (`inf`, `0x1p3`).
    private static func seconds(_ text: String) -> Double? {
        guard !text.isEmpty, text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: ".") }) else {
            return nil
        }
        return Double(text).flatMap { $0.isFinite ? $0 : nil }
    }

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7, the form that is sent).
    private static func date(_ text: String) -> Double? {
        let parts = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let day = decimalDigits(parts[1].utf8),
            let month = months.firstIndex(of: String(parts[2])), let year = decimalDigits(parts[3].utf8),
            let date = CivilDate(year: year, month: month + 1, day: day)
        else { return nil }
        let clock = parts[4].split(separator: ":").map { decimalDigits($0.utf8) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2], hour < 24,
            minute < 60, second <= 60
        else { return nil }
        return Double(date.days) * 86_400 + Double(hour * 3600 + minute * 60 + second)
    }
}
