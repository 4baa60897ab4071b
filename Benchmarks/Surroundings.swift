internal import Core
internal import Glibc

/// The environment, files and standard error of this process.
enum Surroundings {
    static let environment: [String: String] = {
        var all: [String: String] = [:]
        var at = environ
        while let entry = at.pointee {
            let text = String(cString: entry)
            if let mark = text.firstIndex(of: "=") {
                all[String(text[..<mark])] = String(text[text.index(after: mark)...])
            }
            at += 1
        }
        return all
    }()

    /// A variable that scripts/bench sets.
    static func required(_ name: String) throws -> String {
        guard let value = environment[name], !value.isEmpty else {
            throw BenchmarkError("\(name) has no value; start with scripts/bench")
        }
        return value
    }

    static func timeZone(_ name: String) -> SiteTimeZone? {
        name == "UTC"
            ? .utc
            : (try? Files.bytes("/usr/share/zoneinfo/\(name)")).flatMap { SiteTimeZone(name: name, tzif: $0) }
    }
}

enum Files {
    static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw BenchmarkError("\(path) cannot be read") }
        defer { fclose(file) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return all }
            all.append(contentsOf: buffer[..<count])
        }
    }

    static func read(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "wb") else { throw BenchmarkError("\(path) cannot be written") }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw BenchmarkError("\(path): write failed") }
    }

    static func size(_ path: String) throws -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw BenchmarkError("there is no \(path)") }
        return Int(status.st_size)
    }

    /// A path that nothing has yet, in the folder that scripts/bench removes at the end.
    static func temporary(_ hint: String) throws -> String {
        let folder = try Surroundings.required("SYNCBRIDGE_BENCH_FOLDER")
        return "\(folder)/\(hint)-\(UInt64.random(in: 0 ... .max))"
    }
}

enum Log {
    static func note(_ text: String) {
        let line = Array("\(text) …\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
