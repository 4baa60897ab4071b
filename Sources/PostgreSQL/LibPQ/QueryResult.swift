internal import CPostgres

/// Owns one PGresult.
struct QueryResult: ~Copyable {
    private let pointer: OpaquePointer

    init?(_ pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    deinit { PQclear(pointer) }

    var status: ExecStatusType { PQresultStatus(pointer) }

    /// `COMMIT`, `ROLLBACK`, `INSERT 0 5`.
    var commandTag: String { PQcmdStatus(pointer).map { String(cString: $0) } ?? "" }

    /// Nil if the statement did what it should.
    func error(server: ServerAddress?) -> PostgreSQLError? {
        switch status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_EMPTY_QUERY: nil
        default: PostgreSQLError(result: pointer, server: server)
        }
    }

    func rows() -> ResultRows {
        let rowCount = Int(PQntuples(pointer))
        let columns = self.columns
        var block: [UInt8] = []
        var values: [Range<Int>?] = []
        values.reserveCapacity(rowCount * columns.count)
        for row in 0..<Int32(rowCount) {
            for column in 0..<Int32(columns.count) {
                guard PQgetisnull(pointer, row, column) == 0, let value = PQgetvalue(pointer, row, column) else {
                    values.append(nil)
                    continue
                }
                let start = block.count
                block.append(
                    contentsOf: UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(pointer, row, column))))
                values.append(start..<block.count)
            }
        }
        return ResultRows(columns: columns, affected: affected, count: rowCount, block: block, values: values)
    }

    var columns: [ResultColumn] {
        (0..<PQnfields(pointer)).map { column in
            ResultColumn(
                name: PQfname(pointer, column).map { String(cString: $0) } ?? "", typeOID: PQftype(pointer, column),
                typeModifier: PQfmod(pointer, column))
        }
    }

    /// Of PQdescribePrepared: `pg_type.oid` of each `$n`.
    var parameterTypes: [UInt32] {
        (0..<PQnparams(pointer)).map { PQparamtype(pointer, $0) }
    }

    /// PQcmdTuples is empty for statements that count no rows.
    var affected: Int { PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0 }
}
