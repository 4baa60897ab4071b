/// A danger, with its evidence and what to do about it.
package struct Hazard: Hashable, Sendable {
    package var code: HazardCode
    package var address: Address
    package var message: String
    /// Rows concerned; `nil` where rows are not what counts.
    package var rows: Int?
    package var remedy: String
    package var place: SourceRange?
    /// What allowed it: a place in the manifests or the flag; `nil` while nothing does.
    package var allowedBy: String?
    /// Why an allowance that somebody gave does not let the plan go on; `nil` where nobody gave one, or it counts.
    package var note: String?

    package init(
        _ code: HazardCode, at address: Address, _ message: String, rows: Int? = nil, remedy: String,
        place: SourceRange? = nil
    ) {
        self.code = code
        self.address = address
        self.message = message
        self.rows = rows
        self.remedy = remedy
        self.place = place
    }

    package var blocks: Bool { code.blocks && allowedBy == nil }
}
