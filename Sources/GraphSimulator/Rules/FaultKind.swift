/// What goes wrong when a fault strikes.
package enum FaultKind: String, CaseIterable, Sendable {
    case generalException = "500"
    case badGatewayBeforeWrite = "502BeforeWrite"
    case badGatewayAfterWrite = "502AfterWrite"
    case timeoutBeforeWrite = "504BeforeWrite"
    case timeoutAfterWrite = "504AfterWrite"
    /// The answer is 504 and the write is done later.
    case timeoutThenWrite = "504WriteLater"
    case unavailable = "503"
    case emptyUnavailable = "503Empty"
    case throttled = "429"
    case notVisible = "404"
    case resourceModified = "409ResourceModified"
    case locked = "423"
    case unauthorized = "401"
    case resetBeforeWrite
    case resetAfterWrite
    /// The connection closes and the write is done later.
    case resetThenWrite = "resetWriteLater"
    case cutBody
    /// The right answer, held back until its time is over or its rule is taken away.
    case slow

    /// A conflict whose code no documentation has.
    case unknownConflict = "409Unknown"
    /// The answer is 429 although the write was done.
    case throttledAfterWrite = "429AfterWrite"
    /// The site is full.
    case full = "507"
    /// The list goes to the recycle bin before the request is looked at.
    case listDeleted
    /// A collection that was asked for with `$filter` is empty.
    case noHits
    /// The connection ends well, but the JSON in it is cut short.
    case truncatedPage
    /// JSON that is no page.
    case oddPage
    /// Links from page to page lead in a circle.
    case circularPages
    /// Page after page is empty and has a next link.
    case endlessPages

    /// Whether the service acts before the fault shows.
    var actsFirst: Bool {
        switch self {
        case .badGatewayAfterWrite, .timeoutAfterWrite, .throttledAfterWrite, .resetAfterWrite, .cutBody, .slow: true
        default: isOfPages
        }
    }

    /// Whether the service acts after the fault has shown.
    var actsLater: Bool { self == .timeoutThenWrite || self == .resetThenWrite }

    /// Whether it spoils the page that was asked for.
    package var isOfPages: Bool {
        switch self {
        case .noHits, .truncatedPage, .oddPage, .circularPages, .endlessPages: true
        default: false
        }
    }

    /// What a rule strikes that names no operations; empty for every operation but the batch envelope and the token.
    var usualOperations: Set<Operation> {
        switch self {
        case .full: [.createItem, .patchItem, .createList, .patchList, .createColumn, .patchColumn]
        case .listDeleted: Operation.ofItems
        case .noHits: [.listItems]
        case .truncatedPage, .oddPage, .circularPages, .endlessPages: [.delta]
        default: []
        }
    }

    /// What a rule of the kind `any` draws from: the failures that a client rides out by trying again. A second 401 in
    /// a row, a full site and what comes after them in the list are no such failures.
    package static let any: [FaultKind] = [
        .generalException, .badGatewayBeforeWrite, .badGatewayAfterWrite, .timeoutBeforeWrite, .timeoutAfterWrite,
        .timeoutThenWrite, .unavailable, .emptyUnavailable, .throttled, .notVisible, .resourceModified, .locked,
        .resetBeforeWrite, .resetAfterWrite, .resetThenWrite, .cutBody, .slow,
    ]
}
