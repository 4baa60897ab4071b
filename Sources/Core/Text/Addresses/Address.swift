/// The name of an object in plans, reports and arguments (SPEC §2), such as `list/contoso/Projects_Active`.
///
/// Its parts are plain text. ``text`` is the only place that writes an address, ``init(parsing:)`` the only one that reads
/// one; both percent-encode each part, so that a part may hold a slash.
package enum Address: Sendable {
    case profile(String)
    case definition(String)
    /// `list/<site profile>/<list>`.
    case list(String, String)
    /// `column/<site profile>/<list>/<column>`.
    case column(String, String, String)
    /// The rows of a definition: those of one list, or those that belong in none.
    case rows(String, in: Shard?)
    /// One row, wherever its item lives. `key` holds the canonical texts of its key columns.
    case row(String, key: [String])

    /// A list of a definition.
    package struct Shard: Sendable {
        package var site: String
        package var list: String

        package init(site: String, list: String) {
            self.site = site
            self.list = list
        }
    }

    /// - Parameter list: `nil` for rows that belong in no list.
    package static func rows(_ definition: String, _ site: String, _ list: String?) -> Address {
        .rows(definition, in: list.map { Shard(site: site, list: $0) })
    }

    /// The first segment.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case profile, definition, list, column, rows, row

        /// What an address or a pattern of addresses begins with; `nil` if that is no kind.
        package init?(beginning text: String) {
            self.init(rawValue: String(text.prefix { $0 != "/" }))
        }

        /// The form of an address of this kind.
        package var form: String {
            switch self {
            case .profile: "profile/NAME"
            case .definition: "definition/NAME"
            case .list: "list/SITE/LIST"
            case .column: "column/SITE/LIST/COLUMN"
            case .rows: "rows/DEFINITION/SITE/LIST or rows/DEFINITION"
            case .row: "row/DEFINITION/KEY"
            }
        }
    }

    package var kind: Kind {
        switch self {
        case .profile: .profile
        case .definition: .definition
        case .list: .list
        case .column: .column
        case .rows: .rows
        case .row: .row
        }
    }

    private var parts: [String] {
        switch self {
        case .profile(let name), .definition(let name): [name]
        case .list(let site, let list): [site, list]
        case .column(let site, let list, let column): [site, list, column]
        case .rows(let definition, let shard): [definition] + (shard.map { [$0.site, $0.list] } ?? [])
        case .row(let definition, let key): [definition] + key
        }
    }

    /// As people and programs read it: segments percent-encoded and joined by `/`.
    package var text: String { ([kind.rawValue] + parts.map(PercentEncoding.encode)).joined(separator: "/") }
}

// Texts are compared as what they are: a list may differ from another by nothing but the Unicode form of its name.
extension Address: Hashable, Comparable {
    package static func == (left: Address, right: Address) -> Bool {
        left.kind == right.kind && left.parts.elementsEqual(right.parts) { $0.utf8.elementsEqual($1.utf8) }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }

    package static func < (left: Address, right: Address) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

extension Address {
    /// Why a text is no address.
    package enum Malformed: Error, Hashable, Sendable {
        /// It begins with none of the kinds.
        case kind
        /// It has not as many parts as its kind.
        case parts(Kind)
        /// A part has a `%` without two hexadecimal digits, or bytes that are no UTF-8.
        case encoding

        /// `it is not list/SITE/LIST`.
        package var reason: String {
            switch self {
            case .kind:
                "it does not begin with " + Kind.allCases.dropLast().map { "\($0.rawValue)/" }.joined(separator: ", ")
                    + " or row/"
            case .parts(let kind): "it is not \(kind.form)"
            case .encoding: "a part of it is not percent-encoded UTF-8"
            }
        }
    }

    /// Reads what ``text`` writes. Parts that need no encoding may be encoded all the same, and those that need it may be
    /// plain unless they hold `/` or `%`.
    package init(parsing text: String) throws(Malformed) {
        guard let kind = Kind(beginning: text) else { throw .kind }
        var parts: [String] = []
        for segment in text.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let part = PercentEncoding.decode(segment) else { throw .encoding }
            parts.append(part)
        }
        switch (kind, parts.count) {
        case (.profile, 1): self = .profile(parts[0])
        case (.definition, 1): self = .definition(parts[0])
        case (.list, 2): self = .list(parts[0], parts[1])
        case (.column, 3): self = .column(parts[0], parts[1], parts[2])
        case (.rows, 1): self = .rows(parts[0], in: nil)
        case (.rows, 3): self = .rows(parts[0], in: Shard(site: parts[1], list: parts[2]))
        case (.row, 2...): self = .row(parts[0], key: Array(parts[1...]))
        case (.profile, _), (.definition, _), (.list, _), (.column, _), (.rows, _), (.row, _): throw .parts(kind)
        }
    }
}
