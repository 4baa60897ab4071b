/// The description of a list's `SyncBridgeKey` column: it marks the list as ours and says which one it is (SPEC §2).
package struct Stamp: Hashable, Sendable {
    package var metaStoreID: String
    package var project: String
    package var definitionID: String
    package var prefix: String
    /// The list's name in the manifests.
    package var list: String

    package init(metaStoreID: String, project: String, definitionID: String, prefix: String, list: String) {
        self.metaStoreID = metaStoreID
        self.project = project
        self.definitionID = definitionID
        self.prefix = prefix
        self.list = list
    }

    package var text: String {
        "syncbridge:v1 \(metaStoreID) \(project) \(definitionID) \(prefix) \(PercentEncoding.encode(list))"
    }

    /// - Returns: `nil` for any other description.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[0] == "syncbridge:v1", words.allSatisfy({ !$0.isEmpty }),
            let list = PercentEncoding.decode(words[5])
        else { return nil }
        self.init(
            metaStoreID: String(words[1]), project: String(words[2]), definitionID: String(words[3]),
            prefix: String(words[4]), list: list)
    }
}
