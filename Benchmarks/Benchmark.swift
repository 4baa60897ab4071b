/// One row of the table of figures. To add one: make a type, and name it in ``Catalogue``.
protocol Benchmark: Sendable {
    /// As on the command line.
    var name: String { get }
    var summary: String { get }
    func run(_ bench: Workbench) async throws -> [Measurement]
}

enum Catalogue {
    static let all: [any Benchmark] = [
        NoOpPlan(), FirstPlan(), PeakMemory(), FirstPush(), Drain(), ResourceUnits(), Recovery(),
        VersionStart(), ValidateDocuments(), BinarySize(), LedgerProtocol(),
    ]
}

/// A figure, as it was measured and as it is claimed.
struct Measurement: Sendable {
    var what: String
    var measured: String
    /// What is to be reached; `nil` for a number that only explains others.
    var reach: String?
    var isReached: Bool?

    init(_ what: String, _ measured: String, reach: String? = nil, isReached: Bool? = nil) {
        self.what = what
        self.measured = measured
        self.reach = reach
        self.isReached = isReached
    }

    var verdict: String { isReached.map { $0 ? "reached" : "MISSED" } ?? "" }

    var line: String {
        "  \(what): \(measured)" + (reach.map { "  (reach \($0): \(verdict))" } ?? "")
    }
}

extension [Double] {
    var median: Double {
        let ordered = sorted()
        guard let last = ordered.last else { return .nan }
        return ordered.count.isMultiple(of: 2)
            ? (ordered[ordered.count / 2 - 1] + ordered[ordered.count / 2]) / 2
            : ordered.count == 1
                ? last : ordered[ordered.count / 2]
    }

    /// `1.08 (1.05–1.12)`: the median, the least and the most.
    func summary(_ places: Int) -> String {
        let ordered = sorted()
        guard let first = ordered.first, let last = ordered.last else { return "–" }
        return "\(fixed(median, places)) (\(fixed(first, places))–\(fixed(last, places)))"
    }
}

/// A number with so many digits after the point.
func fixed(_ value: Double, _ places: Int) -> String {
    var factor = 1
    for _ in 0..<places { factor *= 10 }
    let scaled = Int((value * Double(factor)).rounded())
    guard places > 0 else { return "\(scaled)" }
    let fraction = "\(scaled.magnitude % UInt(factor))"
    return (scaled < 0 ? "-" : "") + "\(scaled.magnitude / UInt(factor))."
        + String(repeating: "0", count: places - fraction.utf8.count) + fraction
}
