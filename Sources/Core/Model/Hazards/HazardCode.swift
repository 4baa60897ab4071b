/// A danger that blocks a plan until somebody allows it (SPEC §5).
package enum HazardCode: String, Hashable, Sendable, CaseIterable {
    case listDelete = "LIST_DELETE"
    case columnDeleteData = "COLUMN_DELETE_DATA"
    case columnTypeReplace = "COLUMN_TYPE_REPLACE"
    case columnNarrow = "COLUMN_NARROW"
    case requiredOnExisting = "REQUIRED_ON_EXISTING"
    case uniqueOnExisting = "UNIQUE_ON_EXISTING"
    case rowDeleteLimit = "ROW_DELETE_LIMIT"
    case rowCreateLimit = "ROW_CREATE_LIMIT"
    case rowUpdateLimit = "ROW_UPDATE_LIMIT"
    case rowMoveLimit = "ROW_MOVE_LIMIT"
    case rejectLimit = "REJECT_LIMIT"
    case writeLoop = "WRITE_LOOP"
    case emptySource = "EMPTY_SOURCE"
    case definitionsVanished = "DEFINITIONS_VANISHED"
    case probableRename = "PROBABLE_RENAME"
    case foreignOwner = "FOREIGN_OWNER"
    case shardRuleRemaps = "SHARD_RULE_REMAPS"
    case itemLoses = "ITEM_LOSES"
    case precisionLoss = "PRECISION_LOSS"
    case caseCollision = "CASE_COLLISION"
    case keyNotUnique = "KEY_NOT_UNIQUE"
    case keyChanged = "KEY_CHANGED"
    case sourceChanged = "SOURCE_CHANGED"
    case metaStoreBehind = "META_STORE_BEHIND"
    case siteMoved = "SITE_MOVED"
    case listGone = "LIST_GONE"
    case timeZoneMismatch = "TIMEZONE_MISMATCH"
    case guardLoosened = "GUARD_LOOSENED"
    case listTooWide = "LIST_TOO_WIDE"
    case keysLost = "KEYS_LOST"

    /// Whether an allowance lets the plan go on.
    package var canBeAllowed: Bool { whyNeverAllowed == nil }

    /// Why no allowance lets the plan go on: this version cannot carry it out, or doing so would lose what nobody can
    /// bring back. `nil` where an allowance counts.
    package var whyNeverAllowed: String? {
        switch self {
        case .columnTypeReplace: "a column is never replaced, because its values would be lost"
        case .columnNarrow: "a column is never narrowed, because values that it holds would no longer fit"
        case .foreignOwner: "what is not ours is taken over only where lists: { …: { adopt: true } } says so"
        case .keyNotUnique: "rows with the same key cannot be told apart"
        case .metaStoreBehind:
            "what the meta-store does not know it cannot compare: only syncbridge recover brings it up to date"
        case .caseCollision: "SharePoint takes the two names for one, so that nobody can say which list is meant"
        case .precisionLoss: "a number that the column cannot hold is rejected with its row; type: text holds it"
        case .listDelete, .columnDeleteData, .requiredOnExisting, .uniqueOnExisting, .rowDeleteLimit, .rowCreateLimit,
            .rowUpdateLimit, .rowMoveLimit, .rejectLimit, .writeLoop, .emptySource, .definitionsVanished,
            .probableRename, .shardRuleRemaps, .itemLoses, .keyChanged, .sourceChanged,
            .siteMoved, .listGone, .timeZoneMismatch, .guardLoosened, .listTooWide, .keysLost:
            nil
        }
    }

    /// Warnings are shown first and do not block.
    package var blocks: Bool {
        switch self {
        case .guardLoosened, .shardRuleRemaps, .siteMoved: false
        default: true
        }
    }
}
