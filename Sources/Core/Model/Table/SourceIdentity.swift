/// Which database this is: recorded at a definition's first apply, so that another one is noticed (`SOURCE_CHANGED`).
package struct SourceIdentity: Hashable, Sendable {
    /// `pg_control_system()`'s identifier, in decimal; `nil` if the role may not ask.
    package var systemIdentifier: String?
    package var database: String
    package var databaseOid: UInt32
    package var role: String
    package var isInRecovery: Bool
    /// `server_version_num`, such as 150018.
    package var serverVersion: Int

    package init(
        systemIdentifier: String?, database: String, databaseOid: UInt32, role: String, isInRecovery: Bool,
        serverVersion: Int
    ) {
        self.systemIdentifier = systemIdentifier
        self.database = database
        self.databaseOid = databaseOid
        self.role = role
        self.isInRecovery = isInRecovery
        self.serverVersion = serverVersion
    }
}
