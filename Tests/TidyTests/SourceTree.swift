import Foundation

/// The sources of the package as text, without comments and the inside of string literals.
struct SourceTree {
    struct File {
        /// From the package's folder on: `Sources/Core/Values/Value.swift`.
        var path: String
        var text: String
        var lines: Int

        /// `Core`.
        var target: String { String(path.split(separator: "/")[1]) }
        /// Below the target: `Values`, `Model/Keys`; empty for a file that lies in no folder.
        var folder: String { path.split(separator: "/").dropFirst(2).dropLast().joined(separator: "/") }
    }

    var files: [File]

    init(files: [File]) { self.files = files }

    /// What stands under these folders of the package that this file belongs to.
    static func read(_ folders: String...) throws -> SourceTree {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var files: [File] = []
        for folder in folders {
            let base = root.appendingPathComponent(folder).path
            for case let path as String in FileManager.default.enumerator(atPath: base) ?? .init()
            where path.hasSuffix(".swift") {
                let text = try String(contentsOfFile: "\(base)/\(path)", encoding: .utf8)
                files.append(
                    File(
                        path: "\(folder)/\(path)", text: stripped(text),
                        lines: text.split(separator: "\n", omittingEmptySubsequences: false).count - 1))
            }
        }
        return SourceTree(files: files.sorted { $0.path < $1.path })
    }

    static func page(_ name: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOfFile: root.appendingPathComponent(name).path, encoding: .utf8)
    }

    static func stripped(_ text: String) -> String {
        text.replacing(/"""(?s:.*?)"""/, with: "\"\"").replacing(/"(?:\\.|[^"\\\n])*"/, with: "\"\"")
            .replacing(/\/\/[^\n]*/, with: "")
    }

    /// Types that a file declares at its top level and that others can name.
    static func declared(in text: String) -> [String] {
        text.matches(
            of:
                /(?m)^(?:package |public |internal |final |indirect )*(?:struct|enum|class|actor|protocol|typealias) (\w+)/
        ).map { String($0.1) }
    }

    /// Names of types that a text mentions, but for members of others such as `Unicode.Scalar`.
    static func named(in text: String) -> Set<String> {
        Set(text.matches(of: /(?:^|[^\w.])([A-Z]\w*)/).map { String($0.1) })
    }

    static func imports(in text: String) -> Set<String> {
        Set(text.matches(of: /(?m)^(?:package |public |internal |@testable )*import (\w+)/).map { String($0.1) })
    }
}
