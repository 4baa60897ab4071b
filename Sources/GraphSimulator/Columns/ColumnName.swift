/// How internal names are made and which are refused.
enum ColumnName {
    static let lengthMax = 32

    /// Names that every generic list has without showing them.
    private static let hiddenReserved: Set<String> = Set(
        [
            "Id", "GUID", "Order", "FileRef", "FileDirRef", "FileLeafRef", "FSObjType", "UniqueId", "owshiddenversion",
            "WorkflowVersion", "_UIVersion", "_ModerationStatus", "_ModerationComments", "InstanceID", "PermMask",
            "MetaInfo", "ScopeId", "ProgId", "ParentUniqueId", "EncodedAbsUrl", "BaseName", "SelectTitle", "ServerUrl",
            "HTML_x0020_File_x0020_Type", "Created_x0020_Date", "Last_x0020_Modified", "SyncClientId", "SortBehavior",
            "AccessPolicy", "ContentTypeId", "ContentVersion", "NoExecute", "Restricted", "OriginatorId",
            "Description",
        ].map { $0.lowercased() })

    static func isReserved(_ name: String) -> Bool { hiddenReserved.contains(name.lowercased()) }

    /// An ASCII letter, then letters, digits and underscores, at most 32 of them, and nothing a formula would read as
    /// a cell or as a truth value.
    static func isLegal(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLetter(first), name.utf8.count <= lengthMax else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
            && !looksLikeCell(name) && !isTruthValue(name)
    }

    /// `A1`, `FY2024`: one to three letters and digits.
    static func looksLikeCell(_ name: String) -> Bool {
        let letters = name.utf8.prefix(while: isLetter).count
        let digits = name.utf8.dropFirst(letters)
        return (1...3).contains(letters) && !digits.isEmpty && digits.allSatisfy(isDigit)
    }

    private static func isTruthValue(_ name: String) -> Bool {
        ["true", "false", "wahr", "falsch"].contains(name.lowercased())
    }

    /// The internal name that the server makes from a display name; never longer than 32 characters, so an escape at
    /// the end may be cut.
    static func encoded(_ displayName: String) -> String {
        var output = ""
        let cellLike = looksLikeCellStart(displayName)
        for (index, unit) in displayName.utf16.enumerated() {
            let ascii = unit < 128 ? UInt8(unit) : 0
            let plain = isLetter(ascii) || (isDigit(ascii) && index > 0) || ascii == UInt8(ascii: "_")
            if plain, !(index == 0 && cellLike) {
                output.unicodeScalars.append(Unicode.Scalar(ascii))
            } else if let scalar = Unicode.Scalar(unit), scalar.value >= 128, scalar.properties.isAlphabetic {
                output.unicodeScalars.append(scalar)
            } else {
                let digits = String(unit, radix: 16)
                output += "_x" + String(repeating: "0", count: 4 - digits.count) + digits + "_"
            }
        }
        return String(output.prefix(lengthMax))
    }

    /// `COORS #` is escaped at its first letter, as `A1` is. The service's exact rule is not known.
    private static func looksLikeCellStart(_ name: String) -> Bool { looksLikeCell(name) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        let folded = byte | 0x20
        return folded >= UInt8(ascii: "a") && folded <= UInt8(ascii: "z")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
