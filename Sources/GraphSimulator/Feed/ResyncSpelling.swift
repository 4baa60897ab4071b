/// How an expired feed token is told of: the documentation and other programs know several spellings.
enum ResyncSpelling {
    /// Drawn anew for each answer.
    static let any = "any"

    static let words = [
        "resyncChangesApplyDifferences", "resyncChangesUploadDifferences", "resyncApplyDifferences",
        "resyncUploadDifferences", "resyncRequired", "syncStateNotFound", "ResyncRequired", "SyncStateNotFound",
        "SyncStateInvalid", "nested", any,
    ]

    /// 410 in the spelling that `word` names.
    static func error(_ word: String, _ random: inout SeededRandom) -> GraphError {
        let message = "Resync required. Replace any local items with the server's version (including deletes)."
        switch word {
        case any: return error(words.dropLast().randomElement(using: &random) ?? words[0], &random)
        case "resyncApplyDifferences", "resyncUploadDifferences":
            return GraphError(410, "resyncRequired", message, innerCode: word)
        case "nested":
            var error = GraphError(410, "generalException", message, innerCode: "resyncRequired")
            error.innermostCode = "resyncChangesApplyDifferences"
            return error
        default: return GraphError(410, word, message)
        }
    }
}
