import Core
import MicrosoftGraph

extension FuzzTarget {
    private static let words = [
        "\"error\":", "\"innerError\":", "\"code\":", "\"message\":", "\"fields\":", "\"id\":", "\"@odata.etag\":",
        "\"value\":", "\"responses\":", "\"status\":", "\"headers\":", "\"body\":", "\"name\":", "\"text\":{}",
        "\"number\":", "\"choice\":", "\"dateTime\":", "\"2026-03-01T10:00:00Z\"", "\"Retry-After\":\"1\"",
        "Field 'A' is not recognized", "field(s) in the list: [A]", "\"error_codes\":[", "AADSTS",
    ]

    /// The body of an answer about items, columns or lists, or of a refusal.
    static let graphAnswer = FuzzTarget(
        "graph-answer", words: words,
        stretches: [
            { Array(("{\"error\":{\"message\":\"" + repeated("Field ", upTo: $0) + "\"}}").utf8) },
            { Array(("{\"error\":{\"message\":\"" + repeated("field(s) in the list: ", upTo: $0) + "\"}}").utf8) },
            { Array(("{\"id\":\"1\",\"fields\":{" + numbered(upTo: $0) { "\"a\($0)\":1," } + "\"a\":0}}").utf8) },
            { Array(("{\"value\":[" + repeated("{\"id\":\"1\",\"eTag\":\"e\"},", upTo: $0) + "{}]}").utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        for status in [200, 400, 404, 409, 412, 423, 429, 503, Int.min] {
            let answer = GraphAnswer(HTTPResponse(status: status, body: input))
            let error = GraphError(answer.body)
            try promise((error.field?.utf8.count ?? 0) <= 64, "more of the message than a name is shown")
            let read = GraphOperation(.read, .items, words: "reading")
            let change = GraphOperation(.change, .item, list: "l", isConditional: true, words: "changing")
            for operation in [read, change] {
                if case .success = Verdict.of(answer, operation: operation, now: 1_800_000_000) {
                    try promise((200..<300).contains(status), "a refusal counts as success")
                }
            }
            guard status == 200, !answer.isUnreadable else { continue }
            try checkItems(answer)
            try checkColumn(answer.body)
        }
    }

    private static func checkItems(_ answer: GraphAnswer) throws(BrokenPromise) {
        let requests: [ItemRequest] = [
            .create(list: "l", fields: []), .update(list: "l", item: 1, etag: nil, fields: []),
            .delete(list: "l", item: 1, etag: "e"), .read(list: "l", item: 1, select: []),
            .find(list: "l", key: "k", select: []),
        ]
        for request in requests {
            let items: [RemoteItem] =
                switch ItemCoding.decode(answer, of: request) {
                case .created(let item), .updated(let item), .item(let item): [item]
                case .found(let items): items
                case .deleted, nil: []
                }
            for item in items {
                try promise(!item.etag.isEmpty, "an item without a tag")
                for member in item.fields.prefix(64) { try checkField(member.value) }
            }
        }
    }

    private static func checkField(_ json: JSON) throws(BrokenPromise) {
        let codec = FieldCodec(zone: SiteTimeZone(name: "Somewhere", fixedOffset: 5 * 3600 + 1800))
        for type in columnTypes {
            guard let value = codec.decode(json, type: type), isWritable(value) else { continue }
            guard let written = codec.encode(value, column: "c", type: type).last?.value else { continue }
            try promise(codec.decode(written, type: type) == value, "a field of \(type.words) does not read back")
        }
    }

    /// What lies outside is read, but never sent.
    private static func isWritable(_ value: Value) -> Bool {
        switch value {
        case .instant(let instant): Instant.writable.contains(instant)
        case .date(let date): CivilDate.writable.contains(date.days)
        default: true
        }
    }

    static let columnTypes: [ColumnType] = [
        .singleLineText, .multilineText, .number(ColumnType.Number()), .boolean, .dateOnly,
        .dateTime(ColumnType.DateTime(format: .dateTime)), .currency(locale: "en-us"),
        .choice(ColumnType.Choice(choices: ["a"], allowTextEntry: true)),
        .choice(ColumnType.Choice(choices: ["a"], allowTextEntry: true, displayAs: .checkBoxes)),
    ]

    private static func checkColumn(_ json: JSON) throws(BrokenPromise) {
        guard let column = ColumnDefinitionCoding.decode(json) else { return }
        try promise(!column.id.isEmpty && !column.name.isEmpty, "a column without an id or a name")
        guard let type = column.type else { return }
        let creation = ColumnCreation(
            name: column.name, displayName: column.displayName, description: column.description, type: type,
            defaultValue: column.defaultValue)
        guard case .object(let members) = ColumnDefinitionCoding.encode(creation) else { return }
        let again = ColumnDefinitionCoding.decode(.object(members + [JSON.Member("id", "1")]))
        try promise(again?.type == type, "a column's type does not read back")
        try promise(again?.defaultValue == column.defaultValue, "a column's default does not read back")
    }

    /// The envelope of a `$batch`.
    static let batchAnswer = FuzzTarget(
        "batch-answer", words: words,
        stretches: [
            { size in
                Array(("{\"responses\":[" + repeated("{\"id\":\"1\",\"status\":200},", upTo: size) + "{}]}").utf8)
            }
        ]
    ) { (input) throws(BrokenPromise) in
        let answer = GraphAnswer(HTTPResponse(status: 200, body: input))
        for count in [0, 1, 20] {
            guard let answers = BatchCoding.answers(answer.body, count: count) else { continue }
            try promise(answers.count == count, "\(count) requests have \(answers.count) answers")
            for case let answer? in answers {
                let operation = GraphOperation(.create, .items, list: "l", words: "creating")
                if case .success = Verdict.of(answer, operation: operation, now: 1_800_000_000) {
                    try promise((200..<300).contains(answer.status), "a refusal counts as success")
                }
            }
        }
    }

    /// The body of the token service's answer.
    static let tokenAnswer = FuzzTarget(
        "token-answer", words: ["\"access_token\":", "\"expires_in\":", "\"token_type\":\"Bearer\""] + words
    ) { (input) throws(BrokenPromise) in
        let answer = GraphAnswer(HTTPResponse(status: 200, body: input))
        if let token = TokenCache.decode(answer.body, sentAt: 1_800_000_000) {
            try promise(token.refreshAt.isFinite && token.refreshAt > 1_800_000_000, "a token that never was good")
            try promise(!"\(token)".contains("Bearer"), "a token is shown")
        }
        let credentials = ClientCredentials(tenant: "t", clientID: "c", secret: "s3cret")
        for status in [400, 401, 429, 503] {
            let failure = TokenFailure.failure(status: status, body: answer.body, credentials: credentials)
            try promise(!failure.reason.contains("s3cret"), "a secret is shown")
        }
    }
}
