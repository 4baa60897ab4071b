import Core
import Testing

/// What people do in the lists, between runs and beside them.
extension ChaosWorld {
    mutating func actAsPeople() throws {
        try addNotes()
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            switch Int.random(in: 0..<14, using: &random) {
            case 0: try deleteItem()
            case 1: try makeItem()
            default: try typeSomething()
            }
        }
    }

    /// Every item of every list.
    func items() throws -> [ChaosJudge.Item] {
        try Self.lists.flatMap { list in
            try world.items(list).map { item in
                ChaosJudge.Item(
                    place: ChaosLog.Place(list: list, item: item.id), key: item.key, fields: item.fields)
            }
        }
    }

    private func items(of key: String) throws -> [ChaosJudge.Item] { try items().filter { $0.key == key } }

    /// Some item that has a row's key.
    private mutating func anyItem() throws -> ChaosJudge.Item? {
        try items().filter { $0.key != nil }.randomElement(using: &random)
    }

    private func call(_ method: String, _ place: ChaosLog.Place, _ end: String = "", _ body: JSON? = nil) throws -> Int
    {
        // The list may be in the recycle bin.
        guard let list = try world.knownListID(place.list) else { return 404 }
        let path = "/sites/\(try world.siteID())/lists/\(list)/items/\(place.item)\(end)"
        return world.person(method, path, body).status
    }

    private mutating func typeSomething() throws {
        guard let item = try anyItem(), let key = item.key else { return }
        let names = ["Code", "Code", "Title", "Cost"] + (hasNotes ? [Self.notes, Self.notes] : [])
        let name = names.randomElement(using: &random) ?? "Code"
        var value: JSON? =
            name == "Cost" ? .number(1_000_000 + log.deeds) : .string("typed \(log.deeds)")
        if name == "Code" || name == Self.notes, random.next() % 10 == 0 { value = nil }
        let before = try items(of: key)
        // The row may be moving at this very moment.
        guard try call("PATCH", item.place, "/fields", .object([.init(name, value ?? .null)])) == 200 else { return }
        let after = try items(of: key)
        log.types(
            value, into: ChaosLog.Field(key: key, name: name), at: item.place,
            replacing: before.first { $0.place == item.place }?.value(of: name),
            isAlone: before.map(\.place) == [item.place] && after.map(\.place) == [item.place])
    }

    private mutating func deleteItem() throws {
        guard let item = try anyItem(), let key = item.key else { return }
        let isAlone = try items(of: key).count == 1
        guard try call("DELETE", item.place) == 204 else { return }
        log.deletes(itemOf: key, isAlone: isAlone)
    }

    private mutating func makeItem() throws {
        guard let list = Self.lists.randomElement(using: &random), let id = try world.knownListID(list)
        else { return }
        let path = "/sites/\(try world.siteID())/lists/\(id)"
        let title = JSON.string("own \(log.deeds)")
        let answer = world.person("POST", "\(path)/items", ["fields": ["Title": title]])
        guard answer.status == 201, let id = try JSON.parse(answer.body)["id"]?.string else { return }
        log.makes(["Title": title], at: ChaosLog.Place(list: list, item: id))
    }

    /// A column that no row fills, as soon as all lists are there: where one lacks it, items that have something in it
    /// are held.
    private mutating func addNotes() throws {
        guard !hasNotes, try Self.lists.allSatisfy({ try world.knownListID($0) != nil }) else { return }
        for list in Self.lists { try world.personAddsColumn(list, ["name": .string(Self.notes), "text": [:]]) }
        hasNotes = true
    }
}
