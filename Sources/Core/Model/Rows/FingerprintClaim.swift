/// What a row's fingerprint stands for: a row of these bytes has a projection of this digest, and belongs in this list.
///
/// An entry that agrees with it bears the fingerprint, and as long as the entry stays as it is, a row of the same bytes is
/// unchanged. Where rules ask for the time, it says nothing of the list: that is asked afresh.
package struct FingerprintClaim: Hashable, Sendable {
    package var fingerprint: RowFingerprint
    /// The id of the key that the fingerprint was made with.
    package var key: Int64
    /// Of the projection.
    package var content: Digest
    package var list: ListID
    /// Under which the row was projected.
    package var mappingVersion: Int

    package init(fingerprint: RowFingerprint, key: Int64, content: Digest, list: ListID, mappingVersion: Int) {
        self.fingerprint = fingerprint
        self.key = key
        self.content = content
        self.list = list
        self.mappingVersion = mappingVersion
    }
}

/// A row that was found unchanged by reading it, and whose entry does not say so yet.
package struct FingerprintedRow: Hashable, Sendable {
    package var key: LedgerKey
    package var claim: FingerprintClaim

    package init(key: LedgerKey, claim: FingerprintClaim) {
        self.key = key
        self.claim = claim
    }
}

extension LedgerEntry {
    /// Whether both sides agreed last, and nothing is under way, waits, or was seen since: the state is `synced`, the item
    /// is known, nobody was seen there, and the hashes have today's canonical form.
    package var isAtRest: Bool {
        state == .synced && canonVersion == CanonicalForm.version && item != nil && prior == nil && refusal == nil
            && seenHashes == nil
    }

    /// Whether the entry says of its row what the claim says.
    package func bears(_ claim: FingerprintClaim) -> Bool {
        isAtRest && contentHash == claim.content && list == claim.list && mappingVersion == claim.mappingVersion
    }
}
