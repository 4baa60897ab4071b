package import Core

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The process environment, files, clock and chance: read here and nowhere else.
package enum ProcessSurroundings {
    package static let environment: [String: String] = {
        var values: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let mark = text.firstIndex(of: "=") {
                values[String(text[..<mark])] = String(text[text.index(after: mark)...])
            }
            entry += 1
        }
        return values
    }()

    /// The value of a variable that is set and not empty.
    package static func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    package static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    package static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(seconds: Int64(time.tv_sec))
    }

    package static func monotonicSeconds() -> Int64 { Int64(monotonicPreciseSeconds()) }

    /// Goes on while the machine sleeps, as other machines' clocks do: a lease lapses meanwhile.
    package static func monotonicPreciseSeconds() -> Double {
        var time = timespec()
        #if canImport(Glibc)
            clock_gettime(CLOCK_BOOTTIME, &time)
        #else
            clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A random UUID (RFC 9562, version 4) in lower case.
    package static func makeID() -> String {
        var generator = SystemRandomNumberGenerator()
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array(Hexadecimal.text(bytes))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }

    /// The bytes of a file; `nil` if it cannot be read or is larger than `bytesMax`.
    package static func file(_ path: String, bytesMax: Int = 1 << 20) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= bytesMax {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
        return nil
    }

    /// Writes a file as a whole: beside it first, then renamed, so that no reader sees half of it.
    package static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        let beside = "\(path).\(getpid()).part"
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        var isWritten = descriptor >= 0
        var rest = bytes[...]
        while isWritten, !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else { isWritten = false }
        }
        if descriptor >= 0 { isWritten = close(descriptor) == 0 && isWritten }
        guard isWritten, rename(beside, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(beside)
            throw Failure(
                .unclassified, while: "writing \(path)", because: reason, help: "choose another file for the output")
        }
    }

    package static func change(directory: String) throws(Failure) {
        guard chdir(directory) == 0 else {
            throw Failure(
                .usage, while: "changing to the folder \(directory)", because: String(cString: strerror(errno)),
                help: "look at -C")
        }
    }

    /// A zone from the machine's TZif files; `nil` if there is none of this name.
    package static func timeZone(_ name: String) -> SiteTimeZone? {
        if name == "UTC" { return .utc }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"),
                UInt8(ascii: "/"):
                true
            default: false
            }
        }
        guard isPlain, !name.isEmpty, !name.hasPrefix("/") else { return nil }
        let root = variable("TZDIR") ?? "/usr/share/zoneinfo"
        return file("\(root)/\(name)").flatMap { SiteTimeZone(name: name, tzif: $0) }
    }

    /// Who runs this, for the record: the job of a known CI, else user and host.
    package static var actor: String {
        let job = ["GITHUB_RUN_ID", "CI_JOB_URL", "BUILD_BUILDURI"].lazy.compactMap(variable).first
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let user = variable("USER") ?? variable("LOGNAME") ?? String(getuid())
        return job.map { "\(user)@\(name) \($0)" } ?? "\(user)@\(name)"
    }
}
