import Core

extension FuzzTarget {
    /// One for each way of reading.
    private static let types: [SourceType] = [
        .numeric(precision: nil, scale: nil), .real, .double, .boolean, .date, .timestamp, .timestamptz, .text, .jsonb,
        .array(.text),
    ]

    private static let transforms: [Transform] = [
        .castToString, .castToNumber, .castToBoolean, .dateFormatISO, .dateOnly, .trim, .uppercase, .lowercase,
        .jsonStringify, .guardFormula, .dateFormat("yyyy-MM-dd HH:mm:ss"), .truncate(5), .round(2), .round(-3),
        .scale("0.01"), .scale("-12345678901234567890.5"), .replace("a", "bb"),
        .map([Transform.MapEntry(from: "A", to: .text("Active"))]), .defaultValue(.text("x")), .nullIf(.text("x")),
        .join(", "), .split(","),
    ]

    /// A column's text as PostgreSQL prints it, through every type, transform and target.
    static let values = FuzzTarget(
        "values",
        words: [
            "infinity", " BC", "+00", "2013-01-01 05:00:00.25", "294247-01-10 04:00:54.775807", "0001-01-01",
            "1e20000", "-0.000", "{\"a\":1}", "[[\"a\"]]", "t", "f", "A",
        ],
        stretches: [
            { Array(repeated("9", upTo: $0).utf8) },
            { Array(("0." + repeated("0", upTo: $0) + "1").utf8) },
            { Array(repeated("a", upTo: $0).utf8) },
            { Array(repeated("a,", upTo: $0).utf8) },
            { Array(repeated(" ", upTo: $0).utf8) },
            { Array(repeated("e\u{301}", upTo: $0).utf8) },
            { Array(repeated("1-", upTo: $0).utf8) },
            { Array(("[" + repeated("[", upTo: min($0, 1800)) + repeated("]", upTo: min($0, 1800)) + "]").utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        guard let text = text(input) else { return }
        try checkDecimal(text)
        let zone = SiteTimeZone(name: "Somewhere", fixedOffset: -11 * 3600)
        for type in types {
            for asList in type.isTextArray ? [false, true] : [false] {
                let kind = type.reading(asList: asList).kind
                guard let value = SourceValue(text, kind: kind, type: type) else { continue }
                _ = value.canonicalText
                fit(value, into: columnTypes, zone)
                try route(value)
                for transform in transforms {
                    guard let changed = try? transform.apply(to: value, kind: kind, zone: zone) else { continue }
                    fit(changed, into: [.singleLineText], zone)
                }
            }
        }
    }

    private static func fit(_ value: SourceValue, into types: [ColumnType], _ zone: SiteTimeZone) {
        for type in types {
            guard let fitted = try? FieldFit.fit(value, into: type, zone: zone) else { continue }
            _ = ContentHash(of: [fitted])
        }
    }

    private static func route(_ value: SourceValue) throws(BrokenPromise) {
        let day: Int64 = 86_400_000_000
        let holds = { (test: BoundCondition.Test) in
            BoundCondition.column(0, test).holds(for: [value], now: 1_800_000_000_000_000)
        }
        try promise(!holds(.compare(.less, value)), "a value is less than itself")
        try promise(!(holds(.olderThan(day)) && holds(.newerThan(day))), "a value is older and newer than a day")
        _ = (holds(.equal([value, .date(0)])), holds(.compare(.greater, .date(.min))), holds(.contains("a")))
    }

    private static func checkDecimal(_ text: String) throws(BrokenPromise) {
        guard let number = DecimalNumber(text) else { return }
        let canonical = number.text
        try promise(canonical.utf8.count <= text.utf8.count + 20_002, "a number's text is out of proportion")
        try promise(DecimalNumber(canonical) == number, "a number does not read back")
        try promise(!(number < number), "a number is less than itself")
        _ = (number.double, number.isInteger, number.rounded(places: 2))
    }

    /// The text of a key part, and the ledger's bytes of one.
    static let ledgerKeys = FuzzTarget(
        "ledger-keys",
        words: [
            "infinity", "-infinity", "2013-01-01", "2013-01-01 05:00:00+00", "0044-03-15 BC",
            "6f2a0f0e-8f5d-4d5e-9d55-0a6d1c1f7b11", "t", "f",
        ],
        stretches: [{ Array(repeated("a", upTo: $0).utf8) }, { Array(repeated("-", upTo: $0).utf8) }]
    ) { (input) throws(BrokenPromise) in
        let forms: [KeyForm] = [.integer, .boolean, .uuid, .date, .timestamp, .timestamptz, .numeric, .text]
        for form in forms {
            if let text = text(input), !text.utf8.contains(0) {
                var key: [UInt8] = []
                guard let canonical = form.append(text, to: &key) else { continue }
                var offset = 0
                let read = form.text(in: key, at: &offset)
                try promise(read != nil && offset == key.count, "a \(form) key of ours is not read back")
                var again: [UInt8] = []
                let text = form == .boolean ? (read == "true" ? "t" : "f") : read ?? ""
                try promise(form.append(text, to: &again) != nil && again == key, "a \(form) key becomes another")
                _ = SyncKey(prefix: "p", parts: [canonical])
            }
            // Bytes that are no key of ours: a damaged ledger is an error, not a trap.
            var offset = 0
            _ = form.text(in: input, at: &offset)
            try promise((0...input.count).contains(offset), "a \(form) key ends outside of its bytes")
        }
    }
}
