internal import Core

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

    /// The rule that strikes this call, if any.
    mutating func strike(_ subject: FaultSubject, _ random: inout SeededRandom) -> FaultRule? {
        for index in rules.indices where rules[index].matches(subject) {
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

    /// Wakes the rules that wait for the deletion of an item of `list`.
    mutating func noteDeletion(in list: SimulatedList) {
        for index in rules.indices where rules[index].afterDeletions > 0 && rules[index].isAbout(list) {
            rules[index].afterDeletions -= 1
            if rules[index].afterDeletions == 0 { rules[index].wokenBy = list.changes.last }
        }
    }

    /// Keeps where the circle of a rule begins.
    mutating func beginCircle(of id: Int, at url: String) {
        guard let index = rules.firstIndex(where: { $0.id == id }) else { return }
        rules[index].circleStart = url
    }
}
