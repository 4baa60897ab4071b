internal import Core

/// Stops a kind of effect that mostly fails: more than a fifth of the last hundred were refused (SPEC §13).
struct Breaker: Hashable {
    private var last: [Bool] = []
    private var next = 0
    private static let window = 100
    /// The first wave. Fewer results are judged as if those that lack had gone well: a row of it that dropped out, because
    /// it changed meanwhile, does not let the others pass, and a single refusal says nothing.
    private static let least = 25

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
        case .uniqueValue, .settled, .unsettled, .failed: return
        }
        if last.count < Self.window {
            last.append(isRefusal)
        } else {
            last[next] = isRefusal
            next = (next + 1) % Self.window
        }
    }
}
