internal import Core

extension Tenant {
    /// `GET …/items/delta`: the newest state of each item that changed.
    func changes(
        _ call: Call, _ site: SimulatedSite, _ list: SimulatedList, _ ids: RequestIDs
    ) throws(GraphError) -> GraphAnswer {
        let asked = try QueryOptions(call.query, allowed: [.select, .expand, .top, .token])
        let url = "\(call.root)/sites/\(PercentEncoding.encode(site.id))/lists/\(list.id)/items/delta"
        let visible = newestVisibleChange(of: list)
        var token = FeedToken(
            list: list, issued: now, position: .items(after: 0, since: visible), options: asked.queryWithoutToken)
        switch asked.token {
        case nil: break
        case "latest"?:
            token.position = .changes(after: visible)
            try check(asked, list)
            return feed([], call, link(token, url), isDone: true)
        case let text?: token = try accept(text, asked, list, url)
        }
        // What the first request asked for lives on in the token.
        let options = try QueryOptions(token.options, allowed: [.select, .expand, .top])
        let fields = try check(options, list)
        if let empty = emptyPage(before: token) { return feed([], call, link(empty, url), isDone: false) }
        let page = page(of: list, token, size: min(options.top ?? settings.deltaPageSize, settings.deltaPageSizeMax))
        let writer = writer(call, site, list)
        let elements = disturbed(page.entries, list, at: token.position).map { entry in
            element(entry, writer, options, fields, ids)
        }
        let isLast = !page.hasMore
        var next = FeedToken(list: list, issued: now, position: page.next, options: token.options)
        next.pages = isLast ? 0 : token.pages + 1
        return feed(elements, call, link(next, url), isDone: isLast)
    }

    @discardableResult
    private func check(_ options: QueryOptions, _ list: SimulatedList) throws(GraphError) -> FieldSelection? {
        try checkSelect(options, alsoAllowed: ["deleted"])
        return try expandedFields(options, list)
    }

    /// The newest change that has reached the front end.
    private func newestVisibleChange(of list: SimulatedList) -> Int {
        let seconds = max(settings.deltaLagSeconds, settings.collectionLagSeconds)
        return list.changes.last(
            until: now - Int64(seconds) * 1000, request: requestNumber, lagRequests: settings.deltaLagRequests)
    }

    // MARK: Tokens

    /// - Throws: 410 for a token that is unknown or too old, with the place to begin anew.
    private func accept(
        _ text: String, _ asked: QueryOptions, _ list: SimulatedList, _ url: String
    ) throws(GraphError) -> FeedToken {
        let token = FeedToken(text: text)
        let oldest = now - Int64(settings.deltaTokenLifeSeconds) * 1000
        guard let token, token.list == list.id, token.epoch == list.feedEpoch, token.issued > oldest,
            list.changes.last >= token.newestKnownChange
        else {
            counters.expiredFeedTokens += 1
            var error = ResyncSpelling.error(settings.deltaResyncCode, &random)
            let anew = FeedToken(
                list: list, issued: now, position: .items(after: 0, since: newestVisibleChange(of: list)),
                options: token?.options ?? "")
            error.headers.append(HTTPHeader("Location", link(anew, url)))
            throw error
        }
        guard asked.queryWithoutToken.isEmpty || asked.queryWithoutToken == token.options else {
            throw .invalid(
                "The options of the first request go on in its links and cannot be changed",
                inner: "invalidQueryOption")
        }
        return token
    }

    private func link(_ token: FeedToken, _ url: String) -> String {
        let shown = settings.deltaOptionsInLinks && !token.options.isEmpty ? token.options + "&" : ""
        return "\(url)?\(shown)token=\(token.text)"
    }

    // MARK: Pages

    private func page(of list: SimulatedList, _ token: FeedToken, size: Int) -> FeedPage {
        let visible = newestVisibleChange(of: list)
        switch token.position {
        case .items(let after, let since):
            return list.enumerate(after: after, since: since, size: size, visible: visible)
        case .changes(let after): return list.changes(after: after, size: size, visible: visible)
        }
    }

    /// The token behind an empty page that comes in front of the one that `token` names.
    private func emptyPage(before token: FeedToken) -> FeedToken? {
        guard !token.followsEmptyPage else { return nil }
        let isFirst = token.pages == 0 && settings.leadingEmptyPage
        guard isFirst || isLikely(settings.deltaEmptyPagePercent) else { return nil }
        var token = token
        token.issued = now
        token.followsEmptyPage = true
        token.pages += 1
        return token
    }

    private func isLikely(_ percent: Int) -> Bool { percent > 0 && random.chance(Double(percent) / 100) }

    /// A page's entries with what the switches add to them: twins, replays, disorder.
    private func disturbed(
        _ entries: [FeedEntry], _ list: SimulatedList, at position: FeedToken.Position
    ) -> [FeedEntry] {
        var output: [FeedEntry] = []
        for entry in entries {
            // The twin comes first, so that the last occurrence still wins.
            if isLikely(settings.deltaDuplicatePercent) { output.append(again(entry.item)) }
            output.append(entry)
        }
        for _ in 0..<max(1, entries.count) where isLikely(settings.deltaReplayPercent) {
            guard let item = list.delivered(before: position, &random) else { break }
            output.append(again(item))
        }
        if settings.deltaDisorder { output.shuffle(using: &random) }
        return output
    }

    private func again(_ item: SimulatedItem) -> FeedEntry {
        FeedEntry(item: item, isOld: isLikely(settings.deltaOldVersionPercent))
    }

    // MARK: Answers

    private func element(
        _ entry: FeedEntry, _ writer: ItemWriter, _ options: QueryOptions, _ fields: FieldSelection?, _ ids: RequestIDs
    ) -> JSON {
        let isThere = writer.list.item(entry.item.id) != nil
        guard isThere || entry.isOld else {
            if isLikely(settings.deltaErrorElementPercent) {
                let error = GraphError(
                    500, "InternalServerError", "Cannot write a deleted resource in a delta response")
                return answer(error, ids).body ?? [:]
            }
            return writer.removed(entry.item, select: options.select)
        }
        // Of a removed item its last version is the old one.
        let shown = entry.isOld && isThere ? entry.item.previous ?? entry.item : entry.item
        return writer.item(shown, select: options.select, fields: fields, standsAlone: false)
    }

    private func feed(_ elements: [JSON], _ call: Call, _ link: String, isDone: Bool) -> GraphAnswer {
        GraphAnswer(
            200,
            [
                "@odata.context": .string("\(call.root)/$metadata#Collection(listItem)"),
                isDone ? "@odata.deltaLink" : "@odata.nextLink": .string(link), "value": .array(elements),
            ])
    }
}

extension FeedToken {
    /// A list that is older than this change has been replaced by an earlier state.
    var newestKnownChange: Int {
        switch position {
        case .items(_, let since): since
        case .changes(let after): after
        }
    }
}
