internal import Core

/// What was asked of the simulator, and in what manner.
struct Counters {
    /// Requests over HTTP; a batch is one.
    var httpRequests = 0
    /// Requests and batch parts by operation.
    var operations: [Operation: Int] = [:]
    /// Answers to requests and batch parts by status.
    var statuses: [Int: Int] = [:]
    var batchParts = 0
    /// How many batches had so many parts.
    var batchSizes: [Int: Int] = [:]
    /// Done writes by the list's display name.
    var itemWrites: [String: Int] = [:]
    /// Of those, by list and operation.
    var itemWritesByOperation: [String: [Operation: Int]] = [:]
    /// When the first and the last of them were done, in milliseconds of the tenant's clock.
    private var writesSpan: (first: Int64, last: Int64)?
    var resourceUnits = 0
    var resourceUnitsByOperation: [Operation: Int] = [:]
    /// Units of each application in the last 60 s, and the most that they ever were.
    private var minutes: [String: BusiestMinute] = [:]
    var tokensIssued = 0
    var requestsByPeople = 0
    var throttled = 0
    var faults = 0
    var faultsByKind: [FaultKind: Int] = [:]
    /// Writes done after their answer had failed.
    var lateWrites = 0
    var expiredFeedTokens = 0
    var uniqueViolations = 0

    // Manners.
    var withoutAuthorization = 0
    var undecoratedUserAgent = 0
    var insideRetryAfter = 0
    var parallelSchemaCalls = 0

    mutating func wrote(_ operation: Operation, _ list: SimulatedList, at now: Int64) {
        writesSpan = (writesSpan?.first ?? now, now)
        itemWrites[list.displayName, default: 0] += 1
        itemWritesByOperation[list.displayName, default: [:]][operation, default: 0] += 1
    }

    mutating func struck(_ kind: FaultKind) {
        faults += 1
        faultsByKind[kind, default: 0] += 1
    }

    mutating func charged(_ units: Int, _ operation: Operation, _ application: String, at now: Int64) {
        resourceUnits += units
        resourceUnitsByOperation[operation, default: 0] += units
        minutes[application, default: BusiestMinute()].add(units, at: now)
    }

    /// The most units of one application in any 60 s since the counters were reset.
    private var resourceUnitsMinuteMax: Int { minutes.values.map(\.most).max() ?? 0 }

    var json: JSON {
        [
            "httpRequests": .number(httpRequests),
            "requests": Self.object(operations.map { ($0.key.rawValue, $0.value) }),
            "statuses": Self.object(statuses.map { (String($0.key), $0.value) }),
            "batch": [
                "parts": .number(batchParts), "sizes": Self.object(batchSizes.map { (String($0.key), $0.value) }),
            ],
            "itemWrites": Self.object(itemWrites.map { ($0.key, $0.value) }),
            "itemWritesByOperation": .object(
                itemWritesByOperation.sorted { $0.key < $1.key }.map { list, counts in
                    .init(list, Self.object(counts.map { ($0.key.rawValue, $0.value) }))
                }),
            "itemWritesMilliseconds": .number(writesSpan.map { $0.last - $0.first } ?? 0),
            "resourceUnits": .number(resourceUnits),
            "resourceUnitsByOperation": Self.object(resourceUnitsByOperation.map { ($0.key.rawValue, $0.value) }),
            "resourceUnitsMinuteMax": .number(resourceUnitsMinuteMax),
            "tokensIssued": .number(tokensIssued),
            "requestsByPeople": .number(requestsByPeople),
            "throttled": .number(throttled),
            "faults": .number(faults),
            "faultsByKind": Self.object(faultsByKind.map { ($0.key.rawValue, $0.value) }),
            "lateWrites": .number(lateWrites),
            "expiredFeedTokens": .number(expiredFeedTokens),
            "uniqueViolations": .number(uniqueViolations),
            "manners": [
                "withoutAuthorization": .number(withoutAuthorization),
                "undecoratedUserAgent": .number(undecoratedUserAgent),
                "insideRetryAfter": .number(insideRetryAfter),
                "parallelSchemaCalls": .number(parallelSchemaCalls),
            ],
        ]
    }

    private static func object(_ counts: [(String, Int)]) -> JSON {
        .object(counts.sorted { $0.0 < $1.0 }.map { .init($0.0, .number($0.1)) })
    }
}

/// The most units that were spent in any 60 s.
private struct BusiestMinute {
    private var window = QuotaWindow(seconds: 60)
    private(set) var most = 0

    mutating func add(_ units: Int, at now: Int64) {
        window.add(units, at: now)
        most = max(most, window.used(at: now, fixed: false))
    }
}
