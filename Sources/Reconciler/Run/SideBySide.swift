/// Does the same with several things at a time.
/// - Parameter limit: So many at once; at least one.
/// - Returns: What came of each, in the order of `elements`.
func sideBySide<Element: Sendable, Value: Sendable>(
    _ elements: [Element], limit: Int, _ work: @escaping @Sendable (Element) async -> Value
) async -> [Value] {
    await withTaskGroup(of: (Int, Value).self) { group in
        var values = [Value?](repeating: nil, count: elements.count)
        for (index, element) in elements.enumerated() {
            if index >= max(1, limit), let (done, value) = await group.next() { values[done] = value }
            group.addTask { (index, await work(element)) }
        }
        for await (done, value) in group { values[done] = value }
        return values.compactMap(\.self)
    }
}
