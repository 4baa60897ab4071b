package import Core

/// A list as the row protocol sees it.
package struct TargetList: Hashable, Sendable {
    package var id: ListID
    /// Columns of people that can be written: internal names.
    package var peoplesColumns: Set<String>
    /// Columns of people that cannot be written: what they hold cannot go along in a move.
    package var fixedColumns: Set<String>
    /// The service refuses a second item with the same key: a create may be sent again at once.
    package var keyIsUnique: Bool
    /// Items may move here although they lose something (`ITEM_LOSES` is allowed).
    package var allowsLosses: Bool
    /// Its items may be written as often as their rows change (`WRITE_LOOP` is allowed).
    package var allowsLoops: Bool

    package init(
        id: ListID, peoplesColumns: Set<String> = [], fixedColumns: Set<String> = [], keyIsUnique: Bool = true,
        allowsLosses: Bool = false, allowsLoops: Bool = false
    ) {
        self.allowsLosses = allowsLosses
        self.allowsLoops = allowsLoops
        self.id = id
        self.peoplesColumns = peoplesColumns
        self.fixedColumns = fixedColumns
        self.keyIsUnique = keyIsUnique
    }
}
