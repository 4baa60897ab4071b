import Core
import TestSupport
import Testing

@testable import Manifests

@Suite("One table for check, defaults and schema")
struct SchemaTests {
    /// Every object with a default reads as the model's own value when nothing is written.
    @Test func defaultsAreThoseOfTheModel() throws {
        let desired = try #require(
            ManifestLoader.load([
                ManifestFile(path: "a.yaml", text: LoadingTests.smallest),
                ManifestFile(
                    path: "p.yaml",
                    text: "apiVersion: syncbridge.arcore.io/v1\nkind: Project\nmetadata: { name: default }\n"),
            ]).desired)
        var project = desired.project
        project.place = nil
        #expect(project == Project(guards: .defaults))
        let definition = try #require(desired.definitions.first)
        #expect(definition.guards == Guards())
        #expect(definition.mode == .oneWayPush && definition.onDrift == .report && !definition.suspend)
    }

    @Test func everyKeyIsDescribed() {
        func walk(_ shape: Shape, _ path: String) {
            switch shape {
            case .object(let object):
                for key in object.keys {
                    #expect(!key.doc.isEmpty || ColumnTypeSchema.unsupported.contains(key.name), "\(path).\(key.name)")
                    walk(key.shape, "\(path).\(key.name)")
                }
                #expect(Set(object.keys.map(\.name)).count == object.keys.count)
                for variant in object.variants?.shapes ?? [] { walk(.object(variant.shape), path) }
            case .list(let element, _): walk(element, path)
            case .dictionary(_, let value): walk(value, path)
            case .either(let scalar, let list, let mapping):
                for part in [scalar, list, mapping].compactMap({ $0 }) { walk(part, path) }
            default: break
            }
        }
        for kind in ManifestKind.allCases { walk(.object(kind.document), kind.rawValue) }
        for named in NamedShape.allCases { walk(named.shape, named.rawValue) }
    }

    @Test(arguments: ManifestKind.allCases) func isAsBefore(kind: ManifestKind) {
        Golden.expect(
            ManifestSchema.jsonSchema(kind).text(.pretty), matches: "\(Self.folder)/\(kind.rawValue).schema.json")
    }

    /// What the loader takes, the schema takes, and the other way round for what a schema can say.
    @Test func examplesFit() throws {
        for text in [LoadingTests.everything, LoadingTests.smallest] {
            var diagnostics = Diagnostics()
            let source = SourceText(file: "x", bytes: Array(text.utf8))
            for root in try #require(YAMLParser.documents(of: source, &diagnostics)) {
                let kind = try #require(root["kind"]?.textValue.flatMap(ManifestKind.init(rawValue:)))
                let problems = SchemaValidator(root: ManifestSchema.jsonSchema(kind)).problems(in: root.json)
                #expect(problems == [], "\(kind.rawValue)")
                let any = SchemaValidator(root: ManifestSchema.jsonSchema()).problems(in: root.json)
                #expect(any == [])
                var bad = root
                if case .mapping(var entries) = bad.content {
                    entries.append(YAMLEntry(key: "extra", keyRange: root.range, value: root))
                    bad.content = .mapping(entries)
                }
                #expect(SchemaValidator(root: ManifestSchema.jsonSchema(kind)).problems(in: bad.json) != [])
            }
        }
    }

    static let folder = BadManifestTests.fixtures.replacing("/bad", with: "/schema")
}

@Suite("Resolved documents")
struct RenderTests {
    @Test func readAsTheSameTree() throws {
        let options = LoadOptions(set: ["GRAPH_URL": "https://graph.example.com", "region": "2024"])
        let text = LoadingTests.everything.replacing(
            "\"A code\"", with: "\"$${x} 'q' \\\"d\\\" é\\n\\u202e: # ${region}\"")
        let first = ManifestLoader.load([ManifestFile(path: "a.yaml", text: text)], options: options)
        #expect(DiagnosticRenderer().text(first.diagnostics.all) == "")
        let rendered = ManifestRenderer.render(first)
        let second = ManifestLoader.load([ManifestFile(path: "b.yaml", text: rendered)])
        #expect(DiagnosticRenderer().text(second.diagnostics.all) == "")
        #expect(ManifestRenderer.render(second) == rendered)
        let (before, after) = (try #require(first.desired), try #require(second.desired))
        #expect(
            before.definitions.first?.mapping.fields[2].description
                == after.definitions.first?.mapping.fields[2].description)
        #expect(before.sites.first?.graphEndpoint == after.sites.first?.graphEndpoint)
        #expect(before.definitions.first?.sharding.listNames == after.definitions.first?.sharding.listNames)
        Golden.expect(rendered, matches: "\(SchemaTests.folder)/../rendered.yaml")
    }
}
