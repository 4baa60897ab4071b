/// One limit of resource units within a length of time.
struct QuotaWindow {
    let lengthMilliseconds: Int64
    private let grainMilliseconds: Int64
    /// Units spent, by the grain of time in which they were.
    private var grains: [(start: Int64, units: Int)] = []
    private var head = 0
    private var sum = 0
    /// Units since the start of the present fixed window.
    private var fixedStart: Int64 = .min
    private var fixedSum = 0

    init(seconds: Int64) {
        lengthMilliseconds = seconds * 1000
        grainMilliseconds = max(1, seconds * 1000 / 2400)
    }

    mutating func add(_ units: Int, at now: Int64) {
        refill(now)
        let start = now - now % grainMilliseconds
        if head < grains.count, grains[grains.count - 1].start == start {
            grains[grains.count - 1].units += units
        } else {
            grains.append((start, units))
        }
        sum += units
        fixedSum += units
    }

    mutating func used(at now: Int64, fixed: Bool) -> Int {
        refill(now)
        return fixed ? fixedSum : sum
    }

    /// Milliseconds until `units` more fit below `limit`; at least one.
    mutating func wait(for units: Int, limit: Int, at now: Int64, fixed: Bool) -> Int64 {
        refill(now)
        if fixed { return max(1, fixedStart + lengthMilliseconds - now) }
        var remaining = sum
        for grain in grains[head...] {
            remaining -= grain.units
            if remaining + units <= limit { return max(1, grain.start + lengthMilliseconds - now) }
        }
        return lengthMilliseconds
    }

    /// The units spent in the running window and before, for a state file.
    var log: [(start: Int64, units: Int)] { Array(grains[head...]) }

    private mutating func refill(_ now: Int64) {
        while head < grains.count, grains[head].start <= now - lengthMilliseconds {
            sum -= grains[head].units
            head += 1
        }
        if head > 4096, head * 2 > grains.count {
            grains.removeFirst(head)
            head = 0
        }
        let start = now - now % lengthMilliseconds
        if start != fixedStart {
            fixedStart = start
            fixedSum = 0
        }
    }
}
