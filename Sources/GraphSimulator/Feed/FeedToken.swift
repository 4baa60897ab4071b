internal import Core

/// Where a change feed goes on, with the options of its first request. Clients see it as an opaque text.
///
/// It holds all that it needs, so it survives a restart as long as the list's log does.
struct FeedToken: Equatable {
    enum Position: Equatable {
        /// Enumerates the items after this id; then come the changes after `since`.
        case items(after: Int, since: Int)
        /// The changes after this one.
        case changes(after: Int)
    }

    var list: String
    /// Of the list when it was given out.
    var epoch: Int
    /// When it was given out, in milliseconds since 1970.
    var issued: Int64
    var position: Position
    /// Pages delivered since the round began.
    var pages = 0
    /// Whether the page before was empty on purpose.
    var followsEmptyPage = false
    /// `$select`, `$expand` and `$top` as a query.
    var options: String

    var text: String {
        var position: [JSON] = []
        switch self.position {
        case .items(let after, let since): position = [.number(after), .number(since)]
        case .changes(let after): position = [.number(after)]
        }
        let json: JSON = [
            "l": .string(list), "e": .number(epoch), "i": .number(issued), "p": .array(position),
            "n": .number(pages), "f": .bool(followsEmptyPage), "o": .string(options),
        ]
        let bytes = json.serialized()
        return Base64URL.encode(Self.checksum(bytes) + bytes)
    }

    /// - Returns: `nil` for a text that is no token of this simulator's.
    init?(text: String) {
        guard let bytes = Base64URL.decode(text), bytes.count > 4 else { return nil }
        let body = Array(bytes.dropFirst(4))
        guard Self.checksum(body) == Array(bytes.prefix(4)), let json = try? JSON.parse(body),
            let list = json["l"]?.string, let epoch = json["e"]?.integer, let issued = json["i"]?.integer,
            let numbers = json["p"]?.array?.compactMap(\.integer), let pages = json["n"]?.integer,
            let followsEmptyPage = json["f"]?.bool, let options = json["o"]?.string
        else { return nil }
        switch numbers.count {
        case 1: position = .changes(after: numbers[0])
        case 2: position = .items(after: numbers[0], since: numbers[1])
        default: return nil
        }
        self.list = list
        self.epoch = epoch
        self.issued = Int64(issued)
        self.pages = pages
        self.followsEmptyPage = followsEmptyPage
        self.options = options
    }

    init(list: SimulatedList, issued: Int64, position: Position, options: String) {
        self.list = list.id
        epoch = list.feedEpoch
        self.issued = issued
        self.position = position
        self.options = options
    }

    /// FNV-1a, so that a token that was cut or changed is not one.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return (0..<4).map { UInt8(truncatingIfNeeded: hash >> UInt32(24 - $0 * 8)) }
    }
}
