/// Comparisons of bytes in place, a word at a time.
extension UnsafeRawBufferPointer {
    @inline(__always)
    package func isSame(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        var at = 0
        while at + 8 <= count {
            guard word(at) == other.word(at) else { return false }
            at += 8
        }
        while at < count {
            guard self[at] == other[at] else { return false }
            at += 1
        }
        return true
    }

    /// Negative if these bytes come first, 0 if they are the same, else positive; a beginning comes before the whole.
    @inline(__always)
    package func order(against other: UnsafeRawBufferPointer) -> Int {
        let common = Swift.min(count, other.count)
        var at = 0
        while at + 8 <= common {
            let (left, right) = (UInt64(bigEndian: word(at)), UInt64(bigEndian: other.word(at)))
            if left != right { return left < right ? -1 : 1 }
            at += 8
        }
        while at < common {
            if self[at] != other[at] { return self[at] < other[at] ? -1 : 1 }
            at += 1
        }
        return count - other.count
    }

    @inline(__always)
    func starts(withBytes other: UnsafeRawBufferPointer) -> Bool {
        count >= other.count && UnsafeRawBufferPointer(rebasing: self[0..<other.count]).isSame(as: other)
    }

    @inline(__always)
    func ends(withBytes other: UnsafeRawBufferPointer) -> Bool {
        count >= other.count && UnsafeRawBufferPointer(rebasing: self[(count - other.count)...]).isSame(as: other)
    }

    /// Where `other` is first; `nil` if nowhere.
    func firstOffset(of other: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        guard let first = other.first else { return start <= count ? start : nil }
        var at = start
        while at + other.count <= count {
            if self[at] == first, UnsafeRawBufferPointer(rebasing: self[at..<at + other.count]).isSame(as: other) {
                return at
            }
            at += 1
        }
        return nil
    }

    @inline(__always)
    private func word(_ at: Int) -> UInt64 { loadUnaligned(fromByteOffset: at, as: UInt64.self) }
}
