/// The column that says when a row went away (`deletes: MARK`).
package enum DeletionMark {
    package static let column = "SyncBridgeDeletedAt"
}

/// Fields of an item that say what a move would leave behind.
package enum ItemMarks {
    /// Whether files are attached; not readable or writable through Graph beyond that.
    package static let attachments = "Attachments"
    /// The retention label (FACTS 4.2).
    package static let label = "_ComplianceTag"

    package static func isFilled(_ value: JSON?) -> Bool {
        switch value {
        case nil, .null, .string(""), .array([]), .bool(false): false
        case .bool, .number, .string, .array, .object: true
        }
    }
}
