import Glibc
package import Testing

/// Compares texts that users see with files beside the tests.
///
/// With `UPDATE_GOLDEN=1` a file that differs is rewritten *and the test fails*, so that somebody reads the difference.
package enum Golden {
    package static var isUpdating: Bool { getenv("UPDATE_GOLDEN").map { String(cString: $0) } == "1" }

    package static func expect(
        _ actual: String, matches path: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let expected = read(path).map { String(decoding: $0, as: UTF8.self) }
        guard expected != actual else { return }
        if isUpdating {
            let isWritten = write(actual, to: path)
            Issue.record(
                "\(isWritten ? "rewritten" : "cannot write") \(path): read the difference, then run without UPDATE_GOLDEN",
                sourceLocation: sourceLocation)
        } else {
            Issue.record(
                "\(path) differs; UPDATE_GOLDEN=1 rewrites it.\n--- expected\n\(expected ?? "(no file)")\n--- actual\n\(actual)",
                sourceLocation: sourceLocation)
        }
    }

    /// The bytes of a file; `nil` if there is none.
    package static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return content }
            content.append(contentsOf: buffer[..<count])
        }
    }

    package static func write(_ text: String, to path: String) -> Bool {
        guard let file = fopen(path, "wb") else { return false }
        let bytes = Array(text.utf8)
        let count = fwrite(bytes, 1, bytes.count, file)
        return fclose(file) == 0 && count == bytes.count
    }

    /// Names in a folder, sorted, hidden ones left out.
    package static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
