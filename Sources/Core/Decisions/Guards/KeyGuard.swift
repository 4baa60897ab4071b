/// What a reader of the plan is told of a key that changed.
package enum KeyGuard {
    /// - Returns: `nil` where every item stays with its row and its key as it is.
    package static func hazard(
        _ change: KeyChange, _ outcome: KeyChange.Outcome, _ definition: SyncDefinition
    ) -> Hazard? {
        guard outcome.items > 0 else { return nil }
        switch change.way {
        case .forms: guard outcome.unreadable > 0 || mayBePrintedOtherwise(change, outcome) else { return nil }
        case .renamed, .rows, .nothing: break
        }
        var change = change
        // Renamed columns would have the same values.
        if change.way == .renamed, outcome.left == outcome.items { change.way = .nothing }
        return Hazard(
            .keyChanged, at: .definition(definition.name),
            "the key was \(change.old.words) and is now \(change.new.words)\(aside(change)): \(counts(outcome))"
                + fate(outcome, definition.deletes),
            rows: outcome.items, remedy: remedy(change, outcome), place: definition.keyPlace ?? definition.place)
    }

    /// Whether a row that goes and one that comes may be one and the same, whose key is printed in another way: by the type,
    /// or, where many are, by an expression that the column was converted with.
    private static func mayBePrintedOtherwise(_ change: KeyChange, _ outcome: KeyChange.Outcome) -> Bool {
        let rows = min(outcome.left, outcome.newRows)
        return change.printsAlike ? rows > 5 && outcome.left * 4 > outcome.items : rows > 0
    }

    /// What is said where there is no hazard.
    package static func note(_ change: KeyChange, _ outcome: KeyChange.Outcome, _ name: String) -> String {
        "definition \"\(name)\": the key was \(change.old.words) and is now \(change.new.words): "
            + "all \(outcome.items - outcome.left) items of rows that are there keep their keys; the next apply rewrites the ledger, without a request"
    }

    private static func aside(_ change: KeyChange) -> String {
        switch change.way {
        case .forms, .rows: ""
        case .renamed:
            ", and the columns of before are gone: they count as renamed, so that an item stays with the row whose new "
                + "key has the same text"
        case .nothing: ", and no row tells what its old key was"
        }
    }

    private static func counts(_ outcome: KeyChange.Outcome) -> String {
        let staying = outcome.items - outcome.left
        return "\(staying) of \(outcome.items) items stay with their rows"
            + (outcome.changed > 0
                ? ", \(outcome.changed) of them with a new key (a request each, and one more where another item still "
                    + "carries it)" : "")
    }

    private static func fate(_ outcome: KeyChange.Outcome, _ deletes: SyncDefinition.Deletes) -> String {
        guard outcome.left > 0 else { return "" }
        let fate =
            switch deletes {
            case .propagate: "is deleted"
            case .mark: "is marked as deleted"
            case .retain: "stays as that of a row that is gone"
            }
        return
            "; of \(outcome.left) items no row has the key, so that each \(fate), and \(outcome.newRows) items are made "
            + "for rows without one"
    }

    private static func remedy(_ change: KeyChange, _ outcome: KeyChange.Outcome) -> String {
        let back =
            "if that was not meant, set `key: [\(change.old.columns.joined(separator: ", "))]` and its types back"
        switch change.way {
        case .rows where outcome.left == 0: return "\(back); else allow the hazard: ids and people's columns stay"
        case .rows:
            return
                "\(back); else allow the hazard: an item without a row is lost with people's columns and its versions"
        case .renamed:
            return
                "\(back); allow the hazard only if the columns were renamed: otherwise items would be taken for those "
                + "of other rows"
        case .forms:
            return
                "\(back); else allow the hazard: an item without a row is lost with people's columns and its versions"
        case .nothing:
            return
                "\(back), or let the table or view show those columns beside the new ones until the change is applied, "
                + "so that items keep their rows; to allow the hazard loses people's columns and versions"
        }
    }
}
