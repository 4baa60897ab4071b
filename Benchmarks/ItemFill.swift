internal import Core
internal import Glibc
internal import Reconciler

/// Adds items to the state file of a simulator that is not running, in the form that docs/graph-simulator.md describes
/// as lines.
struct ItemFill {
    private let file: UnsafeMutablePointer<FILE>
    private let work: DefinitionWork
    private let author: JSON
    private let created: JSON
    /// Where each field, and the key behind them, has its value, by list.
    private var slots: [ListID: [String]] = [:]
    private var lines: [UInt8] = []

    init(appendingTo path: String, _ work: DefinitionWork) throws {
        let state = try Files.read(path).split(separator: "\n").map { try JSON.parse(String($0)) }
        guard let now = state.first?["now"], let client = state.first?["applications"]?.array?.first?["clientID"],
            let file = fopen(path, "ab")
        else { throw BenchmarkError("\(path) is not a simulator's state") }
        self.file = file
        self.work = work
        author = .object([.init("application", client)])
        created = now
        let names = work.bound.fields.map(\.target) + [SyncKey.column]
        for list in state.compactMap({ $0["list"] }) {
            let columns = list["columns"]?.array ?? []
            slots[ListID(list["id"]?.string ?? "")] = names.map { name in
                String(columns.first { $0["name"]?.string == name }?["slot"]?.integer ?? 9999)
            }
        }
    }

    mutating func append(_ item: SimulatedItem, _ row: FilledWorld.Row) throws {
        guard let slots = slots[item.list] else { throw BenchmarkError("the state has no list \(item.list.text)") }
        var values = zip(slots, row.values).compactMap { slot, value in stored(value).map { JSON.Member(slot, $0) } }
        values.append(JSON.Member(slots[slots.count - 1], .string(row.key.syncKey.text)))
        // Of before anything that a feed has shown: change 0.
        let line: JSON = [
            "of": .string(item.list.text), "recycled": false,
            "item": [
                "id": .number(item.id), "guid": .string(item.guid), "version": 1, "created": created,
                "modified": created, "createdBy": author, "modifiedBy": author, "change": 0, "changed": created,
                "values": .object(values),
            ],
        ]
        lines += line.serialized()
        lines.append(UInt8(ascii: "\n"))
        if lines.count >= 1 << 20 { try flush() }
    }

    mutating func finish() throws {
        try flush()
        fclose(file)
    }

    private mutating func flush() throws {
        guard fwrite(lines, 1, lines.count, file) == lines.count else { throw BenchmarkError("a state's write failed") }
        lines.removeAll(keepingCapacity: true)
    }

    private func stored(_ value: Value) -> JSON? {
        switch value {
        case .null: nil
        case .text(let text): .string(text)
        case .number(let number): .number(number)
        case .boolean(let flag): .bool(flag)
        case .instant(let instant): ["at": .number(instant.seconds)]
        case .date(let date): ["at": .number(work.bound.zone.firstInstant(of: date).seconds)]
        case .set(let values): .array(values.map(JSON.string))
        }
    }
}

/// Writes the creates of all rows, for other clients: a line of JSON for each, `{"list": …, "fields": {…}}`, with the list's
/// name.
struct CreateList {
    let path: String

    func write(_ world: FilledWorld) async throws {
        var lines: [UInt8] = []
        for work in world.definitions {
            let codec = FieldCodec(zone: work.bound.zone)
            let names = Dictionary(work.lists.map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
            try await world.forEachChunk(of: work) { rows in
                for row in rows {
                    var fields = [JSON.Member(SyncKey.column, .string(row.key.syncKey.text))]
                    for (field, value) in zip(work.bound.fields, row.values) where value != .null {
                        fields += codec.encode(value, column: field.target, type: field.type)
                    }
                    lines += (["list": .string(names[row.list] ?? ""), "fields": .object(fields)] as JSON).serialized()
                    lines.append(UInt8(ascii: "\n"))
                }
            }
        }
        try Files.write(String(decoding: lines, as: UTF8.self), to: path)
    }
}
