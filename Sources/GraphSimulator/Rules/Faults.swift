internal import Core

/// What goes wrong when a fault strikes.
package enum FaultKind: String, CaseIterable, Sendable {
    case generalException = "500"
    case badGatewayBeforeWrite = "502BeforeWrite"
    case badGatewayAfterWrite = "502AfterWrite"
    case timeoutBeforeWrite = "504BeforeWrite"
    case timeoutAfterWrite = "504AfterWrite"
    /// The answer is 504 and the write is done later.
    case timeoutThenWrite = "504WriteLater"
    case unavailable = "503"
    case emptyUnavailable = "503Empty"
    case throttled = "429"
    case notVisible = "404"
    case resourceModified = "409ResourceModified"
    case locked = "423"
    case unauthorized = "401"
    case resetBeforeWrite
    case resetAfterWrite
    /// The connection closes and the write is done later.
    case resetThenWrite = "resetWriteLater"
    case cutBody
    /// The right answer, held back until its time is over or its rule is taken away.
    case slow

    /// Whether the service acts before the fault shows.
    var actsFirst: Bool {
        switch self {
        case .badGatewayAfterWrite, .timeoutAfterWrite, .resetAfterWrite, .cutBody, .slow: true
        default: false
        }
    }

    /// Whether the service acts after the fault has shown.
    var actsLater: Bool { self == .timeoutThenWrite || self == .resetThenWrite }

    /// What a rule of the kind `any` draws from: all but 401, which a client cannot ride out twice in a row.
    static let any = allCases.filter { $0 != .unauthorized }
}

/// A rule by which requests fail.
struct FaultRule {
    var id: Int
    /// One is drawn for each strike.
    var kinds: [FaultKind]
    /// What the present strike does.
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
    /// Seconds for 429 and 503, `nil` for no header; one is drawn for each strike.
    var retryAfters: [String?] = [nil]
    var retryAfter: String?
    /// For the kinds that write later, by the virtual clock.
    var delaySeconds = 30
    /// Instead of that: the write is done when so many requests more have been answered.
    var delayRequests: Int?
    /// For ``FaultKind/slow``, in real time.
    var latencyMilliseconds = 1000
    var struck = 0
    /// The rule's own chance, if it has a seed; else the tenant's.
    var random: SeededRandom?

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
        let kinds = try Self.kinds(json)
        self.init(id: id, kinds: kinds, kind: kinds[0])
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
        if let value = json["retryAfter"] { retryAfters = (value.array ?? [value]).map(Self.seconds) }
        if retryAfters.isEmpty { retryAfters = [nil] }
        delaySeconds = json["delaySeconds"]?.integer ?? 30
        delayRequests = json["delayRequests"]?.integer
        if let text = json["random"]?.string, let state = UInt64(text) {
            random = SeededRandom(seed: state)
        } else if let seed = json["seed"]?.integer {
            random = SeededRandom(seed: UInt64(truncatingIfNeeded: seed))
        }
        latencyMilliseconds = json["latencyMilliseconds"]?.integer ?? 1000
        struck = json["struck"]?.integer ?? 0
    }

    /// `kind` is one of them or `any`; `kinds` are some to draw from.
    private static func kinds(_ json: JSON) throws(GraphError) -> [FaultKind] {
        if json["kind"]?.string == "any" { return FaultKind.any }
        let words = json["kinds"]?.array.map { $0.compactMap(\.string) } ?? [json["kind"]?.string ?? ""]
        let kinds = words.compactMap(FaultKind.init(rawValue:))
        guard kinds.count == words.count, !kinds.isEmpty else {
            throw .malformed("kind is any or one of \(FaultKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return kinds
    }

    private static func seconds(_ json: JSON) -> String? {
        switch json {
        case .string(let text), .number(let text): text
        default: nil
        }
    }

    /// Draws what a strike does.
    fileprivate mutating func draw(_ shared: inout SeededRandom) -> Bool {
        var own = random ?? shared
        defer { if random == nil { shared = own } else { random = own } }
        guard own.chance(probability) else { return false }
        if kinds.count > 1 { kind = kinds.randomElement(using: &own) ?? kind }
        retryAfter = retryAfters.count > 1 ? retryAfters.randomElement(using: &own) ?? nil : retryAfters[0]
        return true
    }

    var json: JSON {
        let seconds: [JSON] = retryAfters.map { $0.map { .string($0) } ?? .null }
        var members: [JSON.Member] = [
            .init("id", .number(id)),
            kinds.count == 1
                ? .init("kind", .string(kind.rawValue)) : .init("kinds", .array(kinds.map { .string($0.rawValue) })),
            .init("operations", .array(operations.map(\.rawValue).sorted().map { .string($0) })),
            .init("skip", .number(skip)), .init("probability", .number(probability)),
            .init("delaySeconds", .number(delaySeconds)),
            .init("latencyMilliseconds", .number(latencyMilliseconds)), .init("struck", .number(struck)),
        ]
        if let method { members.append(.init("method", .string(method))) }
        if let pathPrefix { members.append(.init("pathPrefix", .string(pathPrefix))) }
        if let times { members.append(.init("times", .number(times))) }
        if retryAfters != [nil] {
            members.append(.init("retryAfter", seconds.count == 1 ? seconds[0] : .array(seconds)))
        }
        if let delayRequests { members.append(.init("delayRequests", .number(delayRequests))) }
        if let random { members.append(.init("random", .string(String(random.state)))) }
        return .object(members)
    }
}

/// The rules in force, in the order in which they were added.
struct Faults {
    private(set) var rules: [FaultRule] = [] { didSet { revision += 1 } }
    /// Grows with every change, also when a rule strikes.
    private(set) var revision = 0
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
            guard rules[index].draw(&random) else { continue }
            rules[index].struck += 1
            return rules[index]
        }
        return nil
    }
}
