internal import Core

/// Stops a kind of effect that mostly fails: more than a fifth of the last hundred were refused (SPEC §13).
struct Breaker: Hashable {
    private var last: [Bool] = []
    private var next = 0
    private static let window = 100
    /// Parts of fewer rows say nothing (SPEC §13: above 20). Fewer results are judged as if those that lack had gone well:
    /// rows of the first wave that dropped out, because they changed meanwhile, do not let the others pass.
    private static let least = 21

    var refused: Int { last.count(where: \.self) }
    var seen: Int { last.count }
    var isOpen: Bool { refused * 5 > max(last.count, Self.least) }

    mutating func note(_ result: RowResult) {
        let isRefusal: Bool
        switch result {
        case .quarantined(let code, _):
            switch code {
            case .refused, .keyCollision: isRefusal = true
            default: isRefusal = false
            }
        case .done, .leftDeleted: isRefusal = false
        case .failed(let failure):
            // A change or a delete that the service refuses as it is. Whatever else failed says nothing of the rows.
            guard failure.kind == .refused || failure.kind == .conflict else { return }
            isRefusal = true
        case .uniqueValue, .settled, .unsettled: return
        }
        if last.count < Self.window {
            last.append(isRefusal)
        } else {
            last[next] = isRefusal
            next = (next + 1) % Self.window
        }
    }
}
