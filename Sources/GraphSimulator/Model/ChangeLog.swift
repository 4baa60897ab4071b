/// The changes of a list's items in the order in which they happened, numbered from one. Only the newest change of an
/// item counts; an older one leaves a gap.
struct ChangeLog {
    private struct Entry {
        /// 0 if a newer change has taken its place.
        var item: Int32
        /// The request that made it, for a feed that lags by requests. Wraps around.
        var request: UInt32
        /// Milliseconds since 1970.
        var time: Int64
    }

    private var entries: [Entry] = []

    /// The number of the newest change; 0 if there is none.
    var last: Int { entries.count }

    /// - Parameter earlier: The number of the item's last change, 0 if it is new.
    /// - Returns: The number of the change.
    mutating func append(_ item: Int, superseding earlier: Int, at time: Int64, request: Int) -> Int {
        clear(earlier)
        entries.append(
            Entry(item: Int32(truncatingIfNeeded: item), request: UInt32(truncatingIfNeeded: request), time: time))
        return entries.count
    }

    /// Puts a change where it was, for a state that is being loaded.
    mutating func restore(_ item: Int, at number: Int, superseding earlier: Int, time: Int64) {
        guard number >= 1 else { return }
        clear(earlier)
        reserve(upTo: number)
        entries[number - 1] = Entry(item: Int32(truncatingIfNeeded: item), request: 0, time: time)
    }

    /// Makes the next change come after `last`.
    mutating func reserve(upTo last: Int) {
        while entries.count < last { entries.append(Entry(item: 0, request: 0, time: 0)) }
    }

    private mutating func clear(_ number: Int) {
        if number >= 1, number <= entries.count { entries[number - 1].item = 0 }
    }

    /// The item whose newest change has this number.
    func item(at number: Int) -> Int? {
        guard number >= 1, number <= entries.count, entries[number - 1].item > 0 else { return nil }
        return Int(entries[number - 1].item)
    }

    /// The number of the newest change that happened at `time` or before, more than `requests` requests before
    /// `request`.
    func last(until time: Int64, request: Int, lagRequests requests: Int) -> Int {
        var number = entries.count
        let present = UInt32(truncatingIfNeeded: request)
        while number > 0 {
            let entry = entries[number - 1]
            if entry.time <= time, requests == 0 || Int(present &- entry.request) > requests { return number }
            number -= 1
        }
        return 0
    }
}
