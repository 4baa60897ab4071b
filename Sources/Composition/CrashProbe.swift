internal import Core
internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Ends the process with SIGKILL at a chosen effect, and notes which effects there are: for crash tests of the real
/// program. Only in debug builds, and only if the environment asks for it.
///
/// `SYNCBRIDGE_CRASH_AT` is `<phase>|<n>|<effect>`: phase `before`, `during` or `after`, at its n-th time. During: the
/// effect is begun, and the process ends before its answer can be taken. `SYNCBRIDGE_EFFECT_LOG` names a file that gets
/// a line for each effect.
final class CrashProbe: EffectProbe {
    private let phase: String
    private let number: Int
    private let effect: String
    private let log: String?
    private let counts = Mutex<[String: Int]>([:])

    /// - Returns: `nil` if nobody asks for one.
    static func fromEnvironment() -> CrashProbe? {
        #if DEBUG
            let point = ProcessSurroundings.variable("SYNCBRIDGE_CRASH_AT")
            let log = ProcessSurroundings.variable("SYNCBRIDGE_EFFECT_LOG")
            guard point != nil || log != nil else { return nil }
            return CrashProbe(point ?? "", log: log)
        #else
            return nil
        #endif
    }

    private init(_ point: String, log: String?) {
        let parts = point.split(separator: "|", maxSplits: 2).map(String.init)
        phase = parts.first ?? ""
        number = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
        effect = parts.count > 2 ? parts[2] : ""
        self.log = log
    }

    func willBegin(_ effect: String) {
        let count = counts.withLock { counts in
            counts[effect, default: 0] += 1
            return counts[effect] ?? 0
        }
        note(effect)
        guard effect == self.effect, count == number else { return }
        if phase == "before" { end() }
        if phase == "during" {
            // A thread of its own, so that the effect begins meanwhile.
            DispatchQueue.global().asyncAfter(deadline: .now() + .microseconds(300)) { Self.kill() }
        }
    }

    func didEnd(_ effect: String) {
        guard effect == self.effect, phase != "before" else { return }
        if counts.withLock({ $0[effect] ?? 0 }) >= number { end() }
    }

    private func end() { Self.kill() }

    private static func kill() { Glibc.kill(getpid(), SIGKILL) }

    private func note(_ effect: String) {
        guard let log else { return }
        let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let line = Array("\(effect)\n".utf8)
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}

extension HTTPRequest {
    /// A word for what the request does, for the probe.
    var effectName: String {
        let path = url.split(separator: "?", maxSplits: 1).first.map(String.init) ?? url
        guard path.hasSuffix("/$batch"), let body else {
            let last = path.split(separator: "/").last.map(String.init) ?? ""
            let known = ["token", "lists", "columns", "delta"].first { $0 == last }
            return "HTTP \(method) \(known ?? (path.contains("/columns/") ? "column" : "other"))"
        }
        let text = String(decoding: body, as: UTF8.self)
        let verbs = ["GET", "POST", "PATCH", "DELETE"].filter { text.contains("\"method\":\"\($0)\"") }
        return "HTTP batch \(verbs.joined(separator: "+"))"
    }
}
