internal import Core

/// A list with its columns, items, indexes and recycle bin. Confined to its tenant.
final class SimulatedList {
    let id: String
    /// The part of its address; never changes.
    let name: String
    var displayName: String
    var description: String
    let template: String
    let hidden: Bool
    let isSystem: Bool
    let contentTypesEnabled: Bool
    /// The root folder, which items name as their parent.
    let folderID: String
    let contentTypeID: String
    let created: Int64
    var modified: Int64
    let createdBy: Identity
    var modifiedBy: Identity
    var version = 1
    /// For so many calls more the list is not found.
    var unseenCalls = 0

    private(set) var columns: [SimulatedColumn] = []
    var nextSlot = 0
    /// By the key that writes use: `Title`, `OwnerLookupId`.
    private(set) var columnsByWriteKey: [String: SimulatedColumn] = [:]

    /// Items by their id less one; `nil` where one was deleted.
    private(set) var slots: [SimulatedItem?] = []
    private(set) var itemCount = 0
    private(set) var recycleBin: [Int: SimulatedItem] = [:]
    private(set) var changes = ChangeLog()
    /// Feed tokens of an earlier epoch have expired.
    var feedEpoch = 0
    /// By column slot.
    private var indexes: [Int: ColumnIndex] = [:]
    /// Follows from the settings; ``rebuildIndexes()`` after a change.
    var caseSensitive = false

    init(
        id: String, name: String, displayName: String, description: String = "", template: String, hidden: Bool = false,
        isSystem: Bool = false, contentTypesEnabled: Bool = false, folderID: String, contentTypeID: String,
        created: Int64, createdBy: Identity
    ) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.description = description
        self.template = template
        self.hidden = hidden
        self.isSystem = isSystem
        self.contentTypesEnabled = contentTypesEnabled
        self.folderID = folderID
        self.contentTypeID = contentTypeID
        self.created = created
        self.modified = created
        self.createdBy = createdBy
        self.modifiedBy = createdBy
    }

    var eTag: String { "\"\(id),\(version)\"" }

    var lastItemID: Int { slots.count }

    func touch(_ now: Int64, _ identity: Identity) {
        modified = now
        modifiedBy = identity
    }
}

// MARK: - Columns

extension SimulatedList {
    func add(_ column: SimulatedColumn) {
        columns.append(column)
        nextSlot = max(nextSlot, column.slot + 1)
        columnsChanged()
        if column.indexed { buildIndex(column) }
    }

    /// For a state that is being loaded; ``rebuildIndexes()`` must follow.
    func replaceColumns(by columns: [SimulatedColumn]) {
        self.columns = columns
        nextSlot = max(nextSlot, (columns.map(\.slot).max() ?? -1) + 1)
        indexes = [:]
        columnsChanged()
    }

    func remove(_ column: SimulatedColumn) {
        columns.removeAll { $0 === column }
        indexes[column.slot] = nil
        for item in slots where item?[column.slot] != nil { item?[column.slot] = nil }
        for item in recycleBin.values where item[column.slot] != nil { item[column.slot] = nil }
        columnsChanged()
    }

    func columnsChanged() {
        columnsByWriteKey = [:]
        for column in columns {
            columnsByWriteKey[column.valueType.isLookupLike ? column.lookupKey : column.key] = column
        }
    }

    func column(named name: String) -> SimulatedColumn? {
        let folded = name.lowercased()
        return columns.first { $0.name.lowercased() == folded }
    }

    var indexedCount: Int { columns.count(where: \.indexed) }
}

// MARK: - Items

extension SimulatedList {
    func item(_ id: Int) -> SimulatedItem? { id >= 1 && id <= slots.count ? slots[id - 1] : nil }

    /// Adds an item under the next id, or under its own if it comes back.
    func insert(_ item: SimulatedItem) {
        while slots.count < item.id { slots.append(nil) }
        slots[item.id - 1] = item
        itemCount += 1
        for column in columns where column.indexed { indexInsert(column, item) }
    }

    func reserveIDs(upTo last: Int) {
        while slots.count < last { slots.append(nil) }
    }

    /// Takes an item out of the list.
    func withdraw(_ item: SimulatedItem) {
        for column in columns where column.indexed { indexRemove(column, item) }
        slots[item.id - 1] = nil
        itemCount -= 1
    }

    func recycle(_ item: SimulatedItem) {
        withdraw(item)
        recycleBin[item.id] = item
    }

    /// Notes a change of `item`, which its feed then shows.
    func log(_ item: SimulatedItem, at now: Int64, request: Int) {
        item.change = changes.append(item.id, superseding: item.change, at: now, request: request)
        item.changed = now
    }

    /// Puts an item where a state file has it, in the place of what was there under its id, without indexes.
    func place(_ item: SimulatedItem, isRecycled: Bool) {
        reserveIDs(upTo: item.id)
        let earlier = anyItem(item.id)
        if slots[item.id - 1] != nil { itemCount -= 1 }
        slots[item.id - 1] = isRecycled ? nil : item
        recycleBin[item.id] = isRecycled ? item : nil
        if !isRecycled { itemCount += 1 }
        changes.restore(item.id, at: item.change, superseding: earlier?.change ?? 0, time: item.changed)
    }

    /// The recycle bin in the order of ids.
    var recycled: [SimulatedItem] { recycleBin.values.sorted { $0.id < $1.id } }

    func resetWrites() {
        for case let item? in slots where item.writes > 0 { item.writes = 0 }
        for item in recycleBin.values { item.writes = 0 }
    }

    /// An item that is there or in the recycle bin.
    func anyItem(_ id: Int) -> SimulatedItem? { item(id) ?? recycleBin[id] }

    func removeFromBin(_ id: Int) { recycleBin[id] = nil }

    func set(_ value: FieldValue?, _ column: SimulatedColumn, of item: SimulatedItem) {
        if column.indexed { indexRemove(column, item) }
        item[column.slot] = value
        if column.indexed { indexInsert(column, item) }
    }
}

// MARK: - Indexes

extension SimulatedList {
    func key(_ value: FieldValue?) -> IndexKey? { value?.indexKey(caseSensitive: caseSensitive) }

    private func indexInsert(_ column: SimulatedColumn, _ item: SimulatedItem) {
        guard let key = key(item[column.slot]) else { return }
        indexes[column.slot, default: ColumnIndex()].insert(key, item.id)
    }

    private func indexRemove(_ column: SimulatedColumn, _ item: SimulatedItem) {
        guard let key = key(item[column.slot]) else { return }
        indexes[column.slot]?.remove(key, item.id)
    }

    func buildIndex(_ column: SimulatedColumn) {
        var index = ColumnIndex()
        for case let item? in slots {
            if let key = key(item[column.slot]) { index.insert(key, item.id) }
        }
        indexes[column.slot] = index
    }

    func dropIndex(_ column: SimulatedColumn) { indexes[column.slot] = nil }

    func rebuildIndexes() {
        for column in columns where column.indexed { buildIndex(column) }
    }

    /// Ascending ids of the items with this value, if the column has an index.
    func indexed(_ column: SimulatedColumn, _ key: IndexKey) -> [Int]? {
        column.indexed ? indexes[column.slot]?.items(key) ?? [] : nil
    }

    func isTaken(_ key: IndexKey, _ column: SimulatedColumn, otherThan item: Int) -> Bool {
        indexes[column.slot]?.contains(key, otherThan: item) ?? false
    }

    /// Whether two items share a value of this column.
    func hasDuplicates(_ column: SimulatedColumn, blanksCount: Bool) -> Bool {
        var seen: Set<IndexKey> = []
        var blanks = 0
        for case let item? in slots {
            guard let key = key(item[column.slot]) else {
                blanks += 1
                continue
            }
            if !seen.insert(key).inserted { return true }
        }
        return blanksCount && blanks > 1
    }
}
