/// The schema that the meta-store lives in.
package protocol SchemaStore: Sendable {
    func schemaState() async throws(Failure) -> MetaStoreSchema
    /// Brings the schema up to date; safe beside other migrators. Returns the versions it applied.
    func migrate() async throws(Failure) -> [Int]
}

package enum MetaStoreSchema: Hashable, Sendable {
    /// There is no schema of ours yet.
    case absent
    case current(version: Int)
    /// The version before, or this one without a function that this program calls: what only reads works with it.
    case previous(version: Int, needed: Int)
    /// Older than that.
    case behind(version: Int, needed: Int)
    /// Made by a newer program.
    case newer(version: Int, known: Int)
}

extension MetaStoreSchema {
    /// - Throws: `denied` if the schema is older than the version before, `error` if it is newer than this program.
    package func requireReadable() throws(Failure) {
        switch self {
        case .absent, .current, .previous: return
        case .behind(let version, let needed): throw Self.old(version, needed)
        case .newer(let version, let known): throw Self.new(version, known)
        }
    }

    /// - Throws: As ``requireReadable()``, and `denied` for the version before.
    package func requireWritable() throws(Failure) {
        switch self {
        case .absent, .current: return
        case .previous(let version, let needed): throw Self.old(version, needed)
        case .behind, .newer: try requireReadable()
        }
    }

    private static func old(_ version: Int, _ needed: Int) -> Failure {
        Failure(
            .denied, while: "opening the meta-store",
            because: version == needed
                ? "its schema lacks functions that this program calls"
                : "its schema has version \(version), and this program needs \(needed)",
            help: "run syncbridge migrate, or, for the version before, apply --migrate")
    }

    private static func new(_ version: Int, _ known: Int) -> Failure {
        Failure(
            .unclassified, while: "opening the meta-store",
            because: "its schema has version \(version), and this program knows \(known)",
            help: "use the program that made it, or a newer one")
    }
}
