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

    /// Whether an allowance lets the plan go on. What this version cannot carry out stays blocked whoever allows it: a
    /// column is never replaced or narrowed, and what is not ours is never taken without `adopt`.
    package var canBeAllowed: Bool {
        switch self {
        case .columnTypeReplace, .columnNarrow, .foreignOwner, .keyNotUnique: false
        default: true
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
