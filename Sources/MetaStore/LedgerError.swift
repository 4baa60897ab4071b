internal import Core
internal import PostgreSQL

/// Why nothing of a commit was written.
enum LedgerError: PostgreSQLErrorConvertible {
    case database(PostgreSQLError)
    /// The lease is another's by now.
    case leaseLost(LeaseName)
    /// Another process changed rows since they were read.
    case stale(LeaseName)

    init(_ error: PostgreSQLError) { self = .database(error) }

    func failure(while operation: String) -> Failure {
        switch self {
        case .database(let error): Failure(error, while: operation)
        case .leaseLost(let name):
            Failure(
                .locked, while: operation, address: .definition(name.definition),
                because: "another process took the lease over", help: "run again when it has ended")
        case .stale(let name):
            Failure(
                .stale, while: operation, address: .definition(name.definition),
                because: "rows of the ledger were changed by another process since they were read", help: "run again")
        }
    }
}
