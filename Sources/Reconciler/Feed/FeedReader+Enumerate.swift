internal import Core

extension FeedReader {
    /// Reads on from a position, page by page.
    mutating func follow(_ link: String, enumeratedAt: Instant?) async throws(SiteFailure) {
        var link = link
        var trail = FeedTrail(from: link)
        while failure == nil {
            let page = try await page(at: .link(link))
            // What an unreadable element stood for is not known: all items have to be looked at.
            if page.isUnreadable {
                if isLooking {
                    isPartial = true
                    return
                }
                return try await enumerate()
            }
            let next = Self.link(page.next)
            let isLast = page.isLast
            // Nothing new, and the old position does as well.
            if isLast, page.entries.isEmpty, next == link { return }
            if !isLast { try trail.go(on: next, past: page) }
            // The next page is read while this one is recorded.
            let fetcher = fetcher
            async let following = isLast ? nil : fetcher.ahead(next)
            try await take(
                page.entries, from: StoredFeedPosition(selection: selection, link: link, enumeratedAt: enumeratedAt),
                to: StoredFeedPosition(selection: selection, link: next, enumeratedAt: enumeratedAt))
            await keep(following)
            if isLast || summary.isRefused { return }
            if context.shouldStop { return }
            link = next
        }
    }

    /// Looks at every item of the list; what is not there any more is confirmed one by one.
    mutating func enumerate() async throws(SiteFailure) {
        isEnumerating = true
        defer { isEnumerating = false }
        do throws(SiteFailure) { try await enumerate(from: .beginning) } catch {
            guard error.isOfFeedAlone else { throw error }
            // Not even its beginning can be read: the items are, as any reader gets them. The feed is tried again next time.
            try await enumerate(from: .items(after: nil))
        }
    }

    private mutating func enumerate(from beginning: FeedPosition) async throws(SiteFailure) {
        var seen = ItemIDSet()
        var position = beginning
        var trail = FeedTrail()
        let isOfFeed = beginning == .beginning
        let unfinished = StoredFeedPosition(selection: selection, link: nil)
        while failure == nil {
            let page = try await page(at: position)
            guard !page.isUnreadable else {
                // Absence proves nothing in a listing with a hole. What was seen is recorded.
                try await take(page.entries, from: unfinished, to: unfinished)
                guard isOfFeed else { return }
                throw SiteFailure(.malformed, reason: "the listing has an element that cannot be read")
            }
            for case .item(let observed) in page.entries { seen.insert(observed.item.id) }
            let next = Self.link(page.next)
            try await take(page.entries, from: unfinished, to: unfinished)
            guard page.isLast else {
                if context.shouldStop { return }
                try trail.go(on: next, past: page)
                position = isOfFeed ? .link(next) : .items(after: next)
                continue
            }
            guard failure == nil, !summary.isRefused else { return }
            try await confirmAbsent(seen)
            guard failure == nil, !summary.isRefused else { return }
            let now = context.clock.now()
            return await record(
                [], isOfFeed ? StoredFeedPosition(selection: selection, link: next, enumeratedAt: now) : unfinished)
        }
    }

    /// Rows whose item was not among all items: each is asked for by its id before it counts as deleted.
    private mutating func confirmAbsent(_ seen: ItemIDSet) async throws(SiteFailure) {
        var suspects: [KnownEntry] = []
        do throws(Failure) {
            var after: Int64 = 0
            while true {
                let rows = try await metaStore.rows(
                    of: definition.id, in: list.id, after: after, limit: Self.pageRows)
                guard let last = rows.last?.entry.item else { break }
                after = last
                suspects += rows.filter { row in
                    row.entry.item.map { !seen.contains($0) } == true && !inDoubt.contains(row.entry.key)
                }
            }
        } catch {
            return fail(error)
        }
        for start in stride(from: 0, to: suspects.count, by: WaveMachine.batchMax) {
            let group = Array(suspects[start..<min(start + WaveMachine.batchMax, suspects.count)])
            let gone = try await absent(group)
            guard !gone.isEmpty else { continue }
            let known: [KnownEntry]
            do throws(Failure) {
                known = try await metaStore.entries(
                    of: definition.id, list: list.id, items: gone.compactMap(\.entry.item), syncKeys: [])
            } catch {
                return fail(error)
            }
            var page = Page(known, list: list.id)
            for item in gone.compactMap(\.entry.item) {
                if let row = page.owners[item] { noteGone(Sighting.ofGone(row.entry), row, &page) }
            }
            guard try await believesDeletions() else { return }
            await record(page.changes, StoredFeedPosition(selection: selection, link: nil))
        }
    }
}
