internal import Core
internal import Testing

/// What people and administrators do beside the program.
package enum PeoplesAct: Sendable {
    case deleteColumn(list: String, name: String)
    case addColumn(list: String, name: String)
    case renameColumn(list: String, name: String, displayName: String)
    case describeColumn(list: String, name: String, description: String)
    case requireColumn(list: String, name: String)
    case removeChoice(list: String, name: String, choice: String)
    case deleteList(String)
    case restoreList(String)
    case endList(String)
    /// 423 or 403; `nil` lifts the lock.
    case lock(list: String, item: Int64, status: Int?)
}

extension SiteConformance {
    func aDeletedColumn() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge", 12))
        let start = try await follow(list, .latest)
        try await act(.deleteColumn(list: list, name: "Cost"))
        #expect(try await site.columns(of: list).contains { $0.name == "Cost" } == false)
        await fails([.refused]) { () async throws(SiteFailure) in
            _ = try await perform(.read(list: list, item: item.id, select: all)).get()
        }
        await fails([.refused]) { () async throws(SiteFailure) in
            _ = try await perform(
                .update(list: list, item: item.id, etag: nil, fields: [JSON.Member("Cost", .number(1))])
            ).get()
        }
        await fails([.refused]) { () async throws(SiteFailure) in
            _ = try await site.changes(of: list, from: .beginning, select: all)
        }
        try await act(.addColumn(list: list, name: "Cost"))
        // The column is there again, its values are not, and no item has a new version.
        let found = try await read(list, item.id, all)
        #expect(found["Cost"] == nil && found["Title"] == "Bridge" && found.etag == item.etag)
        #expect(try await follow(list, .beginning).items[item.id]?.item["Cost"] == nil)
        #expect(try await follow(list, .link(start.link)).items.isEmpty)
    }

    func aDeletedKeyColumn() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge"))
        try await act(.deleteColumn(list: list, name: SyncKey.column))
        await fails([.refused]) { () async throws(SiteFailure) in
            _ = try await perform(.find(list: list, key: "p/1", select: ["Title"])).get()
        }
        await fails([.refused]) { () async throws(SiteFailure) in
            _ = try await perform(.create(list: list, fields: fields("p/2", "x"))).get()
        }
        #expect(try await read(list, item.id, ["Title"])["Title"] == "Bridge")
        guard case .found(let items) = try await perform(.probe(list: list)).get() else {
            Issue.record("the list does not answer")
            return
        }
        #expect(items.map(\.id) == [item.id])
    }

    func columnsAreEdited() async throws {
        let list = try await makeList()
        try await act(.renameColumn(list: list, name: "Cost", displayName: "Price"))
        try await act(.describeColumn(list: list, name: SyncKey.column, description: "Kim's"))
        try await act(.requireColumn(list: list, name: "Grade"))
        let columns = try await site.columns(of: list)
        #expect(columns.first { $0.name == "Cost" }?.displayName == "Price")
        #expect(columns.first { $0.name == SyncKey.column }?.description == "Kim's")
        #expect(columns.first { $0.name == "Grade" }?.required == true)
        #expect(try await create(list, fields("p/1", "Bridge"))["Title"] == "Bridge")
    }

    func aRemovedChoice() async throws {
        let list = try await makeList()
        let choice = ColumnType.choice(ColumnType.Choice(choices: ["a", "b"]))
        _ = try await site.createColumn(ColumnCreation(name: "Status", displayName: "Status", type: choice), in: list)
        let item = try await create(list, fields("p/1", "Bridge") + [JSON.Member("Status", "a")])
        try await act(.removeChoice(list: list, name: "Status", choice: "a"))
        #expect(try await read(list, item.id, ["Status"])["Status"] == "a", "what an item has it keeps")
        await fails([.refused]) { () async throws(SiteFailure) in
            _ = try await perform(
                .create(list: list, fields: fields("p/2", "x") + [JSON.Member("Status", "a")])
            ).get()
        }
        let column = try #require(try await site.columns(of: list).first { $0.name == "Status" })
        #expect(column.type == .choice(ColumnType.Choice(choices: ["b"])))
    }

    func aKeyIsEdited() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge"))
        try await edit(list, item.id, [JSON.Member(SyncKey.column, "kim's")])
        #expect(try await find(list, "p/1").isEmpty)
        #expect(try await find(list, "kim's").map(\.id) == [item.id])
        try await edit(list, item.id, [JSON.Member(SyncKey.column, .null)])
        let found = try await read(list, item.id, all)
        #expect(found[SyncKey.column] == nil && ItemTag.order(of: found.etag, against: item.etag) == .newer)
    }

    func aLockedItem(_ status: Int, _ kind: SiteFailure.Kind) async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge"))
        try await act(.lock(list: list, item: item.id, status: status))
        #expect(try await read(list, item.id, all).etag == item.etag)
        let requests: [ItemRequest] = [
            .update(list: list, item: item.id, etag: nil, fields: [JSON.Member("Title", "x")]),
            .delete(list: list, item: item.id, etag: item.etag),
        ]
        for request in requests {
            await fails([kind]) { () async throws(SiteFailure) in _ = try await perform(request).get() }
        }
        #expect(try await create(list, fields("p/2", "x"))["Title"] == "x", "the list is not locked")
        try await act(.lock(list: list, item: item.id, status: nil))
        #expect(try await perform(.delete(list: list, item: item.id, etag: item.etag)).get() == .deleted)
    }

    func aDeletedList() async throws {
        let list = try await makeList()
        let item = try await create(list, fields("p/1", "Bridge"))
        let start = try await follow(list, .latest)
        try await act(.deleteList(list))
        try await isMissing(list, item.id)
        try await act(.restoreList(list))
        #expect(try await site.lists().contains { $0.id == list })
        #expect(try await read(list, item.id, all).etag == item.etag)
        let other = try await create(list, fields("p/2", "x"))
        #expect(other.id > item.id)
        #expect(try await follow(list, .link(start.link)).items.keys.sorted() == [other.id], "the feed goes on")
        try await act(.endList(list))
        try await isMissing(list, item.id)
        let anew = try await makeList()
        #expect(anew != list)
    }

    private func isMissing(_ list: String, _ item: Int64) async throws {
        #expect(try await site.lists().contains { $0.id == list } == false)
        await fails([.missing]) { () async throws(SiteFailure) in _ = try await site.columns(of: list) }
        await fails([.missing]) { () async throws(SiteFailure) in
            _ = try await site.changes(of: list, from: .latest, select: all)
        }
        await fails([.missing]) { () async throws(SiteFailure) in
            _ = try await perform(.create(list: list, fields: fields("p/9", "x"))).get()
        }
        await fails([.missing]) { () async throws(SiteFailure) in
            _ = try await perform(.find(list: list, key: "p/1", select: all)).get()
        }
        await fails([.missing]) { () async throws(SiteFailure) in _ = try await perform(.probe(list: list)).get() }
        let requests: [ItemRequest] = [
            .read(list: list, item: item, select: all), .delete(list: list, item: item, etag: nil),
            .update(list: list, item: item, etag: nil, fields: [JSON.Member("Title", "x")]),
        ]
        // The same answer as for an item that is missing alone.
        for request in requests {
            await fails([.gone]) { () async throws(SiteFailure) in _ = try await perform(request).get() }
        }
    }
}
