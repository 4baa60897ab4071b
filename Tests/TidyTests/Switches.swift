extension TidyTests {
    struct Labels {
        var names: Set<String>
        var hasDefault: Bool
    }

    /// The cases of each enum that a text declares.
    static func cases(in text: String) -> [Set<String>] {
        blocks(in: text, after: /\benum \w+[^{\n]*\{/).map { block in
            var names: Set<String> = []
            for line in block.split(separator: "\n") {
                guard let match = line.firstMatch(of: /^\s*(?:indirect )?case (.+)$/) else { continue }
                // Without what the cases carry.
                let bare = String(match.1).replacing(/\([^()]*(?:\([^()]*\)[^()]*)*\)/, with: "")
                for part in bare.split(separator: ",") {
                    if let name = part.firstMatch(of: /^\s*`?(\w+)/) { names.insert(String(name.1)) }
                }
            }
            return names
        }
    }

    /// The labels of each switch, those of switches inside it left out.
    static func switches(in text: String) -> [Labels] {
        blocks(in: text, after: /\bswitch [^\n]*\{\n/).compactMap { block in
            let lines = block.split(separator: "\n").map(String.init)
            let isLabel = { (line: String) in line.firstMatch(of: /^\s*(case |default:)/) != nil }
            let depths = lines.filter(isLabel).map { $0.prefix { $0 == " " }.count }
            guard let depth = depths.min() else { return nil }
            var labels = Labels(names: [], hasDefault: false)
            for line in lines where isLabel(line) && line.prefix(while: { $0 == " " }).count == depth {
                if line.contains("default:") { labels.hasDefault = true }
                for name in line.matches(of: /(?:case|,) (?:let )?\.(\w+)/) { labels.names.insert(String(name.1)) }
                // A label that names no case is about something else.
                if line.contains("case "), line.firstMatch(of: /case (?:let )?\./) == nil { return nil }
            }
            return labels
        }
    }

    /// What stands between the brace that ends each match and the one that closes it.
    private static func blocks(in text: String, after pattern: some RegexComponent) -> [String] {
        text.ranges(of: pattern).map { range in
            var depth = 1
            var at = range.upperBound
            while at < text.endIndex, depth > 0 {
                if text[at] == "{" { depth += 1 }
                if text[at] == "}" { depth -= 1 }
                at = text.index(after: at)
            }
            return String(text[range.upperBound..<(depth == 0 ? text.index(before: at) : at)])
        }
    }
}
