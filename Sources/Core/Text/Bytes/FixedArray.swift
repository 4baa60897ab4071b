/// Elements that stay where they are, so that asking one copies nothing.
struct FixedArray<Element: ~Copyable>: ~Copyable {
    let base: UnsafeMutablePointer<Element>
    let count: Int

    init(count: Int, _ element: (Int) -> Element) {
        base = .allocate(capacity: count)
        self.count = count
        for at in 0..<count { (base + at).initialize(to: element(at)) }
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }
}

extension FixedArray where Element: Copyable {
    init(_ elements: [Element]) { self.init(count: elements.count) { elements[$0] } }
}
