internal import Core
internal import Glibc
internal import Synchronization

/// A simulator's state on disk: lines of JSON, a whole state first and then what changed since.
package final class StateFile: Sendable {
    private struct Contents {
        /// Open for appending while a journal is kept.
        var descriptor: Int32?
        /// Of whole lines; `nil` if the file was not read to its end or is a document without lines.
        var bytes: Int?
        var lines = 0
    }

    package let path: String
    private let contents = Mutex(Contents())

    package init(path: String) { self.path = path }

    deinit { contents.withLock { if let open = $0.descriptor { close(open) } } }

    /// Lines that the file has, outdated ones too.
    var lineCount: Int { contents.withLock { $0.lines } }

    /// Whether it was read and can be added to.
    var canGoOn: Bool { contents.withLock { $0.bytes != nil } }

    /// Hands on each line, without its end. A last line that was not written to its end is handed on as such.
    /// - Returns: Whether there is a file.
    func read(_ each: (_ line: [UInt8], _ isWhole: Bool) throws(GraphError) -> Void) throws(GraphError) -> Bool {
        guard let file = fopen(path, "rb") else { return false }
        defer { fclose(file) }
        var line: [UInt8] = []
        var (bytes, lines) = (0, 0)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            var rest = buffer[..<count]
            while let end = rest.firstIndex(of: 0x0A) {
                line += rest[..<end]
                bytes += line.count + 1
                lines += 1
                try each(line, true)
                line.removeAll(keepingCapacity: true)
                rest = rest[(end + 1)...]
            }
            line += rest
            if count < buffer.count { break }
        }
        if !line.isEmpty { try each(line, false) }
        contents.withLock { contents in
            contents.bytes = lines > 0 ? bytes : nil
            contents.lines = lines
        }
        return true
    }

    /// Writes another file beside this one and moves it into its place; a journal goes on in the new one.
    /// - Parameter beginsJournal: Whether the file stays open for ``append(_:)``.
    func replace(
        beginsJournal: Bool, _ write: ((borrowing [UInt8]) throws(FileError) -> Void) throws(FileError) -> Void
    ) throws(FileError) {
        let temporary = "\(path).\(getpid()).tmp"
        var lines = 0
        let new = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644)
        guard new >= 0 else { throw FileError(path: temporary, code: errno) }
        do throws(FileError) {
            try write { (bytes) throws(FileError) in
                try self.write(bytes, to: new)
                lines += StateFile.lines(bytes)
            }
            guard rename(temporary, path) == 0 else { throw FileError(path: path, code: errno) }
        } catch {
            close(new)
            unlink(temporary)
            throw error
        }
        contents.withLock { contents in
            contents.lines = lines
            if let old = contents.descriptor { close(old) }
            if contents.descriptor != nil || beginsJournal {
                contents.descriptor = new
            } else {
                close(new)
            }
        }
    }

    /// Opens the file that was read, to add to its whole lines.
    func goOn() throws(FileError) {
        guard let bytes = contents.withLock({ $0.bytes }) else { throw FileError(path: path, code: EINVAL) }
        let new = open(path, O_WRONLY | O_APPEND)
        guard new >= 0 else { throw FileError(path: path, code: errno) }
        guard ftruncate(new, bytes) == 0 else {
            let code = errno
            close(new)
            throw FileError(path: path, code: code)
        }
        contents.withLock { contents in
            if let old = contents.descriptor { close(old) }
            contents.descriptor = new
        }
    }

    /// Adds to the journal. The bytes outlive this process, not the machine.
    func append(_ bytes: borrowing [UInt8]) throws(FileError) {
        let lines = StateFile.lines(bytes)
        let open: Int32? = contents.withLock { contents in
            contents.lines += lines
            return contents.descriptor
        }
        guard let open else { throw FileError(path: path, code: EBADF) }
        try write(bytes, to: open)
    }

    private static func lines(_ bytes: borrowing [UInt8]) -> Int { bytes.count { $0 == 0x0A } }

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
