extension String {
    /// Equal code point by code point, as the databases compare: `==` takes composed and decomposed letters for one.
    package func isSameText(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension Sequence<String> {
    /// Whether one of them is this text, code point by code point.
    package func containsText(_ text: String) -> Bool { contains { $0.isSameText(as: text) } }
}
