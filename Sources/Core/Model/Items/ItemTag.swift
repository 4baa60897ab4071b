/// An item's tag, as far as its form is known: `"<guid>,<n>"`, where `n` grows with each saved change (FACTS 6).
package enum ItemTag {
    package enum Order: Hashable, Sendable { case same, older, newer, unknown }

    /// How `tag` stands to `known`. Tags are opaque: where their form is another, only a read can tell.
    package static func order(of tag: String, against known: String?) -> Order {
        guard let known else { return .newer }
        if tag == known { return .same }
        guard let left = parts(tag), let right = parts(known), left.item == right.item else { return .unknown }
        if left.version == right.version { return .unknown }
        return left.version < right.version ? .older : .newer
    }

    /// Whether one saved change, and no other, made `tag` of `known`.
    package static func isNext(_ tag: String, after known: String?) -> Bool {
        guard let known, let left = parts(tag), let right = parts(known), left.item == right.item else { return false }
        return left.version == right.version + 1
    }

    private static func parts(_ tag: String) -> (item: Substring, version: Int64)? {
        guard tag.utf8.count > 3, tag.first == "\"", tag.last == "\"", let comma = tag.lastIndex(of: ",") else {
            return nil
        }
        let digits = tag[tag.index(after: comma)...].dropLast()
        return Int64(digits).map { (tag[..<comma], $0) }
    }
}
