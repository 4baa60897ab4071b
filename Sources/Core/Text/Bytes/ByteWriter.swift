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

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        place.copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Appends bytes and looks on the way for those that a column may not hold.
    /// - Returns: Whether there may be any: a control character, or the first byte of a noncharacter.
    ///   May say so of a text without, never the other way round.
    @inline(__always)
    mutating func appendLookingForUnwritable(_ bytes: UnsafeRawBufferPointer) -> Bool {
        reserve(bytes.count)
        guard bytes.count >= 8 else {
            var isSuspect = false
            for at in 0..<bytes.count {
                let byte = bytes[at]
                isSuspect = isSuspect || byte < 0x20 || byte == 0x7F || byte == Noncharacters.lead
                memory[count + at] = byte
            }
            count += bytes.count
            return isSuspect
        }
        var found: UInt64 = 0
        var at = 0
        while at + 8 <= bytes.count {
            found |= copyWord(bytes, at)
            at += 8
        }
        // The last word overlaps the one before.
        if at < bytes.count { found |= copyWord(bytes, bytes.count - 8) }
        count += bytes.count
        return found != 0
    }

    @inline(__always)
    private func copyWord(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
        let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        (place + at).storeBytes(of: word, as: UInt64.self)
        return ByteSearch.unwritable(word)
    }

    /// Big end first.
    @inline(__always)
    mutating func appendBig<Number: FixedWidthInteger>(_ value: Number) {
        reserve(MemoryLayout<Number>.size)
        place.storeBytes(of: value.bigEndian, as: Number.self)
        count += MemoryLayout<Number>.size
    }

    /// A tag, the length of the payload and the payload, of eight bytes, in one reservation.
    @inline(__always)
    mutating func append(tag: UInt8, word: UInt64) {
        reserve(13)
        memory[count] = tag
        (place + 1).storeBytes(of: UInt32(8).bigEndian, as: UInt32.self)
        (place + 5).storeBytes(of: word.bigEndian, as: UInt64.self)
        count += 13
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
