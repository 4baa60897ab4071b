/// What a definition asks for its rows, whatever they hold. Made once, by ``SyncDefinition/rowPolicy``.
package struct RowPolicy: Hashable, Sendable {
    package var mode: SyncDefinition.Mode
    /// What happens to the item of a row that is gone.
    package var deletes: SyncDefinition.Deletes
    package var onDrift: SyncDefinition.OnDrift

    package init(
        mode: SyncDefinition.Mode = .oneWayPush, deletes: SyncDefinition.Deletes,
        onDrift: SyncDefinition.OnDrift = .report
    ) {
        self.mode = mode
        self.deletes = deletes
        self.onDrift = onDrift
    }

    /// People's edits are overwritten.
    package var revertsDrift: Bool {
        switch onDrift {
        case .revert: true
        case .report: false
        }
    }

    /// Items of rows that are gone carry a mark, in a column of ours.
    package var marksDeletions: Bool {
        switch deletes {
        case .mark: true
        case .propagate, .retain: false
        }
    }
}

extension SyncDefinition {
    package var rowPolicy: RowPolicy { RowPolicy(mode: mode, deletes: deletes, onDrift: onDrift) }
}
