import Core

extension TextForm {
    /// Whether `text` has this form.
    func accepts(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        switch self {
        case .any: return !bytes.isEmpty && TextForm.isPrintable(text)
        case .anyOrEmpty: return TextForm.isPrintable(text)
        case .line:
            return !bytes.isEmpty && text.utf16.count <= 255 && !bytes.contains(0x0A) && TextForm.isPrintable(text)
        case .dnsLabel:
            return (1...63).contains(bytes.count) && bytes.first != 0x2D && bytes.last != 0x2D
                && bytes.allSatisfy { TextForm.isLower($0) || TextForm.isDigit($0) || $0 == 0x2D }
        case .variableName, .environmentVariable: return TextForm.isName(bytes)
        case .tableName: return TableNameParser.parse(text) != nil
        case .sql: return SQLFragment.problem(in: text) == nil
        case .listName: return TextForm.isListName(text)
        case .columnName: return ColumnNames.problem(with: text) == nil
        case .identifier: return (1...63).contains(bytes.count) && TextForm.isPrintable(text) && !bytes.contains(0x0A)
        case .duration: return DurationText.seconds(text) != nil
        case .retentionPeriod: return DurationText.days(text) != nil
        case .date: return CivilDate(isoText: text) != nil
        case .guid: return TextForm.isGUID(bytes)
        case .tenant, .hostname: return TextForm.isHost(bytes)
        case .sitePath: return TextForm.isSitePath(text)
        case .endpoint: return bytes.isEmpty || EndpointText.accepts(text)
        case .timeZone: return bytes.isEmpty || TextForm.isZone(text)
        case .addressGlob: return TextForm.isAddressGlob(text)
        case .locale:
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            return (1...4).contains(parts.count) && (2...3).contains(parts[0].utf8.count)
                && parts.allSatisfy { (2...8).contains($0.utf8.count) && $0.utf8.allSatisfy(TextForm.isAlphanumeric) }
        case .dateFormat: return DatePattern.problem(with: text) == nil
        case .labelKey:
            guard let first = bytes.first, let last = bytes.last, bytes.count <= 63 else { return false }
            return TextForm.isAlphanumeric(first) && TextForm.isAlphanumeric(last)
                && bytes.allSatisfy { TextForm.isAlphanumeric($0) || "-_./".utf8.contains($0) }
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    static func isLower(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7A }
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLower(byte | 0x20) }

    /// A letter or underscore, then letters, digits and underscores.
    static func isName(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, !isDigit(first), bytes.count <= 128 else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    /// No control characters but tab and line feed.
    static func isPrintable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value) || scalar == "\n" || scalar == "\t"
        }
    }

    private static func isListName(_ text: String) -> Bool {
        guard (1...128).contains(text.utf16.count), isPrintable(text), text.first != " ", text.last != " " else {
            return false
        }
        return text.unicodeScalars.allSatisfy { !"\"*:<>?/\\|#%&{}~\n\t".unicodeScalars.contains($0) }
            && text != "." && text != ".."
    }

    private static func isGUID(_ bytes: [UInt8]) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12]
            && parts.joined().allSatisfy { isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }

    private static func isHost(_ bytes: [UInt8]) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return bytes.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != 0x2D && label.last != 0x2D
                    && label.allSatisfy { isAlphanumeric($0) || $0 == 0x2D }
            }
    }

    private static func isSitePath(_ text: String) -> Bool {
        guard text.hasPrefix("/"), text.utf8.count <= 400, isPrintable(text) else { return false }
        if text == "/" { return true }
        return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).allSatisfy { segment in
            !segment.isEmpty && segment != "." && segment != ".."
                && segment.unicodeScalars.allSatisfy { !"?#\\:\"<>|* \n\t".unicodeScalars.contains($0) }
        }
    }

    private static func isZone(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { isAlphanumeric($0) || "_+-".utf8.contains($0) }
        }
    }

    private static func isAddressGlob(_ text: String) -> Bool {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = segments.first,
            ["*", "**"].contains(first) || Address.Kind(rawValue: String(first)) != nil
        else { return false }
        return (segments.count > 1 || first == "**")
            && segments.dropFirst().allSatisfy { segment in
                !segment.isEmpty && segment.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
            }
    }
}
