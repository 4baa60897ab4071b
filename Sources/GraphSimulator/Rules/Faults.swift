internal import Core

/// What goes wrong when a fault strikes.
package enum FaultKind: String, CaseIterable, Sendable {
    case generalException = "500"
    case badGatewayBeforeWrite = "502BeforeWrite"
    case badGatewayAfterWrite = "502AfterWrite"
    case timeoutAfterWrite = "504AfterWrite"
    /// The answer is 504 and the write is done later, by the virtual clock.
    case timeoutThenWrite = "504WriteLater"
    case emptyUnavailable = "503Empty"
    case throttled = "429"
    case notVisible = "404"
    case resourceModified = "409ResourceModified"
    case locked = "423"
    case unauthorized = "401"
    case resetBeforeWrite
    case resetAfterWrite
    case cutBody
    /// The right answer, held back.
    case slow

    /// Whether the service acts before the fault shows.
    var actsFirst: Bool {
        switch self {
        case .badGatewayAfterWrite, .timeoutAfterWrite, .resetAfterWrite, .cutBody, .slow: true
        default: false
        }
    }
}

/// A rule by which requests fail.
struct FaultRule {
    var id: Int
    var kind: FaultKind
    /// Empty: every operation but the batch envelope and the token.
    var operations: Set<Operation> = []
    var method: String?
    var pathPrefix: String?
    /// How often it strikes; `nil` for always.
    var times: Int?
    /// Matching requests that pass before the first strike.
    var skip = 0
    var probability = 1.0
    /// Seconds for 429 and 503; absent for no header.
    var retryAfter: String?
    /// For ``FaultKind/timeoutThenWrite``.
    var delaySeconds = 30
    /// For ``FaultKind/slow``, in real time.
    var latencyMilliseconds = 1000
    var struck = 0

    func matches(_ operation: Operation, method: String, path: String) -> Bool {
        if operations.isEmpty {
            guard operation != .batch, operation != .token else { return false }
        } else {
            guard operations.contains(operation) else { return false }
        }
        return (self.method ?? method) == method && path.hasPrefix(pathPrefix ?? "")
    }
}

extension FaultRule {
    /// Reads `{"kind": "429", "operations": ["createItem"], "times": 2}`.
    init(id: Int, json: JSON) throws(GraphError) {
        guard let word = json["kind"]?.string, let kind = FaultKind(rawValue: word) else {
            throw .malformed("kind is one of \(FaultKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.init(id: id, kind: kind)
        var names = (json["operations"]?.array ?? []).compactMap(\.string)
        if let name = json["operation"]?.string { names.append(name) }
        for name in names {
            guard let operation = Operation(rawValue: name) else { throw .malformed("There is no operation '\(name)'") }
            operations.insert(operation)
        }
        method = json["method"]?.string
        pathPrefix = json["pathPrefix"]?.string
        times = json["times"]?.integer
        skip = json["skip"]?.integer ?? 0
        probability = json["probability"]?.double ?? 1
        switch json["retryAfter"] {
        case .string(let text)?, .number(let text)?: retryAfter = text
        default: break
        }
        delaySeconds = json["delaySeconds"]?.integer ?? 30
        latencyMilliseconds = json["latencyMilliseconds"]?.integer ?? 1000
        struck = json["struck"]?.integer ?? 0
    }

    var json: JSON {
        var members: [JSON.Member] = [
            .init("id", .number(id)), .init("kind", .string(kind.rawValue)),
            .init("operations", .array(operations.map(\.rawValue).sorted().map { .string($0) })),
            .init("skip", .number(skip)), .init("probability", .number(probability)),
            .init("delaySeconds", .number(delaySeconds)),
            .init("latencyMilliseconds", .number(latencyMilliseconds)), .init("struck", .number(struck)),
        ]
        if let method { members.append(.init("method", .string(method))) }
        if let pathPrefix { members.append(.init("pathPrefix", .string(pathPrefix))) }
        if let times { members.append(.init("times", .number(times))) }
        if let retryAfter { members.append(.init("retryAfter", .string(retryAfter))) }
        return .object(members)
    }
}

/// The rules in force, in the order in which they were added.
struct Faults {
    private(set) var rules: [FaultRule] = []
    private var nextID = 1

    mutating func add(_ json: JSON) throws(GraphError) -> FaultRule {
        let rule = try FaultRule(id: nextID, json: json)
        nextID += 1
        rules.append(rule)
        return rule
    }

    mutating func remove(id: Int) -> Bool {
        let before = rules.count
        rules.removeAll { $0.id == id }
        return rules.count < before
    }

    mutating func removeAll() { rules = [] }

    /// The rule that strikes this request, if any.
    mutating func strike(
        _ operation: Operation, method: String, path: String, _ random: inout SeededRandom
    ) -> FaultRule? {
        for index in rules.indices where rules[index].matches(operation, method: method, path: path) {
            if let times = rules[index].times, rules[index].struck >= times { continue }
            if rules[index].skip > 0 {
                rules[index].skip -= 1
                continue
            }
            guard random.chance(rules[index].probability) else { continue }
            rules[index].struck += 1
            return rules[index]
        }
        return nil
    }
}
