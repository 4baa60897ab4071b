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
        Self.matches(text.split(separator: "/")[...], address.text.split(separator: "/")[...])
    }

    private static func matches(_ pattern: ArraySlice<Substring>, _ segments: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return segments.isEmpty }
        if first == "**" {
            if matches(pattern.dropFirst(), segments) { return true }
            return !segments.isEmpty && matches(pattern, segments.dropFirst())
        }
        guard let segment = segments.first else { return false }
        return matchesSegment(Array(first.utf8)[...], Array(segment.utf8)[...])
            && matches(pattern.dropFirst(), segments.dropFirst())
    }

    private static func matchesSegment(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == UInt8(ascii: "*") {
            return matchesSegment(pattern.dropFirst(), text)
                || (!text.isEmpty && matchesSegment(pattern, text.dropFirst()))
        }
        return text.first == first && matchesSegment(pattern.dropFirst(), text.dropFirst())
    }
}
