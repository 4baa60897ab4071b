/// What a list can hold (FACTS 5.5).
package enum ListLimits {
    /// The key column has one of them.
    package static let indexes = 20
    /// 8,000 in all, 300 of them reserved.
    package static let rowBytes = 7700
    /// Every list has a title.
    package static let titleBytes = 30
}

extension ColumnType {
    /// What one column of the type takes of a row (FACTS 5.5).
    package var rowBytes: Int {
        switch self {
        case .text(let text): text.allowMultipleLines ? 22 : 30
        case .choice(let choice): choice.isMultiple ? 22 : 30
        case .number, .currency, .dateTime: 14
        case .boolean: 7
        }
    }
}

extension RemoteColumn {
    /// What the column takes of a row, whoever made it.
    package var rowBytes: Int {
        if let type { return type.rowBytes }
        return switch facet {
        case "lookup", "personOrGroup": 10
        case "term", "hyperlinkOrPicture": 60
        default: 30
        }
    }
}
