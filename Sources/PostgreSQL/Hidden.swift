/// Text that no output shows: a password, or what a server said that may hold row values. Interpolation, reflection and
/// `dump` print a mark in its place; ``reveal()`` is the one way to the text and easy to search for.
package struct Hidden: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    package func reveal() -> String { text }

    package var description: String { "(hidden)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
