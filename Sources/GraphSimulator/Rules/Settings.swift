package import Core

/// The switches of the simulator. A default is the stricter of the behaviours that the service may have.
package struct Settings: Hashable, Sendable {
    // Pages.
    /// Items on a page without `$top`.
    package var itemsPageSize = 200
    /// A larger `$top` counts as this.
    package var itemsPageSizeMax = 5000
    package var listsPageSize = 200
    package var columnsPageSize = 200
    /// Every collection begins with an empty page that has a next link.
    package var leadingEmptyPage = false

    // Text and uniqueness.
    /// 400 `invalidRequest` or 409 `conflict`.
    package var uniqueViolationStatus = 400
    /// Whether `ab` and `AB` differ in unique columns, filters and sorting.
    package var caseSensitiveText = false
    /// Whether two items without a value violate uniqueness.
    package var blanksBreakUniqueness = false

    // Lists and columns.
    /// 409 `nameAlreadyExists` or 400 `invalidRequest`.
    package var duplicateColumnStatus = 409
    /// Whether `columns` of a new list keep `indexed`, `enforceUniqueValues` and `hidden`.
    package var honourColumnFlagsInNewList = false
    /// What becomes of the `columns` of a new list: they are `taken`, only the `first` is, they are `ignored`, or a POST with
    /// more than one is `refused`.
    package var newListColumns = "taken"
    /// Whether more of a facet can be changed than the few properties known to work.
    package var wideFacetChanges = false
    package var deleteIndexedColumns = false
    package var hyperlinkColumns = true
    /// What a `dateTime` column without `format` becomes: `refuse`, `dateOnly` or `dateTime`.
    package var dateTimeFormatDefault = "refuse"
    /// What a multi-line column without `textType` becomes: `richText` or `plain`.
    package var textTypeDefault = "richText"
    package var indexesMax = 20
    /// An index can be made or removed only up to so many items.
    package var indexItemsMax = 20_000
    package var listsMax = 2000
    /// A list with more items cannot be deleted in one go.
    package var deleteListItemsMax = 100_000
    /// A query that must look at more items than this fails.
    package var viewThreshold = 5000

    // Values.
    package var showHiddenInWriteAnswers = false
    /// Whether a PATCH that changes nothing makes a new version.
    package var unchangedPatchMakesVersion = true
    /// Whether an explicit null on creation keeps a column's default away.
    package var nullOverridesDefault = true
    /// Whether a column keeps its default: `taken`, or `ignored` for a service that drops it without a word.
    package var columnDefaults = "taken"
    package var nullClearsMultiValue = true
    package var checkChoices = true
    package var checkLookupTargets = true
    /// Text beyond 63,999 characters: `refuse` or `cut`.
    package var longText = "refuse"
    /// How line ends of multi-line text are stored: `kept`, `crlf` or `lf`.
    package var lineEnds = "kept"
    /// How texts are stored: `kept`, `trimmed` of blanks behind them, or in the normal form `nfc`.
    package var storedTexts = "kept"
    /// How answers to writes show texts: as `stored`, `trimmed` or in `nfc`.
    package var answerTexts = "stored"
    /// How answers to writes show dates: as `stored`, or `shifted` by the site's offset.
    package var answerDates = "stored"
    /// Whether whole numbers are written as `5.0`.
    package var wholeNumbersWithFraction = false
    /// A time without a zone: `refuse`, `utc` or `site`.
    package var unzonedTimes = "refuse"
    /// Whether multi-choice values come back in another order than they were written.
    package var multiChoiceSorted = false
    /// The name of the site's zone; `dateOnly` values are midnight there.
    package var timeZone = "UTC"

    // Answers and batches.
    package var locationHeader = false
    package var shuffleBatch = true
    /// The status of a batch in which a part was throttled: 200 or 424.
    package var batchThrottledStatus = 200
    /// Whether two writes to one item in a parallel batch collide.
    package var batchItemCollisions = true
    package var parallelSchemaCollisions = true

    // Time and visibility.
    package var tokenLifetimeSeconds = 3599
    /// How long the server holds an answer back, in real time.
    package var latencyMilliseconds = 0
    /// Whether the server's real time no longer moves the clock.
    package var clockFrozen = false
    /// For so many calls a new list is not found.
    package var hideNewListCalls = 0
    /// For so many calls a new column is not known.
    package var hideNewColumnCalls = 0
    /// For so long a new item is missing from collections; reading it by id works.
    package var collectionLagSeconds = 0

    // The change feed.
    /// Entries on a page without `$top`.
    package var deltaPageSize = 200
    /// A larger `$top` counts as this.
    package var deltaPageSizeMax = 5000
    /// Whether links show the options of the first request beside the token, as drives do.
    package var deltaOptionsInLinks = false
    package var deltaTokenLifeSeconds = 5_184_000
    /// How the answer to an expired token spells its code: a word of ``ResyncSpelling``.
    package var deltaResyncCode = "resyncChangesApplyDifferences"
    /// So many in a hundred deleted items come as an element with an error.
    package var deltaErrorElementPercent = 0
    /// A change shows only after so many requests more.
    package var deltaLagRequests = 0
    /// A change shows only after so long.
    package var deltaLagSeconds = 0
    /// To each entry, with this chance, an item that was delivered before comes again; to an empty page one at most.
    package var deltaReplayPercent = 0
    /// With this chance an entry that comes again shows the item's previous version.
    package var deltaOldVersionPercent = 0
    /// With this chance an entry comes twice on its page.
    package var deltaDuplicatePercent = 0
    /// Whether the entries of a page are in no order.
    package var deltaDisorder = false
    /// With this chance an empty page with a next link comes first; never two in a row.
    package var deltaEmptyPagePercent = 0

    // Recycle bin and retention.
    /// What becomes of a restored item whose unique value another has now: `refuse`, or `allow` to have both.
    package var restoreTakenValue = "refuse"
    /// The status of a write that a retention label forbids: 423, 403 or 400.
    package var retentionLabelStatus = 423
    /// What a retention label forbids: `all` or `deletes`.
    package var retentionLabelForbids = "all"

    // Quota.
    package var enforceQuota = false
    /// `sliding` or `fixed`.
    package var quotaWindow = "sliding"
    package var quotaPerMinute = 1250
    package var quotaPerDay = 1_200_000
    package var quotaPerTenantFiveMinutes = 18_750
    /// 429 or 503.
    package var throttleStatus = 429
    /// `whole`, `fractional`, `date` or `missing`.
    package var retryAfterStyle = "whole"
    /// A call that arrives so soon after the throttled answer may have been under way: it is no bad manners.
    package var retryAfterGraceMilliseconds = 0

    package init() {}
}

extension Settings {
    private enum Field: Sendable {
        case flag(any WritableKeyPath<Settings, Bool> & Sendable)
        case count(any WritableKeyPath<Settings, Int> & Sendable, ClosedRange<Int>)
        case status(any WritableKeyPath<Settings, Int> & Sendable, [Int])
        case word(any WritableKeyPath<Settings, String> & Sendable, [String])
    }

    private static let anyCount = 0...1_000_000_000
    private static let percent = 0...100

    private static let fields: [(name: String, field: Field)] = [
        ("itemsPageSize", .count(\.itemsPageSize, 1...5000)),
        ("itemsPageSizeMax", .count(\.itemsPageSizeMax, 1...5000)),
        ("listsPageSize", .count(\.listsPageSize, 1...5000)),
        ("columnsPageSize", .count(\.columnsPageSize, 1...5000)),
        ("leadingEmptyPage", .flag(\.leadingEmptyPage)),
        ("uniqueViolationStatus", .status(\.uniqueViolationStatus, [400, 409])),
        ("caseSensitiveText", .flag(\.caseSensitiveText)),
        ("blanksBreakUniqueness", .flag(\.blanksBreakUniqueness)),
        ("duplicateColumnStatus", .status(\.duplicateColumnStatus, [400, 409])),
        ("honourColumnFlagsInNewList", .flag(\.honourColumnFlagsInNewList)),
        ("newListColumns", .word(\.newListColumns, ["taken", "first", "ignored", "refused"])),
        ("wideFacetChanges", .flag(\.wideFacetChanges)),
        ("deleteIndexedColumns", .flag(\.deleteIndexedColumns)),
        ("hyperlinkColumns", .flag(\.hyperlinkColumns)),
        ("dateTimeFormatDefault", .word(\.dateTimeFormatDefault, ["refuse", "dateOnly", "dateTime"])),
        ("textTypeDefault", .word(\.textTypeDefault, ["richText", "plain"])),
        ("indexesMax", .count(\.indexesMax, anyCount)),
        ("indexItemsMax", .count(\.indexItemsMax, anyCount)),
        ("listsMax", .count(\.listsMax, anyCount)),
        ("deleteListItemsMax", .count(\.deleteListItemsMax, anyCount)),
        ("viewThreshold", .count(\.viewThreshold, anyCount)),
        ("showHiddenInWriteAnswers", .flag(\.showHiddenInWriteAnswers)),
        ("unchangedPatchMakesVersion", .flag(\.unchangedPatchMakesVersion)),
        ("nullOverridesDefault", .flag(\.nullOverridesDefault)),
        ("columnDefaults", .word(\.columnDefaults, ["taken", "ignored"])),
        ("nullClearsMultiValue", .flag(\.nullClearsMultiValue)),
        ("checkChoices", .flag(\.checkChoices)),
        ("checkLookupTargets", .flag(\.checkLookupTargets)),
        ("longText", .word(\.longText, ["refuse", "cut"])),
        ("lineEnds", .word(\.lineEnds, ["kept", "crlf", "lf"])),
        ("storedTexts", .word(\.storedTexts, ["kept", "trimmed", "nfc"])),
        ("answerTexts", .word(\.answerTexts, ["stored", "trimmed", "nfc"])),
        ("answerDates", .word(\.answerDates, ["stored", "shifted"])),
        ("wholeNumbersWithFraction", .flag(\.wholeNumbersWithFraction)),
        ("unzonedTimes", .word(\.unzonedTimes, ["refuse", "utc", "site"])),
        ("multiChoiceSorted", .flag(\.multiChoiceSorted)),
        ("timeZone", .word(\.timeZone, [])),
        ("locationHeader", .flag(\.locationHeader)),
        ("shuffleBatch", .flag(\.shuffleBatch)),
        ("batchThrottledStatus", .status(\.batchThrottledStatus, [200, 424])),
        ("batchItemCollisions", .flag(\.batchItemCollisions)),
        ("parallelSchemaCollisions", .flag(\.parallelSchemaCollisions)),
        ("tokenLifetimeSeconds", .count(\.tokenLifetimeSeconds, 1...100_000)),
        ("latencyMilliseconds", .count(\.latencyMilliseconds, 0...600_000)),
        ("clockFrozen", .flag(\.clockFrozen)),
        ("hideNewListCalls", .count(\.hideNewListCalls, anyCount)),
        ("hideNewColumnCalls", .count(\.hideNewColumnCalls, anyCount)),
        ("collectionLagSeconds", .count(\.collectionLagSeconds, anyCount)),
        ("deltaPageSize", .count(\.deltaPageSize, 1...5000)),
        ("deltaPageSizeMax", .count(\.deltaPageSizeMax, 1...5000)),
        ("deltaOptionsInLinks", .flag(\.deltaOptionsInLinks)),
        ("deltaTokenLifeSeconds", .count(\.deltaTokenLifeSeconds, 1...1_000_000_000)),
        ("deltaResyncCode", .word(\.deltaResyncCode, ResyncSpelling.words)),
        ("deltaErrorElementPercent", .count(\.deltaErrorElementPercent, percent)),
        ("deltaLagRequests", .count(\.deltaLagRequests, anyCount)),
        ("deltaLagSeconds", .count(\.deltaLagSeconds, anyCount)),
        ("deltaReplayPercent", .count(\.deltaReplayPercent, percent)),
        ("deltaOldVersionPercent", .count(\.deltaOldVersionPercent, percent)),
        ("deltaDuplicatePercent", .count(\.deltaDuplicatePercent, percent)),
        ("deltaDisorder", .flag(\.deltaDisorder)),
        ("deltaEmptyPagePercent", .count(\.deltaEmptyPagePercent, percent)),
        ("restoreTakenValue", .word(\.restoreTakenValue, ["refuse", "allow"])),
        ("retentionLabelStatus", .status(\.retentionLabelStatus, [423, 403, 400])),
        ("retentionLabelForbids", .word(\.retentionLabelForbids, ["all", "deletes"])),
        ("enforceQuota", .flag(\.enforceQuota)),
        ("quotaWindow", .word(\.quotaWindow, ["sliding", "fixed"])),
        ("quotaPerMinute", .count(\.quotaPerMinute, 1...1_000_000_000)),
        ("quotaPerDay", .count(\.quotaPerDay, 1...1_000_000_000)),
        ("quotaPerTenantFiveMinutes", .count(\.quotaPerTenantFiveMinutes, 1...1_000_000_000)),
        ("throttleStatus", .status(\.throttleStatus, [429, 503])),
        ("retryAfterStyle", .word(\.retryAfterStyle, ["whole", "fractional", "date", "missing"])),
        ("retryAfterGraceMilliseconds", .count(\.retryAfterGraceMilliseconds, 0...600_000)),
    ]

    package var json: JSON {
        .object(
            Settings.fields.map { name, field in
                switch field {
                case .flag(let path): JSON.Member(name, .bool(self[keyPath: path]))
                case .count(let path, _), .status(let path, _): JSON.Member(name, .number(self[keyPath: path]))
                case .word(let path, _): JSON.Member(name, .string(self[keyPath: path]))
                }
            })
    }

    /// Changes the settings that `json` names and leaves the others.
    /// - Returns: What is wrong with it, in words; then nothing was changed.
    package mutating func merge(_ json: JSON) -> String? {
        guard let members = json.members else { return "settings are an object" }
        var changed = self
        for member in members {
            guard let field = Settings.fields.first(where: { $0.name == member.name })?.field else {
                return "there is no setting '\(member.name)'"
            }
            switch (field, member.value) {
            case (.flag(let path), .bool(let value)): changed[keyPath: path] = value
            case (.count(let path, let range), _) where member.value.integer.map(range.contains) == true:
                changed[keyPath: path] = member.value.integer ?? 0
            case (.status(let path, let allowed), _) where member.value.integer.map(allowed.contains) == true:
                changed[keyPath: path] = member.value.integer ?? 0
            case (.word(let path, let allowed), .string(let word)) where allowed.isEmpty || allowed.contains(word):
                changed[keyPath: path] = word
            default: return "'\(member.name)' does not take this value"
            }
        }
        self = changed
        return nil
    }
}
