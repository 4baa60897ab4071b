/// Whether the meta-store's schema is the one that this program works with.
package protocol SchemaStore: Sendable {
    func schemaState() async throws(Failure) -> MetaStoreSchema
    /// Brings the schema up to date; safe beside other migrators. Returns the versions it applied.
    func migrate() async throws(Failure) -> [Int]
}

package enum MetaStoreSchema: Hashable, Sendable {
    /// There is no schema of ours yet.
    case absent
    case current(version: Int)
    case behind(version: Int, needed: Int)
    /// Made by a newer program.
    case newer(version: Int, known: Int)
}
