/// What a scan reads beside the rows and columns of a definition, so that what became of rows under another spec of the
/// same table is known from the same snapshot.
package struct WiderReading: Hashable, Sendable {
    /// Selected behind the definition's own reads.
    package var reads: [BoundDefinition.Read]
    /// `nil`: the rows are the definition's own, and nothing is said of them.
    package var rows: Rows?

    /// The rows of two conditions. Behind all reads two more columns say of each row, as booleans that are never NULL,
    /// whether it fits the definition's own condition, and whether it fits the other. Of several rows of one key those of
    /// the definition's own condition come first.
    package struct Rows: Hashable, Sendable {
        /// The other condition, in SQL; `nil` for every row.
        package var predicate: String?
        /// Indices of the definition's own reads that only it asks for. An expression among them is not evaluated for a
        /// row that does not fit its condition, nor one of ``WiderReading/reads`` where the other condition does not hold:
        /// the condition may be what keeps it from failing.
        package var ownReads: Set<Int>

        package init(predicate: String?, ownReads: Set<Int>) {
            self.predicate = predicate
            self.ownReads = ownReads
        }
    }

    package init(reads: [BoundDefinition.Read], rows: Rows?) {
        self.reads = reads
        self.rows = rows
    }
}

extension BoundDefinition {
    /// This definition and one of the same table and key, both to be read by one scan.
    /// - Parameter other: As it would be read alone.
    /// - Returns: What is to be read beside the definition's own, `nil` if that is enough; and the other one, which finds its
    ///   columns among all that are read then.
    package func reading(beside other: BoundDefinition) -> (wider: WiderReading?, other: BoundDefinition) {
        var all = reads
        let positions = other.reads.map { read in
            if let known = all.firstIndex(of: read) { return known }
            all.append(read)
            return all.count - 1
        }
        var moved = other
        moved.reads = all
        for index in moved.fields.indices { moved.fields[index].read = positions[other.fields[index].read] }
        moved.shardingReads = other.shardingReads.map { ShardingRead(read: positions[$0.read]) }
        let (own, others) = (definition.predicate?.value, other.definition.predicate?.value)
        let more = Array(all.dropFirst(reads.count))
        if more.isEmpty, own == others { return (nil, moved) }
        let rows = WiderReading.Rows(predicate: others, ownReads: Set(reads.indices).subtracting(positions))
        return (WiderReading(reads: more, rows: own == others ? nil : rows), moved)
    }
}
