internal import Core

extension Tenant {
    private static let itemProperties: Set<String> = [
        "id", "eTag", "createdDateTime", "lastModifiedDateTime", "webUrl", "createdBy", "lastModifiedBy",
        "parentReference", "contentType", "fields", "sharepointIds",
    ]

    func writer(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) -> ItemWriter {
        ItemWriter(list: list, site: site, settings: settings, root: call.root, people: people)
    }

    private func answerWriter(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) -> ItemWriter {
        var writer = writer(call, site, list)
        writer.answer = WriteAnswer(settings: settings, zone: zone)
        return writer
    }

    // MARK: Reading

    func listItems(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) throws(GraphError) -> GraphAnswer {
        let options = try QueryOptions(call.query, allowed: QueryOptions.Option.ofItems)
        try checkSelect(options)
        let fields = try expandedFields(options, list)
        let query = try ItemQuery(
            options, list, allowsUnindexed: call.prefers("HonorNonIndexedQueriesWarningMayFailRandomly"),
            threshold: settings.viewThreshold, visibleUntil: now - Int64(settings.collectionLagSeconds) * 1000)
        let id = PercentEncoding.encode(site.id)
        let url = "\(call.root)/sites/\(id)/lists/\(list.id)/items"
        let context = "\(call.root)/$metadata#sites('\(id)')/lists('\(list.id)')/items"
        var position: PagePosition?
        if let token = options.skipToken {
            position = try PagePosition(token: token)
        } else if settings.leadingEmptyPage {
            let start: PagePosition = options.orderBy == nil ? .afterItem(0) : .skip(0)
            return collection([], context: context, next: "\(url)?\(options.link(skipToken: start.token))")
        }
        let size = min(options.top ?? settings.itemsPageSize, settings.itemsPageSizeMax)
        let (items, next) = try query.page(from: position, size: size)
        let writer = writer(call, site, list)
        let elements = items.map { writer.item($0, select: options.select, fields: fields, standsAlone: false) }
        return collection(
            elements, context: context, next: next.map { "\(url)?\(options.link(skipToken: $0.token))" })
    }

    func checkSelect(_ options: QueryOptions, alsoAllowed: Set<String> = []) throws(GraphError) {
        for name in options.select ?? []
        where !Tenant.itemProperties.contains(name) && !alsoAllowed.contains(name) {
            throw .malformed("Could not find a property named '\(name)' on type 'listItem'")
        }
    }

    func expandedFields(
        _ options: QueryOptions, _ list: SimulatedList
    ) throws(GraphError) -> FieldSelection? {
        var fields: FieldSelection?
        for expansion in options.expand {
            guard expansion.name == "fields" else {
                throw .invalid("'\(expansion.name)' cannot be expanded here", inner: "invalidQueryOption")
            }
            fields = try FieldSelection(expansion.select, list)
        }
        return fields
    }

    func getItem(
        _ call: Call, _ site: SimulatedSite, _ list: SimulatedList, _ id: String
    ) throws(GraphError) -> GraphAnswer {
        let options = try QueryOptions(call.query, allowed: [.select, .expand])
        try checkSelect(options)
        let fields = try expandedFields(options, list)
        let item = try item(id, list)
        return GraphAnswer(
            200, writer(call, site, list).item(item, select: options.select, fields: fields, standsAlone: true))
    }

    func getFields(
        _ call: Call, _ site: SimulatedSite, _ list: SimulatedList, _ id: String
    ) throws(GraphError) -> GraphAnswer {
        let options = try QueryOptions(call.query, allowed: [.select])
        let item = try item(id, list)
        return GraphAnswer(200, writer(call, site, list).fieldSet(item, try FieldSelection(options.select, list)))
    }

    private func item(_ id: String, _ list: SimulatedList) throws(GraphError) -> SimulatedItem {
        guard let number = Int(id), let item = list.item(number) else {
            throw GraphError(404, "itemNotFound", "The specified item could not be found")
        }
        return item
    }

    // MARK: Writing

    func createItem(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) throws(GraphError) -> GraphAnswer {
        guard let members = try call.json().members else { throw .malformed("An item is an object") }
        guard list.template != "documentLibrary", !list.isSystem else { throw .invalid("This list takes no items") }
        var fields: JSON = [:]
        for member in members where !member.name.hasPrefix("@odata.") {
            switch member.name {
            case "fields": fields = member.value
            case "contentType": try checkContentType(member.value, list)
            case "createdDateTime", "lastModifiedDateTime", "createdBy", "lastModifiedBy": break
            default: throw .malformed("The property '\(member.name)' is not acceptable for an item")
            }
        }
        var changes = try reader(call, site, list).read(fields)
        addDefaults(to: &changes, list)
        let item = try add(changes, to: list, by: call.caller)
        let shown: FieldSelection = settings.showHiddenInWriteAnswers ? .all : .visible
        var answer = GraphAnswer(201, answerWriter(call, site, list).item(item, fields: shown, standsAlone: true))
        if settings.locationHeader {
            answer.headers.append(
                HTTPHeader("Location", "\(call.root)/sites/\(site.id)/lists/\(list.id)/items/\(item.id)"))
        }
        return answer
    }

    private func add(
        _ changes: [ValueReader.Change], to list: SimulatedList, by caller: Caller
    ) throws(GraphError) -> SimulatedItem {
        try checkUnique(changes, list, item: nil)
        let item = SimulatedItem(
            id: list.lastItemID + 1, guid: random.guid(), version: 1, created: now, modified: now,
            createdBy: caller.identity, modifiedBy: caller.identity)
        item.reserve(slots: (changes.map(\.column.slot).max() ?? -1) + 1)
        for change in changes { item[change.column.slot] = change.value }
        list.insert(item)
        wrote(.createItem, item, in: list, by: caller)
        return item
    }

    /// A new item with the values of `item`.
    func copy(_ item: SimulatedItem, in list: SimulatedList, by caller: Caller) throws(GraphError) -> SimulatedItem {
        let values: [ValueReader.Change] = list.columns.filter { $0.system == nil }.map { ($0, item[$0.slot]) }
        return try add(values.filter { $0.value != nil }, to: list, by: caller)
    }

    func patchItem(
        _ call: Call, _ site: SimulatedSite, _ list: SimulatedList, _ id: String, fieldsOnly: Bool
    ) throws(GraphError) -> GraphAnswer {
        var body = try call.json()
        if !fieldsOnly {
            guard let members = body.members?.filter({ !$0.name.hasPrefix("@odata.") }), members.count == 1,
                members[0].name == "fields"
            else { throw .invalid("Only 'fields' of an item can be changed", inner: "propertyNotUpdateable") }
            body = members[0].value
        }
        let item = try item(id, list)
        try requireMatch(call, item.eTag)
        try requireWritable(item, by: call.caller, deletes: false)
        let changes = try reader(call, site, list).read(body)
        try checkUnique(changes, list, item: item)
        let changesSomething = changes.contains { item[$0.column.slot] != $0.value }
        if changesSomething || settings.unchangedPatchMakesVersion {
            item.beginVersion(at: now, by: call.caller.identity)
            for change in changes { list.set(merged(change, item), change.column, of: item) }
            wrote(.patchItem, item, in: list, by: call.caller)
        } else {
            counters.wrote(.patchItem, list, at: now)
        }
        let writer = answerWriter(call, site, list)
        let shown: FieldSelection = settings.showHiddenInWriteAnswers ? .all : .visible
        return GraphAnswer(
            200, fieldsOnly ? writer.fieldSet(item, shown) : writer.item(item, fields: shown, standsAlone: true))
    }

    func deleteItem(_ call: Call, _ list: SimulatedList, _ id: String) throws(GraphError) -> GraphAnswer {
        let item = try item(id, list)
        try requireMatch(call, item.eTag)
        try requireWritable(item, by: call.caller, deletes: true)
        list.recycle(item)
        wrote(.deleteItem, item, in: list, by: call.caller)
        faults.noteDeletion(in: list)
        return GraphAnswer(204)
    }

    /// Notes a done write.
    private func wrote(_ operation: Operation, _ item: SimulatedItem, in list: SimulatedList, by caller: Caller) {
        list.touch(now, caller.identity)
        changed(item, in: list)
        if caller.application != nil { item.writes += 1 }
        counters.wrote(operation, list, at: now)
    }

    /// Notes that an item is not what it was, for the feed and the journal.
    func changed(_ item: SimulatedItem, in list: SimulatedList) {
        list.log(item, at: now, request: requestNumber)
        unsaved.note(item, in: list)
    }

    private func reader(_ call: Call, _ site: SimulatedSite, _ list: SimulatedList) -> ValueReader {
        ValueReader(
            list: list, site: site, settings: settings, zone: zone, takesHyperlinks: call.prefers("apiversion=2.1"))
    }

    private func checkContentType(_ json: JSON, _ list: SimulatedList) throws(GraphError) {
        guard let id = json["id"]?.string, id == list.contentTypeID || id == "0x01" else {
            throw .invalid("The content type is not in this list")
        }
    }

    /// A column that only grows keeps what it had.
    private func merged(_ change: ValueReader.Change, _ item: SimulatedItem) -> FieldValue? {
        guard case .note(_, appends: true) = change.column.valueType, case .text(let text)? = change.value,
            case .text(let before)? = item[change.column.slot]
        else { return change.value }
        return .text(before + "\n" + text)
    }

    /// Fills absent fields with their column's default.
    private func addDefaults(to changes: inout [ValueReader.Change], _ list: SimulatedList) {
        for column in list.columns {
            guard let json = column.defaultValue else { continue }
            if let index = changes.firstIndex(where: { $0.column === column }) {
                guard changes[index].value == nil, !settings.nullOverridesDefault else { continue }
                changes[index].value = DefaultValue.value(json, column, now: now, zone: zone)
            } else {
                changes.append((column, DefaultValue.value(json, column, now: now, zone: zone)))
            }
        }
    }

    private func checkUnique(
        _ changes: [ValueReader.Change], _ list: SimulatedList, item: SimulatedItem?
    ) throws(GraphError) {
        for column in list.columns where column.enforceUniqueValues {
            let change = changes.first { $0.column === column }
            guard change != nil || item == nil else { continue }
            guard let key = list.key(change?.value) else {
                if settings.blanksBreakUniqueness, hasOtherBlank(column, list, item) { throw violation(column) }
                continue
            }
            guard !list.isTaken(key, column, otherThan: item?.id ?? 0) else { throw violation(column) }
        }
    }

    private func hasOtherBlank(_ column: SimulatedColumn, _ list: SimulatedList, _ item: SimulatedItem?) -> Bool {
        list.slots.contains { other in
            guard let other, other !== item else { return false }
            return other[column.slot] == nil
        }
    }

    private func violation(_ column: SimulatedColumn) -> GraphError {
        counters.uniqueViolations += 1
        return GraphError(
            settings.uniqueViolationStatus, settings.uniqueViolationStatus == 409 ? "conflict" : "invalidRequest",
            "The list item could not be added or updated because duplicate values were found in the following field(s) in the list: [\(column.displayName)]."
        )
    }
}

/// What a column's `defaultValue` means for a new item.
enum DefaultValue {
    static func value(_ json: JSON, _ column: SimulatedColumn, now: Int64, zone: SiteTimeZone) -> FieldValue? {
        if let formula = json["formula"]?.string { return evaluate(formula, column, now: now, zone: zone) }
        guard let text = json["value"]?.string else { return nil }
        switch column.valueType {
        case .text, .note, .choice, .image: return text.isEmpty ? nil : .text(text)
        case .choices: return .texts([text])
        case .number: return Double(text).map { .number($0) }
        case .boolean: return text == "1" ? .bool(true) : text == "0" ? .bool(false) : nil
        case .dateTime: return Instant(isoText: text).map { .instant($0) }
        case .dateOnly:
            let day = CivilDate(isoText: text) ?? Instant(isoText: text).map { zone.day(of: $0) }
            return day.map { .instant(zone.firstInstant(of: $0)) }
        case .lookup, .person: return Int(text).map { .reference($0) }
        case .lookups, .persons, .hyperlink, .none: return nil
        }
    }

    /// Only today and now: the simulator has no formulas.
    private static func evaluate(
        _ formula: String, _ column: SimulatedColumn, now: Int64, zone: SiteTimeZone
    ) -> FieldValue? {
        let name = formula.lowercased().filter { $0.isLetter }
        guard name == "today" || name == "now" else { return nil }
        let instant = Instant(seconds: Moment.seconds(now))
        switch column.valueType {
        case .dateOnly: return .instant(zone.firstInstant(of: zone.day(of: instant)))
        case .dateTime: return .instant(name == "now" ? instant : zone.firstInstant(of: zone.day(of: instant)))
        default: return nil
        }
    }
}
