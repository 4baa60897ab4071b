/// What a world may have beside what every world has: people who change what is ours, administrators, and a service with
/// moods that other people report of it. Off unless asked for; a world without them is the same as ever.
package enum Extra: String, CaseIterable, Sendable {
    // People and administrators.
    case columnsDeleted, columnsRenamed
    /// Choices come and go, and columns become required.
    case columnsRetyped
    case keyColumnDeleted
    /// The description of the key column is typed over.
    case stampEdited
    /// Keys of items are typed over and emptied.
    case keysChanged
    /// Lists go to the recycle bin and come back.
    case listsDeleted
    /// Lists go for good.
    case listsEnded
    /// Records, files that are checked out: reading works, writing does not.
    case itemsLocked

    // The service.
    /// An item that is there is answered with 404, now and then, and with 200 when asked again.
    case flappingItems
    /// For some requests no item of a list is there, while the list is.
    case absentItems
    /// Since some deletion a list's feed cannot be read.
    case unreadableFeed
    /// The answer to a write shows something else than what is stored.
    case answersDiffer
    /// A site takes no writes for a while.
    case fullSite

    // The source.
    /// The column of a key gets another type in which its values have the same text.
    case keyTypeChanged

    // Later ones come last: each has its chance by its place.
    /// A column's default is dropped without a word.
    case defaultsIgnored
    /// A column's default comes in spite of an explicit null.
    case defaultsWin
    /// The key of a row that has no item is typed into the item of another.
    case keysOfOthers
    /// Rules, conditions and transforms of the manifests change, not only their fields.
    case manifestsChanged
}

/// The extras of one world, each with chance of its own, so that one does not disturb another.
struct Extras {
    let chosen: Set<Extra>
    private var chances: [SeededRandom]

    init(_ chosen: Set<Extra>, seed: UInt64) {
        self.chosen = chosen
        // Streams of neighbouring seeds are the same stream a step apart; a number drawn from each has no neighbours.
        chances = Extra.allCases.indices.map { index in
            var root = SeededRandom(seed: seed, stream: 100 + UInt64(index))
            return SeededRandom(seed: root.next())
        }
    }

    func has(_ extra: Extra) -> Bool { chosen.contains(extra) }

    var isEmpty: Bool { chosen.isEmpty }

    /// Draws for one extra; `nil` without any draw if the world does not have it.
    mutating func draw<T>(_ extra: Extra, _ body: (inout SeededRandom) -> T) -> T? {
        guard chosen.contains(extra), let index = Extra.allCases.firstIndex(of: extra) else { return nil }
        return body(&chances[index])
    }

    mutating func happens(_ extra: Extra, _ probability: Double) -> Bool {
        draw(extra) { $0.chance(probability) } ?? false
    }
}
