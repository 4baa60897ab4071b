import Core
import GraphSimulator

/// What the service does to the program.
extension ChaosWorld {
    /// Habits of a service that it has all its life.
    mutating func chooseHabits() throws {
        try world.setting("answerTexts", .string(random.next() % 2 == 0 ? "trimmed" : "stored"))
        try world.setting("answerDates", .string(random.next() % 2 == 0 ? "shifted" : "stored"))
        try world.setting("columnDefaults", .string(random.next() % 3 == 0 ? "ignored" : "taken"))
        try world.setting("nullOverridesDefault", .bool(random.next() % 2 == 0))
        try world.setting("uniqueViolationStatus", random.next() % 2 == 0 ? 400 : 409)
    }

    /// All kinds of faults that pass, together as often as `percent` says.
    func addFaults(percent: Double) throws {
        let kinds: [FaultKind] = [
            .generalException, .badGatewayBeforeWrite, .badGatewayAfterWrite, .timeoutAfterWrite, .throttled,
            .emptyUnavailable, .resourceModified, .resetBeforeWrite, .resetAfterWrite, .cutBody, .throttledAfterWrite,
            .unknownConflict,
        ]
        for kind in kinds {
            let isOfWrites = kind == .resourceModified || kind == .unknownConflict
            try world.fault(
                kind, isOfWrites ? ["createItem", "patchItem", "deleteItem"] : [],
                probability: percent / 100 / Double(kinds.count),
                retryAfter: kind == .throttled || kind == .throttledAfterWrite ? "0.01" : nil)
        }
    }

    /// Some of what others report of the service (FACTS 13), for one run.
    /// - Returns: How a run may end that lives through it.
    mutating func addMoods() throws -> ChaosEnd {
        // One may still be in the recycle bin.
        let isComplete = try Self.lists.allSatisfy { try world.knownListID($0) != nil }
        var end = isComplete ? ChaosEnd.faults : .absentList
        if random.next() % 3 == 0 { try lockItems() }
        if random.next() % 3 == 0 {
            try world.fault(.notVisible, ["getItem", "patchItem", "deleteItem"], probability: 0.1)
        }
        if random.next() % 4 == 0 { try world.fault(.noHits, probability: 0.1) }
        if random.next() % 3 == 0 { try spoilFeed() }
        if random.next() % 4 == 0 {
            try world.fault(
                .full, times: Int.random(in: 1...60, using: &random), skip: Int.random(in: 0...20, using: &random))
        }
        if random.next() % 4 == 0, let list = Self.lists.randomElement(using: &random) {
            try world.admin(
                "POST", "/faults",
                [
                    "kind": .string(FaultKind.listDeleted.rawValue), "list": .string(list),
                    "skip": .number(Int.random(in: 0...30, using: &random)),
                    "restoreAfterRequests": .number(Int.random(in: 1...40, using: &random)),
                ])
            end = .absentList
        }
        return end
    }

    /// A list's feed cannot be read: since a deletion, from a new start on again or not.
    private mutating func spoilFeed() throws {
        let kinds: [FaultKind] = [.truncatedPage, .oddPage, .circularPages, .endlessPages, .generalException]
        guard let list = Self.lists.randomElement(using: &random), let kind = kinds.randomElement(using: &random) else {
            return
        }
        let isSpared = random.next() % 2 == 0
        try world.admin(
            "POST", "/faults",
            [
                "kind": .string(kind.rawValue), "list": .string(list), "operations": ["delta"],
                "afterDeletions": .number(isSpared ? 1 : 0), "sparesNewFeeds": .bool(isSpared),
            ])
    }

    private mutating func lockItems() throws {
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            guard let item = try items().randomElement(using: &random),
                let list = try world.knownListID(item.place.list)
            else { continue }
            try world.admin(
                "PUT", "/lists/\(list)/items/\(item.place.item)/lock", ["status": random.next() % 2 == 0 ? 423 : 403])
        }
    }

    /// The faults are over: locks are lifted, and lists are where they were.
    func endMoods() throws {
        try world.clearFaults()
        for list in Self.lists {
            // One that is there cannot be restored.
            _ = world.graph.handle(HTTPRequest("POST", "\(world.origin)/admin/lists/\(list)/restore"))
            guard let id = try world.knownListID(list) else { continue }
            for item in try world.items(list) { try world.admin("DELETE", "/lists/\(id)/items/\(item.id)/lock") }
        }
    }
}
