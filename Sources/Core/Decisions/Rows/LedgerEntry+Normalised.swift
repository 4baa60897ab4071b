extension LedgerEntry {
    /// Fields that the service keeps otherwise than they were sent.
    package var normalisedFields: [Int] {
        guard let remoteHashes, remoteHashes.count == fieldHashes.count else { return [] }
        return remoteHashes.indices.filter { index in
            remoteHashes[index] != fieldHashes[index] && fieldHashes[index] != RowBase.unknown
                && remoteHashes[index] != RowBase.unknown
        }
    }
}
