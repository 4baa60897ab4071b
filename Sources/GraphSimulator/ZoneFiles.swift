package import Core
internal import Glibc

/// Time zones from the machine's zone files.
package enum ZoneFiles {
    /// - Parameter name: Such as `Europe/Berlin`; anything that is not such a name finds nothing.
    package static func zone(named name: String) -> SiteTimeZone? {
        if name == "UTC" { return .utc }
        let isName = name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "/") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "+") || (byte < 128 && Character(Unicode.Scalar(byte)).isLetter)
                || (byte < 128 && Character(Unicode.Scalar(byte)).isNumber)
        }
        guard isName, !name.hasPrefix("/"), !name.isEmpty else { return nil }
        guard let bytes = WholeFile.read("/usr/share/zoneinfo/" + name) else { return nil }
        return SiteTimeZone(name: name, tzif: bytes)
    }
}

/// Small files, read and written whole.
package enum WholeFile {
    /// - Returns: `nil` if there is no such file or it cannot be read.
    package static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            bytes += buffer[..<count]
            if count < buffer.count { break }
        }
        return ferror(file) == 0 ? bytes : nil
    }

    /// Writes beside the file and moves it into place, so that nobody sees a part of it.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let temporary = "\(path).\(getpid()).tmp"
        guard let file = fopen(temporary, "wb") else { throw FileError(path: path, code: errno) }
        let written = fwrite(bytes, 1, bytes.count, file)
        let flushed = fclose(file)
        guard written == bytes.count, flushed == 0, rename(temporary, path) == 0 else {
            let code = errno
            unlink(temporary)
            throw FileError(path: path, code: code)
        }
    }
}

package struct FileError: Error, CustomStringConvertible {
    package var path: String
    package var code: Int32

    package var description: String { "\(path): \(String(cString: strerror(code)))" }
}
