import Core

extension FuzzTarget {
    /// Percent-encoding, and keys made of parts (split at line ends).
    static let syncKeys = FuzzTarget(
        "sync-keys", words: ["%", "%25", "%zz", "%C3", "~", "/", "A", "\n", "ß", "#"],
        stretches: [{ Array(repeated("%41", upTo: $0).utf8) }, { Array(repeated("Ä\n", upTo: $0).utf8) }]
    ) { (input) throws(BrokenPromise) in
        guard let text = text(input) else { return }
        if let decoded = PercentEncoding.decode(text) {
            let again = PercentEncoding.decode(PercentEncoding.encode(decoded))
            try promise(again.map { $0.utf8.elementsEqual(decoded.utf8) } ?? false, "a decoded text does not read back")
        }
        let encoded = PercentEncoding.encode(text)
        try promise(PercentEncoding.decode(encoded)?.utf8.elementsEqual(input) == true, "a text does not read back")

        let parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let key = SyncKey(prefix: "projects", parts: parts).text
        try promise(key.utf8.count <= SyncKey.lengthMax, "a key of \(key.utf8.count) characters")
        try promise(key.hasPrefix("projects/"), "a key without its prefix")
        try promise(
            key.utf8.allSatisfy {
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-%/~#".utf8.contains($0)
            },
            "a key with a character that is not for keys")
        // The service compares without regard to case.
        let lowered = SyncKey(prefix: "projects", parts: parts.map { $0.lowercased() }).text
        if parts.contains(where: { !$0.utf8.elementsEqual($0.lowercased().utf8) }) {
            try promise(key.lowercased() != lowered.lowercased(), "two keys differ by case only")
        }
    }

    /// The description of a key column.
    static let stamps = FuzzTarget(
        "stamps", words: ["syncbridge:v1 ", " ", "%20", "projects"],
        stretches: [{ Array(("syncbridge:v1 a b c d " + repeated("%41", upTo: $0)).utf8) }]
    ) { (input) throws(BrokenPromise) in
        guard let text = text(input), let stamp = Stamp(text) else { return }
        try promise(Stamp(stamp.text) == stamp, "a stamp does not read back")
        for word in [stamp.metaStoreID, stamp.project, stamp.definitionID, stamp.prefix, stamp.list] {
            try promise(!word.isEmpty, "a stamp with a hole")
        }
    }

    /// A pattern and, behind a line end, an address.
    static let addressGlobs = FuzzTarget(
        "address-globs", words: ["*", "**", "/", "**/", "*a", "\n", "column/contoso/Projects/Legacy"],
        stretches: [
            { Array((repeated("*a", upTo: min($0, 400)) + "\n" + repeated("a", upTo: min($0, 400)) + "b").utf8) },
            { Array((repeated("**/a/", upTo: min($0, 400)) + "b\n" + repeated("a/", upTo: min($0, 400))).utf8) },
            { Array((repeated("*", upTo: $0) + "\n" + repeated("a", upTo: $0)).utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        guard let text = text(input) else { return }
        let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return }
        _ = AddressGlob(parts[0]).matches(text: parts[1])
        try promise(AddressGlob("**").matches(text: parts[1]), "** does not match everything")
        if !parts[1].contains("*") {
            try promise(AddressGlob(parts[1]).matches(text: parts[1]), "an address does not match itself")
        }
        guard let address = try? Address(parsing: parts[1]) else { return }
        try promise((try? Address(parsing: address.text)) == address, "an address does not read back")
        try promise(AddressGlob("\(address.kind.rawValue)/**").matches(address), "an address is of another kind")
    }
}
