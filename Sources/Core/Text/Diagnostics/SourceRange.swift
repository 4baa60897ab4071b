/// A place in a manifest. Lines and columns count from 1; a column counts Unicode scalars, as libyaml does.
package struct SourceRange: Hashable, Sendable {
    package struct Position: Hashable, Sendable, Comparable {
        package var line: Int
        package var column: Int

        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }

        package static func < (left: Position, right: Position) -> Bool {
            (left.line, left.column) < (right.line, right.column)
        }
    }

    /// The path as it was found, relative to the working directory where possible.
    package var file: String
    package var start: Position
    /// Just after the last character.
    package var end: Position

    package init(file: String, start: Position, end: Position) {
        self.file = file
        self.start = start
        self.end = end
    }

    package init(file: String, line: Int, column: Int, length: Int = 1) {
        self.init(
            file: file, start: Position(line: line, column: column), end: Position(line: line, column: column + length))
    }

    /// `shop/orders.yaml:12:13`.
    package var text: String { "\(file):\(start.line):\(start.column)" }
}
