import Foundation
import Glibc
import Testing

/// Findings are coloured where a person sees them, unless somebody says no.
@Suite("Colour")
struct ColourTests {
    /// TIOCSPTLCK and TIOCGPTN of <asm/ioctls.h>, which the importer leaves out.
    private static let (setLock, getNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))

    /// What `validate` writes to a terminal about a tree with an error.
    private func shown(_ arguments: [String] = [], _ environment: [String: String] = [:]) async throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sb-colour-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("manifests"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("kind: Nothing\n".utf8).write(to: folder.appendingPathComponent("manifests/main.yaml"))
        let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        defer { close(terminal) }
        var (lock, number) = (CInt(0), CInt(0))
        let isOpen = ioctl(terminal, Self.setLock, &lock) == 0 && ioctl(terminal, Self.getNumber, &number) == 0
        try #require(isOpen)
        let running = try Program.start(
            ["validate"] + arguments, environment: environment, directory: folder, output: "/dev/pts/\(number)")
        #expect(await running.status.value == 11)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(terminal, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    @Test func aTerminalIsColouredUnlessSomebodySaysNo() async throws {
        let escape = "\u{1B}["
        #expect(try await shown().contains("\(escape)1;31merror"))
        for plain in [
            try await shown(["--no-color"]), try await shown([], ["NO_COLOR": "1"]),
            try await shown([], ["TERM": "dumb"]),
        ] {
            #expect(plain.contains("error") && !plain.contains(escape))
        }
        #expect(try await shown([], ["NO_COLOR": ""]).contains(escape))
    }
}
