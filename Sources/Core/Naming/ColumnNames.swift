enum ColumnNames {
    static func automatic(for names: [String], stored: [String: String], taken: [String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, $0) })
    }
    static func displayWords(of name: String) -> String { name }
}
