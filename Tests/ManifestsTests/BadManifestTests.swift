import Core
import TestSupport
import Testing

@testable import Manifests

/// Every folder of `Fixtures/bad` is a tree with something wrong; `expected.txt` is what people then see.
@Suite("Bad manifests")
struct BadManifestTests {
    static let fixtures: String = {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/Fixtures/bad"
    }()

    /// Stands in literals of the fixtures, and must be in no output.
    static let canary = "c4n4ry-S3cret"

    @Test(arguments: Golden.names(in: fixtures))
    func isExplained(name: String) throws {
        let folder = "\(Self.fixtures)/\(name)"
        let files = Self.files(in: folder)
        let result = ManifestLoader.load(files)
        let text = DiagnosticRenderer().text(result.diagnostics.all)
        Golden.expect(text, matches: "\(folder)/expected.txt")

        for diagnostic in result.diagnostics.all {
            #expect(diagnostic.help?.isEmpty == false, "\(diagnostic.code.rawValue) has no help")
            #expect(
                diagnostic.source != nil || diagnostic.code == .emptyTree, "\(diagnostic.code.rawValue) has no place")
        }
        #expect(result.diagnostics.isEmpty == false)
        #expect((result.desired == nil) == result.diagnostics.hasErrors)
        let json = DiagnosticRenderer.json(result.diagnostics.all).text()
        for output in [text, json, ManifestRenderer.render(result)] {
            #expect(!output.contains(Self.canary), "a secret is shown")
            #expect(!output.unicodeScalars.contains("\u{1B}"), "the terminal can be steered")
        }
    }

    @Test func thereAreEnough() { #expect(Golden.names(in: Self.fixtures).count >= 40) }

    static func files(in folder: String) -> [ManifestFile] {
        Golden.names(in: folder).filter { $0.hasSuffix(".yaml") }.map { name in
            ManifestFile(path: name, content: Golden.read("\(folder)/\(name)"))
        }
    }
}
