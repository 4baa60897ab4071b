package import Core
internal import Testing

/// What every site does that the protocols rest on. One suite for Graph through the simulator and for the one in memory.
package struct SiteConformance: Sendable {
    let site: any SharePointSite
    /// Under which the site's writes are made.
    let application: String
    /// Changes fields of an item as a person.
    let edit: @Sendable (_ list: String, _ item: Int64, _ fields: [JSON.Member]) async throws -> Void
    /// Takes an item out of the recycle bin as a person.
    let restore: @Sendable (_ list: String, _ item: Int64) async throws -> Void
    let act: @Sendable (PeoplesAct) async throws -> Void

    package init(
        _ site: any SharePointSite, application: String,
        edit: @escaping @Sendable (_ list: String, _ item: Int64, _ fields: [JSON.Member]) async throws -> Void,
        restore: @escaping @Sendable (_ list: String, _ item: Int64) async throws -> Void,
        act: @escaping @Sendable (PeoplesAct) async throws -> Void
    ) {
        self.site = site
        self.application = application
        self.edit = edit
        self.restore = restore
        self.act = act
    }

    package enum Case: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case listsAndColumnsAreMade, namesAreTakenOnce
        case anItemShowsWhatItHas, theHiddenKeyIsInNoAnswerOfAWrite, tagsGrow
        case anotherTagIsStale, whatIsNotThereIsGone, unknownFieldsAreRefused
        case aKeyIsTakenOnceWithoutRegardToCase, defaultsFillInAndAreCleared, answersKeepTheOrderOfRequests
        case theFeedGoesOnFromNow, theFeedBeginsWithEverything, theFeedSaysWhoWrote, removedItemsComeBack
        case anUnknownPositionHasExpired
        case aDeletedColumnTakesItsValues, withoutAKeyColumnNoKeyIsFound, columnsAreRenamedAndDescribed
        case aRemovedChoiceIsRefused, aKeyIsTypedOver, aLockedItemIsRead, aForbiddenItemIsRead
        case aDeletedListIsMissingUntilItIsRestored

        package var testDescription: String { rawValue }
    }

    package func check(_ what: Case) async throws {
        switch what {
        case .listsAndColumnsAreMade: try await listsAndColumnsAreMade()
        case .namesAreTakenOnce: try await namesAreTakenOnce()
        case .anItemShowsWhatItHas: try await anItemShowsWhatItHas()
        case .theHiddenKeyIsInNoAnswerOfAWrite: try await theHiddenKey()
        case .tagsGrow: try await tagsGrow()
        case .anotherTagIsStale: try await anotherTagIsStale()
        case .whatIsNotThereIsGone: try await whatIsNotThereIsGone()
        case .unknownFieldsAreRefused: try await unknownFields()
        case .aKeyIsTakenOnceWithoutRegardToCase: try await aKeyIsTakenOnce()
        case .defaultsFillInAndAreCleared: try await defaults()
        case .answersKeepTheOrderOfRequests: try await order()
        case .theFeedGoesOnFromNow: try await theFeedGoesOn()
        case .theFeedBeginsWithEverything: try await theFeedBegins()
        case .theFeedSaysWhoWrote: try await theFeedSaysWhoWrote()
        case .removedItemsComeBack: try await removedItemsComeBack()
        case .anUnknownPositionHasExpired: try await anUnknownPosition()
        case .aDeletedColumnTakesItsValues: try await aDeletedColumn()
        case .withoutAKeyColumnNoKeyIsFound: try await aDeletedKeyColumn()
        case .columnsAreRenamedAndDescribed: try await columnsAreEdited()
        case .aRemovedChoiceIsRefused: try await aRemovedChoice()
        case .aKeyIsTypedOver: try await aKeyIsEdited()
        case .aLockedItemIsRead: try await aLockedItem(423, .itemLocked)
        case .aForbiddenItemIsRead: try await aLockedItem(403, .forbidden)
        case .aDeletedListIsMissingUntilItIsRestored: try await aDeletedList()
        }
    }

    // MARK: Lists and columns

    /// A list as the program makes it: the key column indexed, unique and hidden, and two fields.
    func makeList() async throws -> String {
        let list = try await site.createList(
            ListCreation(
                title: "Projects", description: "d",
                columns: [
                    ColumnCreation(
                        name: SyncKey.column, displayName: "Key", description: "stamp", type: .singleLineText)
                ]))
        _ = try await site.createColumn(
            ColumnCreation(name: "Cost", displayName: "Cost", type: .number(ColumnType.Number())), in: list.id)
        _ = try await site.createColumn(
            ColumnCreation(
                name: "Grade", displayName: "Grade", type: .singleLineText, defaultValue: .value("standard")),
            in: list.id)
        let columns = try await site.columns(of: list.id)
        let key = try #require(columns.first { $0.name == SyncKey.column })
        try await site.updateColumn(key.id, ColumnChange(indexed: true, unique: true, hidden: true), in: list.id)
        let title = try #require(columns.first { $0.name == "Title" })
        try await site.updateColumn(title.id, ColumnChange(required: false), in: list.id)
        return list.id
    }

    private func listsAndColumnsAreMade() async throws {
        #expect(try await site.site().id.isEmpty == false)
        let id = try await makeList()
        let list = try #require(try await site.lists().first { $0.id == id })
        #expect(list.name == "Projects" && list.displayName == "Projects" && list.template == "genericList")
        try await site.updateList(id, ListChange(displayName: "Shown", description: "e"))
        let changed = try #require(try await site.lists().first { $0.id == id })
        #expect(changed.name == "Projects" && changed.displayName == "Shown" && changed.description == "e")
        let columns = try await site.columns(of: id)
        let key = try #require(columns.first { $0.name == SyncKey.column })
        #expect(key.indexed && key.unique && key.hidden && key.description == "stamp")
        #expect(columns.first { $0.name == "Title" }?.required == false)
        #expect(columns.first { $0.name == "Grade" }?.defaultValue == .value("standard"))
        #expect(columns.first { $0.name == "Cost" }?.type == .number(ColumnType.Number()))
    }

    private func namesAreTakenOnce() async throws {
        let id = try await makeList()
        await fails([.conflict]) { () async throws(SiteFailure) in
            _ = try await site.createList(ListCreation(title: "Projects", description: "", columns: []))
        }
        await fails([.conflict, .refused]) { () async throws(SiteFailure) in
            _ = try await site.createColumn(
                ColumnCreation(name: "cost", displayName: "cost", type: .singleLineText), in: id)
        }
        await fails([.missing]) { () async throws(SiteFailure) in
            _ = try await site.columns(of: "99999999-0000-4000-8000-000000000000")
        }
    }

    // MARK: Items

    func fields(_ key: String, _ title: String, _ cost: Int? = nil) -> [JSON.Member] {
        [JSON.Member(SyncKey.column, .string(key)), JSON.Member("Title", .string(title))]
            + (cost.map { [JSON.Member("Cost", .number($0))] } ?? [])
    }

    func perform(_ request: ItemRequest) async -> Result<ItemAnswer, SiteFailure> {
        await site.perform([request]).first ?? .failure(SiteFailure(.malformed, reason: "no answer"))
    }

    func create(_ list: String, _ fields: [JSON.Member]) async throws -> RemoteItem {
        guard case .created(let item) = try await perform(.create(list: list, fields: fields)).get() else {
            throw SiteFailure(.malformed, reason: "no item was created")
        }
        return item
    }

    private func update(
        _ list: String, _ item: Int64, _ etag: String?, _ fields: [JSON.Member]
    ) async throws -> RemoteItem {
        guard
            case .updated(let updated) = try await perform(
                .update(list: list, item: item, etag: etag, fields: fields)
            ).get()
        else { throw SiteFailure(.malformed, reason: "no item was updated") }
        return updated
    }

    func read(_ list: String, _ item: Int64, _ select: [String]) async throws -> RemoteItem {
        guard case .item(let found) = try await perform(.read(list: list, item: item, select: select)).get() else {
            throw SiteFailure(.malformed, reason: "no item was read")
        }
        return found
    }

    func find(_ list: String, _ key: String) async throws -> [RemoteItem] {
        guard
            case .found(let items) = try await perform(.find(list: list, key: key, select: [SyncKey.column, "Title"]))
                .get()
        else { throw SiteFailure(.malformed, reason: "nothing was looked for") }
        return items
    }

    let all = [SyncKey.column, "Title", "Cost", "Grade"]

    private func anItemShowsWhatItHas() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge", 12))
        let found = try await read(list, item.id, all)
        #expect(found[SyncKey.column] == "p/1" && found["Title"] == "Bridge" && found["Cost"]?.double == 12)
        #expect(found.etag == item.etag && found.id == item.id)
        _ = try await update(list, item.id, found.etag, [JSON.Member("Cost", .null), JSON.Member("Title", "")])
        let emptied = try await read(list, item.id, all)
        // What has no value is absent.
        #expect(emptied["Cost"] == nil && emptied["Title"] == nil && emptied["Grade"] == "standard")
    }

    private func theHiddenKey() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge", 12))
        #expect(item[SyncKey.column] == nil && item["Title"] == "Bridge")
        let updated = try await update(list, item.id, item.etag, [JSON.Member("Cost", .number(13))])
        #expect(updated[SyncKey.column] == nil && updated["Title"] == "Bridge" && updated["Cost"]?.double == 13)
    }

    private func tagsGrow() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge"))
        let updated = try await update(list, item.id, nil, [JSON.Member("Title", "Bridge")])
        #expect(ItemTag.order(of: updated.etag, against: item.etag) == .newer)
        try await edit(list, item.id, [JSON.Member("Title", "Kim's")])
        let edited = try await read(list, item.id, all)
        #expect(ItemTag.order(of: edited.etag, against: updated.etag) == .newer && edited["Title"] == "Kim's")
        #expect(try await create(list, fields("p/2", "x")).id > item.id)
    }

    private func anotherTagIsStale() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge"))
        try await edit(list, item.id, [JSON.Member("Title", "Kim's")])
        await fails([.stale]) { () async throws(SiteFailure) in
            _ = try await perform(
                .update(list: list, item: item.id, etag: item.etag, fields: [JSON.Member("Title", "x")])
            ).get()
        }
        await fails([.stale]) { () async throws(SiteFailure) in
            _ = try await perform(.delete(list: list, item: item.id, etag: item.etag)).get()
        }
        let now = try await read(list, item.id, all)
        #expect(now["Title"] == "Kim's")
        #expect(try await perform(.delete(list: list, item: item.id, etag: now.etag)).get() == .deleted)
    }

    private func whatIsNotThereIsGone() async throws {
        let list = try await makeList()
        for request in [
            ItemRequest.read(list: list, item: 77, select: all),
            .update(list: list, item: 77, etag: nil, fields: [JSON.Member("Title", "x")]),
            .delete(list: list, item: 77, etag: nil),
        ] {
            await fails([.gone]) { () async throws(SiteFailure) in _ = try await perform(request).get() }
        }
        #expect(try await find(list, "p/77").isEmpty)
        await fails([.missing, .gone]) { () async throws(SiteFailure) in
            _ = try await perform(
                .create(list: "99999999-0000-4000-8000-000000000000", fields: fields("p/1", "x"))
            ).get()
        }
    }

    private func unknownFields() async throws {
        let list = try await makeList()
        await fails([.refused]) { () async throws(SiteFailure) in
            _ = try await perform(.create(list: list, fields: fields("p/1", "x") + [JSON.Member("Nothing", "y")])).get()
        }
        #expect(try await find(list, "p/1").isEmpty)
    }

    private func aKeyIsTakenOnce() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/a", "Bridge"))
        for key in ["p/a", "P/A"] {
            await fails([.conflict, .refused]) { () async throws(SiteFailure) in
                _ = try await perform(.create(list: list, fields: fields(key, "x"))).get()
            }
            #expect(try await find(list, key).map(\.id) == [item.id])
        }
        #expect(try await perform(.delete(list: list, item: item.id, etag: nil)).get() == .deleted)
        let again = try await create(list, fields("P/A", "x"))
        #expect(again.id != item.id)
        #expect(try await find(list, "p/a").first?[SyncKey.column] == "P/A")
    }

    private func defaults() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge"))
        #expect(try await read(list, item.id, all)["Grade"] == "standard")
        _ = try await update(list, item.id, nil, [JSON.Member("Grade", .null)])
        #expect(try await read(list, item.id, all)["Grade"] == nil)
        let other = try await create(list, fields("p/2", "Bridge") + [JSON.Member("Grade", "gold")])
        #expect(try await read(list, other.id, all)["Grade"] == "gold")
    }

    private func order() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge"))
        let answers = await site.perform([
            .read(list: list, item: 77, select: all), .create(list: list, fields: fields("p/2", "two")),
            .find(list: list, key: "p/1", select: all), .read(list: list, item: item.id, select: ["Title"]),
        ])
        guard answers.count == 4, case .failure(let failure) = answers[0],
            case .success(.created(let two)) = answers[1],
            case .success(.found(let found)) = answers[2], case .success(.item(let read)) = answers[3]
        else {
            Issue.record("the answers are \(answers)")
            return
        }
        #expect(
            failure.kind == .gone && two["Title"] == "two" && found.map(\.id) == [item.id] && read["Title"] == "Bridge")
    }

    // MARK: Feed

    /// What the feed says from a position to its end, by item, and where it goes on.
    func follow(
        _ list: String, _ position: FeedPosition
    ) async throws -> (items: [Int64: FeedItem], removed: Set<Int64>, link: String) {
        var position = position
        var items: [Int64: FeedItem] = [:]
        var removed: Set<Int64> = []
        while true {
            let page = try await site.changes(of: list, from: position, select: all)
            for entry in page.entries {
                switch entry {
                case .item(let observed): items[observed.item.id] = observed
                case .removed(let id): removed.insert(id)
                case .unreadable(let reason): Issue.record("the feed cannot be read: \(reason)")
                }
            }
            switch page.next {
            case .more(let link): position = .link(link)
            case .done(let link): return (items, removed, link)
            }
        }
    }

    private func theFeedGoesOn() async throws {
        let list = try await makeList()
        let before = try await create(list, fields("p/1", "Bridge"))
        let now = try await follow(list, .latest)
        #expect(now.items.isEmpty && now.removed.isEmpty)
        #expect(try await follow(list, .link(now.link)).items.isEmpty)
        let item = try await create(list, fields("p/2", "Tunnel", 3))
        let updated = try await update(list, item.id, item.etag, [JSON.Member("Cost", .number(4))])
        let later = try await follow(list, .link(now.link))
        #expect(Set(later.items.keys) == [item.id] && !later.items.keys.contains(before.id))
        let shown = try #require(later.items[item.id]?.item)
        #expect(shown.etag == updated.etag && shown[SyncKey.column] == "p/2" && shown["Cost"]?.double == 4)
        // The same position says the same again; the new one has nothing.
        #expect(try await follow(list, .link(now.link)).items.keys == later.items.keys)
        #expect(try await follow(list, .link(later.link)).items.isEmpty)
    }

    private func theFeedBegins() async throws {
        let list = try await makeList()
        var ids: Set<Int64> = []
        for number in 1...5 { ids.insert(try await create(list, fields("p/\(number)", "x")).id) }
        let gone = try #require(ids.min())
        _ = try await perform(.delete(list: list, item: gone, etag: nil)).get()
        let everything = try await follow(list, .beginning)
        #expect(Set(everything.items.keys) == ids.subtracting([gone]))
        #expect(try await follow(list, .link(everything.link)).items.isEmpty)
    }

    private func theFeedSaysWhoWrote() async throws {
        let list = try await makeList()
        let start = try await follow(list, .latest)
        let item = try await create(list, fields("p/1", "Bridge"))
        #expect(try await follow(list, .link(start.link)).items[item.id]?.editingApplication == application)
        try await edit(list, item.id, [JSON.Member("Title", "Kim's")])
        let edited = try await follow(list, .link(start.link))
        #expect(edited.items[item.id]?.editingApplication == nil && edited.items[item.id]?.item["Title"] == "Kim's")
    }

    private func removedItemsComeBack() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge"))
        let start = try await follow(list, .latest)
        _ = try await perform(.delete(list: list, item: item.id, etag: item.etag)).get()
        let removed = try await follow(list, .link(start.link))
        #expect(removed.removed == [item.id] && removed.items.isEmpty)
        try await restore(list, item.id)
        let restored = try await follow(list, .link(removed.link))
        let shown = try #require(restored.items[item.id]?.item)
        #expect(shown["Title"] == "Bridge" && ItemTag.order(of: shown.etag, against: item.etag) == .newer)
        #expect(try await find(list, "p/1").map(\.id) == [item.id])
    }

    private func anUnknownPosition() async throws {
        let list = try await makeList()
        let link = try await follow(list, .latest).link
        await fails([.expired]) { () async throws(SiteFailure) in
            _ = try await site.changes(of: list, from: .link(link + "999999999"), select: all)
        }
    }

    func fails(
        _ kinds: [SiteFailure.Kind], sourceLocation: SourceLocation = #_sourceLocation,
        _ work: () async throws(SiteFailure) -> Void
    ) async {
        do throws(SiteFailure) {
            try await work()
            Issue.record("it did not fail", sourceLocation: sourceLocation)
        } catch {
            #expect(kinds.contains(error.kind) && error.outcome == .notDone, "\(error)", sourceLocation: sourceLocation)
        }
    }
}
