/// SharePoint's id of a list, a GUID in lower case.
package struct ListID: Hashable, Sendable, Comparable {
    package let text: String

    package init(_ text: String) { self.text = text.lowercased() }

    package static func < (left: ListID, right: ListID) -> Bool { left.text < right.text }
}
