/// What a path names below the version root.
enum Target: Hashable {
    case site
    case lists
    case list(String)
    case columns(String)
    case column(String, String)
    case items(String)
    case item(String, String)
    case fields(String, String)
    case delta(String)
    case subscriptions
    case batch
    /// A resource of the real service that the simulator does not have.
    case notBuilt(String)
}

extension Target {
    /// The id or title of the list that it is or belongs to.
    var list: String? {
        switch self {
        case .list(let list), .columns(let list), .column(let list, _), .items(let list), .item(let list, _),
            .fields(let list, _), .delta(let list):
            list
        case .site, .lists, .subscriptions, .batch, .notBuilt: nil
        }
    }

    /// The id of the item that it is or belongs to.
    var item: String? {
        switch self {
        case .item(_, let item), .fields(_, let item): item
        default: nil
        }
    }
}

/// How a path names its site.
enum SiteKey: Hashable {
    case root
    case id(String)
    /// A host and a path below it, without slashes at its ends; empty for the host's root site.
    case path(host: String, String)
}

/// One request's place and meaning.
struct Route: Hashable {
    var site: SiteKey
    var target: Target

    /// Reads a path such as `/sites/contoso.sharepoint.com:/sites/ops:/lists/Orders/items/5/fields`.
    /// - Parameter path: Percent-encoded, without the version root and the query.
    /// - Returns: `nil` if the path names nothing.
    init?(path: String) {
        var segments = path.split(separator: "/").map(String.init)
        guard let first = segments.first, var rest = Route.unfold(first) else { return nil }
        segments = rest + segments.dropFirst()
        switch segments[0] {
        case "$batch" where segments.count == 1:
            self.init(site: .root, target: .batch)
            return
        case "subscriptions":
            self.init(site: .root, target: .subscriptions)
            return
        case "sites" where segments.count >= 2: break
        default: return nil
        }
        guard let (site, used) = Route.site(segments) else { return nil }
        rest = []
        for segment in segments[used...] {
            guard let parts = Route.unfold(segment) else { return nil }
            for part in parts {
                guard let decoded = PercentEncoding.decode(part) else { return nil }
                rest.append(decoded)
            }
        }
        guard let target = Route.target(rest) else { return nil }
        self.init(site: site, target: target)
    }

    private init(site: SiteKey, target: Target) {
        self.site = site
        self.target = target
    }

    /// Turns the form `items('5')` into the segments `items` and `5`.
    private static func unfold(_ segment: String) -> [String]? {
        guard segment.hasSuffix("')"), let open = segment.range(ofFirst: "('") else { return [segment] }
        let name = String(segment[..<open.lowerBound])
        let key = String(segment[open.upperBound...].dropLast(2))
        return name.isEmpty || key.isEmpty ? nil : [name, key.replacing("''", with: "'")]
    }

    private static func site(_ segments: [String]) -> (SiteKey, used: Int)? {
        guard let key = PercentEncoding.decode(segments[1]) else { return nil }
        if key == "root" { return (.root, 2) }
        if key.hasSuffix(":") {
            var path: [String] = []
            var at = 2
            while at < segments.count {
                guard var part = PercentEncoding.decode(segments[at]) else { return nil }
                at += 1
                let ends = part.hasSuffix(":")
                if ends { part.removeLast() }
                if !part.isEmpty { path.append(part) }
                if ends { break }
            }
            return (.path(host: String(key.dropLast()), path.joined(separator: "/")), at)
        }
        if key.contains(",") {
            if let (path, used) = byPath(segments) {
                return (.path(host: String(key.prefix { $0 != "," }), path), used)
            }
            return (.id(key), 2)
        }
        return (.path(host: key, ""), 2)
    }

    /// The form `getByPath(path='/sites/ops')`, whose slashes were taken for separators.
    private static func byPath(_ segments: [String]) -> (path: String, used: Int)? {
        guard segments.count > 2, segments[2].hasPrefix("getByPath(path='") else { return nil }
        guard let last = segments[2...].firstIndex(where: { $0.hasSuffix("')") }) else { return nil }
        let joined = segments[2...last].joined(separator: "/").dropFirst("getByPath(path='".count).dropLast(2)
        guard let decoded = PercentEncoding.decode(joined) else { return nil }
        return (decoded.split(separator: "/").joined(separator: "/"), last + 1)
    }

    private static func target(_ rest: [String]) -> Target? {
        if rest.isEmpty { return .site }
        guard rest[0] == "lists" else { return .notBuilt(rest[0]) }
        switch rest.count {
        case 1: return .lists
        case 2: return .list(rest[1])
        default: break
        }
        let list = rest[1]
        switch (rest[2], rest.count) {
        case ("columns", 3): return .columns(list)
        case ("columns", 4): return .column(list, rest[3])
        case ("items", 3): return .items(list)
        case ("items", 4):
            if rest[3] == "delta" || rest[3] == "delta()" { return .delta(list) }
            return rest[3].hasPrefix("delta(") ? .notBuilt("delta with its token in the path") : .item(list, rest[3])
        case ("items", 5) where rest[4] == "fields": return .fields(list, rest[3])
        case ("contentTypes", _), ("subscriptions", _), ("drive", _): return .notBuilt(rest[2])
        case ("items", 5) where rest[4] == "versions": return .notBuilt("versions")
        default: return nil
        }
    }
}

extension StringProtocol {
    /// Where `text` stands first.
    func range(ofFirst text: String) -> Range<Index>? { ranges(of: text).first }
}

/// What a request does, by the names that counters and faults use.
package enum Operation: String, CaseIterable, Sendable {
    case getSite, listLists, getList, createList, patchList, deleteList
    case getColumns, getColumn, createColumn, patchColumn, deleteColumn
    case listItems, getItem, createItem, patchItem, deleteItem
    case delta, subscriptions, batch, token
    /// Anything that the simulator does not know.
    case other

    init(method: String, target: Target) {
        self =
            switch (method, target) {
            case ("GET", .site): .getSite
            case ("GET", .lists): .listLists
            case ("POST", .lists): .createList
            case ("GET", .list): .getList
            case ("PATCH", .list): .patchList
            case ("DELETE", .list): .deleteList
            case ("GET", .columns): .getColumns
            case ("POST", .columns): .createColumn
            case ("GET", .column): .getColumn
            case ("PATCH", .column): .patchColumn
            case ("DELETE", .column): .deleteColumn
            case ("GET", .items): .listItems
            case ("POST", .items): .createItem
            case ("GET", .item), ("GET", .fields): .getItem
            case ("PATCH", .item), ("PATCH", .fields): .patchItem
            case ("DELETE", .item): .deleteItem
            case ("GET", .delta): .delta
            case (_, .subscriptions): .subscriptions
            case ("POST", .batch): .batch
            default: .other
            }
    }

    static let ofItems: Set<Operation> = [.listItems, .getItem, .createItem, .patchItem, .deleteItem, .delta]

    /// Resource units, as SharePoint charges them.
    var resourceUnits: Int {
        switch self {
        case .getSite, .getList, .getColumn, .getItem, .other: 1
        case .batch, .token: 0
        default: 2
        }
    }

    var changesSchema: Bool {
        switch self {
        case .createColumn, .patchColumn, .deleteColumn, .patchList, .deleteList: true
        default: false
        }
    }

    /// What an application needs to do this.
    var neededRights: Rights {
        switch self {
        case .createList, .patchList, .deleteList, .createColumn, .patchColumn, .deleteColumn: .manage
        case .createItem, .patchItem, .deleteItem, .subscriptions: .write
        default: .read
        }
    }
}

/// What an application may do, each step including those before it.
package enum Rights: String, CaseIterable, Sendable, Comparable {
    case none, read, write, manage

    private var rank: Int {
        switch self {
        case .none: 0
        case .read: 1
        case .write: 2
        case .manage: 3
        }
    }

    package static func < (left: Rights, right: Rights) -> Bool { left.rank < right.rank }
}
