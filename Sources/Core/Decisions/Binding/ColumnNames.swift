internal import Crypto

/// Internal names of list columns: which are allowed, and which a source column gets on its own (SPEC §10, FACTS 4).
package enum ColumnNames {
    /// SharePoint keeps this many characters of a name.
    package static let maximumLength = 32

    /// Why `name` cannot name a column of ours; `nil` if it can. `Title`, which every list has, can be mapped.
    package static func problem(with name: String) -> String? {
        if name == "Title" { return nil }
        if name.isEmpty { return "It is empty." }
        let bytes = Array(name.utf8)
        guard isLetter(bytes[0]) else { return "It does not begin with an ASCII letter." }
        guard bytes.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }) else {
            return "It holds something other than ASCII letters, digits and underscores."
        }
        guard bytes.count <= maximumLength else {
            return "It has \(bytes.count) characters; \(maximumLength) are kept."
        }
        if name.lowercased() == "title" { return "The column that every list has is written \"Title\"." }
        if own.contains(name.lowercased()) { return "SyncBridge keeps a column of that name for itself." }
        if reserved.contains(name.lowercased()) { return "SharePoint has a column of that name in every list." }
        if isCellLike(name) {
            return "It looks like a cell of a spreadsheet, or a truth value, which SharePoint rewrites."
        }
        if endsInLookupID(name) { return "Names ending in LookupId belong to the ids of lookup columns." }
        return nil
    }

    /// Whether every generic list has a column of this name, which people cannot remove; `Title` is one.
    package static func isOfEveryList(_ name: String) -> Bool { reserved.contains(name.lowercased()) }

    /// The internal names of columns that no field names, in the order in which the table has them.
    ///
    /// - Parameters:
    ///   - sourceNames: The columns, in `attnum` order: an earlier one keeps its name in a collision.
    ///   - table: The table's name, which tells `id` of one table from that of another.
    ///   - stored: Names given before, by source column. They stay, whatever the rules now say.
    ///   - taken: Names that fields of the mapping already use.
    /// - Returns: A name for each of `sourceNames`, all different without regard to case.
    package static func automatic(
        for sourceNames: [String], of table: String, stored: [String: String] = [:], taken: [String] = []
    ) -> [String: String] {
        var used = Set(taken.map { $0.lowercased() })
        func isFree(_ name: String) -> Bool {
            problem(with: name) == nil && name != "Title" && !used.contains(name.lowercased())
        }
        var names: [String: String] = [:]
        for source in sourceNames {
            // Another field may have taken the name since.
            guard let name = stored[source], !used.contains(name.lowercased()) else { continue }
            names[source] = name
            used.insert(name.lowercased())
        }
        for source in sourceNames where names[source] == nil {
            var name = cleaned(source)
            if !isFree(name) {
                let longer = cleaned("\(table)_\(source)")
                name = isFree(longer) ? longer : shortened(name, for: source)
                // Two sources whose hashes share thirty bits as well as 25 characters: count on.
                var attempt = 2
                while used.contains(name.lowercased()) {
                    name = shortened(name, for: "\(source)#\(attempt)")
                    attempt += 1
                }
            }
            names[source] = name
            used.insert(name.lowercased())
        }
        return names
    }

    /// A source name in words, for people: `project_cost` → `Project cost`, `ProjectCost` → `Project cost`.
    package static func displayWords(of sourceName: String) -> String {
        var words: [String] = []
        var word = ""
        var previous: Character?
        for character in sourceName {
            let isSeparator = character == "_" || character == " " || character == "-"
            if isSeparator || character.isUppercase && previous?.isLowercase == true {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
            if !isSeparator { word.append(character) }
            previous = character
        }
        if !word.isEmpty { words.append(word) }
        guard !words.isEmpty else { return sourceName }
        return words.enumerated().map { index, word in
            // Abbreviations stay as they are written.
            if word.count > 1, word.allSatisfy({ $0.isUppercase || $0.isNumber }) { return word }
            return index == 0 ? word.prefix(1).uppercased() + word.dropFirst().lowercased() : word.lowercased()
        }.joined(separator: " ")
    }

    // MARK: - Parts

    /// The name itself if it is legal, else with `_` for what is not and `F_` before what is no letter.
    private static func cleaned(_ source: String) -> String {
        var output = ""
        for scalar in source.unicodeScalars {
            let byte = UInt8(exactly: scalar.value) ?? 0
            output.unicodeScalars.append(isLetter(byte) || isDigit(byte) ? scalar : "_")
        }
        guard let first = output.utf8.first, isLetter(first) else { return "F_" + output }
        return output
    }

    private static func shortened(_ name: String, for source: String) -> String {
        String(name.prefix(25)) + "_" + Base32.text(SHA256.hash(data: Array(source.utf8))).prefix(6)
    }

    /// `A1`, `FY2024`, `TRUE`.
    private static func isCellLike(_ name: String) -> Bool {
        if ["true", "false"].contains(name.lowercased()) { return true }
        let letters = name.utf8.prefix(while: isLetter)
        let digits = name.utf8.dropFirst(letters.count)
        return (1...3).contains(letters.count) && !digits.isEmpty && digits.allSatisfy(isDigit)
    }

    private static func endsInLookupID(_ name: String) -> Bool { name.lowercased().hasSuffix("lookupid") }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// Names that every generic list has (FACTS 4.1, 4.2), in lower case.
    private static let reserved: Set<String> = [
        "id", "contenttype", "title", "modified", "created", "author", "editor", "_uiversionstring", "attachments",
        "edit", "linktitlenomenu", "linktitle", "docicon", "itemchildcount", "folderchildcount", "_complianceflags",
        "_compliancetag", "_compliancetagwrittentime", "_compliancetaguserid", "_isrecord", "appauthor", "appeditor",
        "complianceassetid", "_colortag", "guid", "order", "fileref", "filedirref", "fileleafref", "fsobjtype",
        "uniqueid", "owshiddenversion", "workflowversion", "_uiversion", "_moderationstatus", "_moderationcomments",
        "instanceid", "permmask", "metainfo", "scopeid", "progid", "parentuniqueid", "encodedabsurl", "basename",
        "selecttitle", "serverurl", "html_x0020_file_x0020_type", "created_x0020_date", "last_x0020_modified",
        "syncclientid", "sortbehavior", "accesspolicy", "contenttypeid", "contentversion", "noexecute", "restricted",
        "originatorid", "description",
    ]

    private static let own: Set<String> = ["syncbridgekey", "syncbridgedeletedat"]
}
