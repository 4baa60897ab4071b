internal import Core

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
    /// Only requests about this list, by id or title.
    var list: String?
    /// Only requests about these items.
    var items: Set<String> = []
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
    /// The rule sleeps until so many more items of its lists have been deleted.
    var afterDeletions = 0
    /// Feeds that begin after the deletion that woke it are spared.
    var sparesNewFeeds = false
    /// The number of that deletion among the changes of its list.
    var wokenBy: Int?
    /// Of ``FaultKind/circularPages``: how many pages the circle has.
    var pages = 1
    /// Where the circle begins.
    var circleStart: String?
    /// A list that was deleted comes back when so many requests more have been answered; `nil` for not by itself.
    var restoreAfterRequests: Int?
    /// A list that was deleted is not in the recycle bin.
    var isForGood = false
    var struck = 0
    /// The rule's own chance, if it has a seed; else the tenant's.
    var random: SeededRandom?

    func matches(_ subject: FaultSubject) -> Bool {
        guard strikes(subject.operation), (method ?? subject.method) == subject.method,
            subject.path.hasPrefix(pathPrefix ?? ""), isAbout(subject.list),
            items.isEmpty || subject.item.map(items.contains) == true
        else { return false }
        if kinds.allSatisfy({ $0 == .noHits }), !subject.hasFilter { return false }
        return isAwake(for: subject)
    }

    private func strikes(_ operation: Operation) -> Bool {
        let strikes = operations.isEmpty ? kinds.reduce(into: []) { $0.formUnion($1.usualOperations) } : operations
        guard strikes.isEmpty else { return strikes.contains(operation) }
        return operation != .batch && operation != .token
    }

    func isAbout(_ list: SimulatedList?) -> Bool { self.list.map { list?.isCalled($0) == true } ?? true }

    private func isAwake(for subject: FaultSubject) -> Bool {
        guard afterDeletions == 0 else { return false }
        guard sparesNewFeeds, let wokenBy else { return true }
        return subject.knownChange.map { $0 < wokenBy } ?? false
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
        list = json["list"]?.string
        items = Set((json["items"]?.array ?? []).compactMap { $0.string ?? $0.integer.map(String.init) })
        times = json["times"]?.integer ?? (kinds == [.listDeleted] ? 1 : nil)
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
        readOccasion(json)
    }

    /// Reads when the rule wakes, and what its kind has of its own.
    private mutating func readOccasion(_ json: JSON) {
        afterDeletions = json["afterDeletions"]?.integer ?? 0
        sparesNewFeeds = json["sparesNewFeeds"]?.bool ?? false
        wokenBy = json["wokenBy"]?.integer
        pages = max(1, json["pages"]?.integer ?? 1)
        circleStart = json["circleStart"]?.string
        restoreAfterRequests = json["restoreAfterRequests"]?.integer
        isForGood = json["forGood"]?.bool ?? false
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
    mutating func draw(_ shared: inout SeededRandom) -> Bool {
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
        return .object(members + occasion)
    }

    private var occasion: [JSON.Member] {
        var members: [JSON.Member] = []
        if let list { members.append(.init("list", .string(list))) }
        if !items.isEmpty { members.append(.init("items", .array(items.sorted().map { .string($0) }))) }
        if afterDeletions > 0 { members.append(.init("afterDeletions", .number(afterDeletions))) }
        if sparesNewFeeds { members.append(.init("sparesNewFeeds", true)) }
        if let wokenBy { members.append(.init("wokenBy", .number(wokenBy))) }
        if pages > 1 { members.append(.init("pages", .number(pages))) }
        if let circleStart { members.append(.init("circleStart", .string(circleStart))) }
        if let restoreAfterRequests { members.append(.init("restoreAfterRequests", .number(restoreAfterRequests))) }
        if isForGood { members.append(.init("forGood", true)) }
        return members
    }
}
