/// A pattern over addresses: `*` one segment, `**` any number of them; `*` also stands for a part of a segment.
package struct AddressGlob: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    /// The kind of the addresses that it is about; `nil` if that may be any.
    package var kind: Address.Kind? { Address.Kind(beginning: text) }

    package func matches(_ address: Address) -> Bool { matches(text: address.text) }

    /// - Parameter text: Segments joined by `/`, encoded as an address's are.
    package func matches(text other: String) -> Bool {
        let (pattern, segments) = (AddressGlob.segments(text), AddressGlob.segments(other))
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
