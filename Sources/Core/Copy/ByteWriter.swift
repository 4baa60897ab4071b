/// Bytes written one after another into memory that is kept for the next time. What ``bytes`` shows is valid until the
/// next write.
package struct ByteWriter: ~Copyable {
    private var memory: UnsafeMutableRawBufferPointer
    package private(set) var count = 0

    package init(capacity: Int = 512) {
        memory = .allocate(byteCount: max(capacity, 8), alignment: 8)
    }

    deinit { memory.deallocate() }

    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<count])
    }

    @inline(__always)
    package mutating func clear() { count = 0 }

    /// Takes back what was written behind `end`.
    @inline(__always)
    mutating func truncate(to end: Int) { count = end }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        memory[count] = byte
        count += 1
    }

    @inline(__always)
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        place.copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Big end first.
    @inline(__always)
    mutating func appendBig<Number: FixedWidthInteger>(_ value: Number) {
        reserve(MemoryLayout<Number>.size)
        place.storeBytes(of: value.bigEndian, as: Number.self)
        count += MemoryLayout<Number>.size
    }

    @inline(__always)
    private var place: UnsafeMutableRawPointer { memory.baseAddress.unsafelyUnwrapped + count }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count + more > memory.count { grow(count + more) }
    }

    @inline(never)
    private mutating func grow(_ needed: Int) {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(needed, 2 * memory.count), alignment: 8)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        memory.deallocate()
        memory = larger
    }
}

/// Memory for the texts that one row's steps make. It does not grow and does not move, so that values can point into it;
/// a row that needs more is read in the general way.
struct ScratchText: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private var used = 0

    init(capacity: Int = 1 << 16) { memory = .allocate(byteCount: capacity, alignment: 8) }

    deinit { memory.deallocate() }

    @inline(__always)
    mutating func clear() { used = 0 }

    /// - Returns: `nil` if so much is not left.
    @inline(__always)
    mutating func take(_ count: Int) -> UnsafeMutableRawBufferPointer? {
        guard count <= memory.count - used else { return nil }
        defer { used += count }
        return UnsafeMutableRawBufferPointer(rebasing: memory[used..<used + count])
    }

    /// Gives back the end of what was taken last.
    @inline(__always)
    mutating func giveBack(_ count: Int) { used -= count }
}
