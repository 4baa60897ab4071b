package import Core
import Glibc

/// Finds and reads the files of a tree.
package enum ManifestFiles {
    /// The manifests at and below `paths`, sorted by path, each file once.
    ///
    /// Folders are searched for names ending in `.yaml` or `.yml`; names that begin with a dot are left out, so that
    /// `.git` and `.github` are no manifests. A path that names a file is read whatever its name. Links are followed;
    /// a folder is entered once. What cannot be read is reported and returned without content, so that the loader knows that something is missing.
    package static func find(_ paths: [String]) -> ([ManifestFile], Diagnostics) {
        var search = FileSearch()
        for path in paths { search.start(at: path) }
        let files = search.files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        if files.isEmpty, search.diagnostics.isEmpty {
            search.diagnostics.error(
                .emptyTree, "No file ending in .yaml or .yml was found at or below \(quoted(all: paths)).",
                help: "name the folder with -f, or write a first manifest with init", at: nil)
        }
        return (files, search.diagnostics)
    }

    /// Reads one file that an option names.
    package static func read(_ path: String) -> (ManifestFile, Diagnostics) {
        var search = FileSearch()
        search.read(FilePath(path))
        return (search.files.first ?? ManifestFile(path: path, content: nil), search.diagnostics)
    }
}

/// A path as the system has it. Names of files are bytes, not always UTF-8.
private struct FilePath {
    /// Without the terminating zero.
    let bytes: [UInt8]

    init(_ text: String) {
        var bytes = Array(text.utf8)
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        self.bytes = bytes
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    func appending(_ name: [UInt8]) -> FilePath {
        if bytes == Array(".".utf8) { return FilePath(bytes: name) }
        return FilePath(bytes: bytes + (bytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + name)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        // A path with a zero inside names nothing; the system sees it end there, as it would from any C program.
        var terminated = bytes.map { CChar(bitPattern: $0) }
        terminated.append(0)
        return terminated.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return "".withCString(body) }
            return body(base)
        }
    }
}

private struct FileSearch {
    private struct Identity: Hashable {
        var device: UInt
        var number: UInt

        init(_ status: stat) {
            device = UInt(status.st_dev)
            number = UInt(status.st_ino)
        }
    }

    var files: [ManifestFile] = []
    var diagnostics = Diagnostics()
    private var seen: Set<Identity> = []

    mutating func start(at path: String) {
        let path = FilePath(path)
        guard let status = status(of: path) else { return }
        if isFolder(status) {
            search(path, status)
        } else if seen.insert(Identity(status)).inserted {
            read(path)
        }
    }

    /// Folders still to be entered are a list, so that a deep tree does not end on the stack.
    private mutating func search(_ root: FilePath, _ status: stat) {
        guard seen.insert(Identity(status)).inserted else { return }
        var folders = [root]
        while let folder = folders.popLast() {
            for name in names(in: folder) {
                let path = folder.appending(name)
                guard let status = self.status(of: path) else { continue }
                if isFolder(status) {
                    if seen.insert(Identity(status)).inserted { folders.append(path) }
                } else if isManifest(name), seen.insert(Identity(status)).inserted {
                    read(path)
                }
            }
        }
    }

    private func isFolder(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

    private func isManifest(_ name: [UInt8]) -> Bool {
        name.suffix(5).elementsEqual(".yaml".utf8) || name.suffix(4).elementsEqual(".yml".utf8)
    }

    private mutating func status(of path: FilePath) -> stat? {
        var status = stat()
        guard path.withCString({ stat($0, &status) }) == 0 else {
            fail(path, errno)
            return nil
        }
        return status
    }

    /// Names in a folder, sorted, without hidden ones.
    private mutating func names(in folder: FilePath) -> [[UInt8]] {
        guard let directory = folder.withCString({ opendir($0) }) else {
            fail(folder, errno)
            return []
        }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name.first != UInt8(ascii: ".") { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    mutating func read(_ path: FilePath) {
        let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            fail(path, errno)
            return
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while content.count <= YAMLLimits.fileBytes {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            guard count > 0 else {
                if errno == EINTR { continue }
                fail(path, errno)
                return
            }
            content.append(contentsOf: buffer[..<count])
        }
        guard content.count <= YAMLLimits.fileBytes else {
            diagnostics.append(YAMLParser.tooLarge(file: path.text))
            files.append(ManifestFile(path: path.text, content: nil))
            return
        }
        files.append(ManifestFile(path: path.text, content: content))
    }

    private mutating func fail(_ path: FilePath, _ number: Int32) {
        files.append(ManifestFile(path: path.text, content: nil))
        let help =
            switch number {
            case ENOENT: "check the path; it counts from the working directory, or from -C"
            case EACCES, EPERM: "give the user that runs syncbridge the right to read it"
            case ELOOP: "remove one of the links: they lead in a circle"
            default: "check the disk and the mount"
            }
        diagnostics.error(
            .unreadableFile, "\(quoted(path.text)): \(String(cString: strerror(number))).", help: help,
            at: SourceRange(file: path.text, line: 1, column: 1))
    }
}
