/// The name of something in a plan (SPEC §2): segments percent-encoded and joined by `/`.
package struct Address: Hashable, Sendable, Comparable {
    package let text: String

    /// - Parameter segments: Plain text; each is encoded here.
    package init(_ segments: String...) { text = segments.map(PercentEncoding.encode).joined(separator: "/") }

    package init(encoded text: String) { self.text = text }

    package static func < (left: Address, right: Address) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    package static func profile(_ name: String) -> Address { Address("profile", name) }
    package static func definition(_ name: String) -> Address { Address("definition", name) }
    package static func list(_ site: String, _ list: String) -> Address { Address("list", site, list) }
    package static func column(_ site: String, _ list: String, _ column: String) -> Address {
        Address("column", site, list, column)
    }

    /// - Parameter list: `nil` for rows that belong in no list.
    package static func rows(_ definition: String, _ site: String, _ list: String?) -> Address {
        list.map { Address("rows", definition, site, $0) } ?? Address("rows", definition)
    }

    package static func row(_ definition: String, _ key: EvaluatedKey) -> Address {
        Address(encoded: Address("row", definition).text + "/" + key.addressPath)
    }
}

/// A pattern over addresses: `*` one segment, `**` any number of them; `*` also stands for a part of a segment.
package struct AddressGlob: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package func matches(_ address: Address) -> Bool {
        let (pattern, segments) = (AddressGlob.segments(text), AddressGlob.segments(address.text))
        return Self.matches(
            pattern, segments, isAny: { $0.elementsEqual("**".utf8) },
            fits: { part, segment in Self.matches(part, segment, isAny: { $0 == UInt8(ascii: "*") }, fits: ==) })
    }

    private static func segments(_ text: String) -> [[UInt8]] { text.split(separator: "/").map { Array($0.utf8) } }

    /// Whether `pattern`, in which some elements stand for any number of others, is `text`.
    ///
    /// Goes back only to the last such element: what an earlier one took can stay as it is. So a pattern of many stars
    /// takes no more steps than the product of the lengths.
    private static func matches<Part, Element>(
        _ pattern: [Part], _ text: [Element], isAny: (Part) -> Bool, fits: (Part, Element) -> Bool
    ) -> Bool {
        var (part, at) = (0, 0)
        var back: (part: Int, at: Int)?
        while at < text.count {
            if part < pattern.count, isAny(pattern[part]) {
                part += 1
                back = (part, at)
            } else if part < pattern.count, fits(pattern[part], text[at]) {
                (part, at) = (part + 1, at + 1)
            } else if let (afterAny, taken) = back {
                back = (afterAny, taken + 1)
                (part, at) = (afterAny, taken + 1)
            } else {
                return false
            }
        }
        return pattern[part...].allSatisfy(isAny)
    }
}
