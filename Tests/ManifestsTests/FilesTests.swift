import Core
import Glibc
import TestSupport
import Testing

@testable import Manifests

@Suite("Finding manifests")
struct FilesTests {
    /// A folder that goes away with the test.
    final class Folder {
        let path: String

        init() {
            var template = Array("/tmp/syncbridge-XXXXXX".utf8CString)
            path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
        }

        deinit { remove(path) }

        private func remove(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return }
            if status.st_mode & S_IFMT == S_IFDIR {
                chmod(path, 0o700)
                for name in Golden.names(in: path) + [".hidden", ".git"] { remove("\(path)/\(name)") }
                rmdir(path)
            } else {
                unlink(path)
            }
        }

        func write(_ name: String, _ text: String = "a: 1\n") {
            for (index, character) in name.enumerated() where character == "/" {
                mkdir("\(path)/\(name.prefix(index))", 0o700)
            }
            #expect(Golden.write(text, to: "\(path)/\(name)"))
        }

        func find(_ paths: [String] = [""]) -> (names: [String], codes: [DiagnosticCode]) {
            let (files, diagnostics) = ManifestFiles.find(paths.map { $0.isEmpty ? path : "\(path)/\($0)" })
            return (files.map { String($0.path.dropFirst(path.count + 1)) }, diagnostics.all.map(\.code))
        }
    }

    @Test func readsBelowAFolderInOrder() {
        let folder = Folder()
        for name in ["b.yaml", "a.yml", "c/d/e.yaml", "c.yaml", "notes.txt", "x.yaml.bak", ".git/config.yaml"] {
            folder.write(name)
        }
        #expect(folder.find().names == ["a.yml", "b.yaml", "c.yaml", "c/d/e.yaml"])
        #expect(folder.find().codes == [])
        #expect(folder.find(["c/", "c", "c/d/e.yaml"]).names == ["c/d/e.yaml"], "each file once")
        #expect(folder.find(["notes.txt"]).names == ["notes.txt"], "a file that is named is read")
    }

    @Test func linksMayLeadInCircles() {
        let folder = Folder()
        folder.write("a/b.yaml")
        symlink(folder.path, "\(folder.path)/a/up")
        symlink("loop.yaml", "\(folder.path)/loop.yaml")
        let found = folder.find()
        #expect(found.names == ["a/b.yaml", "loop.yaml"])
        #expect(found.codes == [.unreadableFile])
    }

    @Test func whatCannotBeReadIsReported() {
        let folder = Folder()
        folder.write("a.yaml")
        #expect(folder.find(["missing"]).codes == [.unreadableFile])
        #expect(folder.find(["missing", "a.yaml"]).names == ["a.yaml", "missing"])
        symlink("nowhere", "\(folder.path)/b.yaml")
        #expect(folder.find().codes == [.unreadableFile])
    }

    @Test func anEmptyTreeIsAnError() {
        let folder = Folder()
        folder.write("notes.txt")
        #expect(folder.find().codes == [.emptyTree])
        #expect(ManifestLoader.load([]).desired == nil)
    }

    @Test func filesOverTheLimitAreNotKept() {
        let folder = Folder()
        folder.write("big.yaml", String(repeating: "#", count: YAMLLimits.fileBytes + 1))
        let (files, diagnostics) = ManifestFiles.find([folder.path])
        #expect(files.count == 1 && files[0].content == nil)
        #expect(diagnostics.all.map(\.code) == [.fileTooLarge])
    }

    @Test func namesAreBytes() {
        let folder = Folder()
        var name = Array("\(folder.path)/caf".utf8CString.dropLast()) + [CChar(bitPattern: 0xE9)]
        name += Array(".yaml".utf8CString)
        let file = fopen(name, "w")
        #expect(file != nil)
        if let file { fclose(file) }
        let (files, diagnostics) = ManifestFiles.find([folder.path])
        #expect(diagnostics.isEmpty)
        #expect(files.first?.content == [])
        unlink(name)
    }
}
