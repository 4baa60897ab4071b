internal import Core

/// What goes wrong in a world, and how often: probabilities for each call or boundary.
package struct Faults: Sendable {
    // The process.
    var crash = 0.0
    var pause = 0.0
    // Calls on the site.
    var slow = 0.0
    /// A request waits for its turn: the service throttles, or others are before it.
    var queue = 0.0
    /// The effect takes place, and its answer is lost.
    var lostAnswer = 0.0
    var lostRequest = 0.0
    /// The request is given up, and takes effect some seconds later.
    var late = 0.0
    var transient = 0.0
    var throttled = 0.0
    var unreachable = 0.0
    var locked = 0.0
    /// A save conflict that leaves no mark.
    var conflict = 0.0
    // The databases.
    var storeFailure = 0.0
    /// The statement is done, and the connection broke before its answer.
    var storeDoubt = 0.0
    var sourceFailure = 0.0
    // The change feed.
    var expired = 0.0
    var feedFailure = 0.0
    var feed = MemoryTenant.FeedManner()

    package static let none = Faults()

    /// What a client says that waited in vain.
    var doubts: [SiteFailure.Kind] = [.transient, .transient, .malformed, .cancelled, .throttled, .unreachable]

    /// How long after it was sent a request may still take effect: less than the settle margin.
    static let lateSeconds = 0.5...55.0

    init() {}

    /// The same without what keeps a key from being looked up, or lets a request arrive when it was.
    init(doubtsOnly faults: Faults) {
        self = faults
        (late, queue, pause) = (0, 0, 0)
        (transient, throttled, unreachable, locked) = (0, 0, 0, 0)
        doubts = [.transient, .malformed]
    }

    init(_ random: inout SeededRandom) {
        if random.chance(0.08) { return }
        func rate(_ most: Double, _ often: Double, _ random: inout SeededRandom) -> Double {
            guard random.chance(often) else { return 0 }
            // Mostly few, sometimes many.
            let part = random.fraction()
            return most * part * part
        }
        crash = rate(0.04, 0.6, &random)
        pause = rate(0.02, 0.35, &random)
        slow = rate(0.2, 0.3, &random)
        queue = rate(0.2, 0.3, &random)
        lostAnswer = rate(0.3, 0.5, &random)
        lostRequest = rate(0.3, 0.4, &random)
        late = rate(0.25, 0.4, &random)
        transient = rate(0.2, 0.3, &random)
        throttled = rate(0.1, 0.3, &random)
        unreachable = rate(0.05, 0.2, &random)
        locked = rate(0.05, 0.2, &random)
        conflict = rate(0.1, 0.2, &random)
        storeFailure = rate(0.03, 0.25, &random)
        storeDoubt = rate(0.03, 0.25, &random)
        sourceFailure = rate(0.05, 0.15, &random)
        expired = rate(0.3, 0.3, &random)
        feedFailure = rate(0.1, 0.2, &random)
        if random.chance(0.5) { feed.lag = random.seconds(0...40) }
        feed.pageItems = random.pick([1, 2, 5, 100]) ?? 100
        feed.repeats = rate(0.5, 0.4, &random)
        feed.olderStates = rate(0.7, 0.4, &random)
        feed.replays = rate(0.7, 0.4, &random)
        feed.isShuffled = random.chance(0.4)
        feed.errors = rate(0.3, 0.25, &random)
        feed.emptyPage = rate(0.4, 0.3, &random)
    }
}
