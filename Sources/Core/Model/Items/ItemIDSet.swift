/// Item ids that were seen, as runs of consecutive numbers: a list of a million items has a few.
package struct ItemIDSet: Hashable, Sendable {
    /// Ascending, apart from each other.
    private var runs: [ClosedRange<Int64>] = []

    package init() {}

    package var isEmpty: Bool { runs.isEmpty }

    package func contains(_ id: Int64) -> Bool {
        let at = position(id)
        return runs.indices.contains(at) && runs[at].contains(id)
    }

    package mutating func insert(_ id: Int64) {
        let at = position(id)
        if runs.indices.contains(at), runs[at].contains(id) { return }
        let joinsLeft = at > 0 && runs[at - 1].upperBound == id - 1
        let joinsRight = runs.indices.contains(at) && runs[at].lowerBound == id + 1
        switch (joinsLeft, joinsRight) {
        case (true, true):
            runs[at - 1] = runs[at - 1].lowerBound...runs[at].upperBound
            runs.remove(at: at)
        case (true, false): runs[at - 1] = runs[at - 1].lowerBound...id
        case (false, true): runs[at] = id...runs[at].upperBound
        case (false, false): runs.insert(id...id, at: at)
        }
    }

    /// The first run that does not end before `id`.
    private func position(_ id: Int64) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].upperBound < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
