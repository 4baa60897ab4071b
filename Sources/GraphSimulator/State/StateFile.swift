internal import Core
internal import Glibc
internal import Synchronization

/// A simulator's state on disk: lines of JSON, a whole state first and then what changed since.
package final class StateFile: Sendable {
    package let path: String
    /// Open for appending while a journal is kept.
    private let descriptor = Mutex<Int32?>(nil)

    package init(path: String) { self.path = path }

    deinit { descriptor.withLock { if let open = $0 { close(open) } } }

    /// Hands on each line, without its end. A last line that was not written to its end is handed on as such.
    /// - Returns: Whether there is a file.
    func read(_ each: (_ line: [UInt8], _ isWhole: Bool) throws(GraphError) -> Void) throws(GraphError) -> Bool {
        guard let file = fopen(path, "rb") else { return false }
        defer { fclose(file) }
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            var rest = buffer[..<count]
            while let end = rest.firstIndex(of: 0x0A) {
                line += rest[..<end]
                try each(line, true)
                line.removeAll(keepingCapacity: true)
                rest = rest[(end + 1)...]
            }
            line += rest
            if count < buffer.count { break }
        }
        if !line.isEmpty { try each(line, false) }
        return true
    }

    /// Writes another file beside this one and moves it into its place; a journal goes on in the new one.
    /// - Parameter beginsJournal: Whether the file stays open for ``append(_:)``.
    func replace(
        beginsJournal: Bool, _ write: ((borrowing [UInt8]) throws(FileError) -> Void) throws(FileError) -> Void
    ) throws(FileError) {
        let temporary = "\(path).\(getpid()).tmp"
        let new = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644)
        guard new >= 0 else { throw FileError(path: temporary, code: errno) }
        do throws(FileError) {
            try write { (bytes) throws(FileError) in try self.write(bytes, to: new) }
            guard rename(temporary, path) == 0 else { throw FileError(path: path, code: errno) }
        } catch {
            close(new)
            unlink(temporary)
            throw error
        }
        descriptor.withLock { open in
            if let old = open { close(old) }
            if open != nil || beginsJournal {
                open = new
            } else {
                close(new)
            }
        }
    }

    /// Adds to the journal. The bytes outlive this process, not the machine.
    func append(_ bytes: borrowing [UInt8]) throws(FileError) {
        let open = descriptor.withLock { $0 }
        guard let open else { throw FileError(path: path, code: EBADF) }
        try write(bytes, to: open)
    }

    private func write(_ bytes: borrowing [UInt8], to descriptor: Int32) throws(FileError) {
        var at = 0
        let count = bytes.count
        while at < count {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + at }, count - at) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw FileError(path: path, code: errno) }
            at += written
        }
    }
}
