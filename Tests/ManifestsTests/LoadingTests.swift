import Core
import Testing

@testable import Manifests

@Suite("Loading manifests")
struct LoadingTests {
    static let folder: String = {
        // This file lies two folders below the root of the package.
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    @Test func readsTheSmallestTree() throws {
        let result = ManifestLoader.load([ManifestFile(path: "projects.yaml", text: Self.smallest)])
        #expect(result.diagnostics.all == [])
        let desired = try #require(result.desired)
        #expect(desired.project == Project())
        #expect(desired.sources == [.fromEnvironment])
        #expect(desired.sites == [.fromEnvironment])
        let definition = try #require(desired.definitions.first)
        #expect(definition.name == "projects")
        #expect(definition.table == TableName(schema: "public", name: "projects"))
        #expect(definition.sharding.listNames == ["Projects"])
        #expect(definition.sharding.rules.isEmpty)
        #expect(definition.mapping.auto == AutoMapping())
        #expect(definition.deletes == .propagate)
        #expect(definition.mode == .oneWayPush)
        #expect(definition.sourceProfile == "postgres")
        #expect(definition.siteProfile == "sharepoint")
    }

    @Test func readsTheWorkedExample() throws {
        let (files, found) = ManifestFiles.find(["\(Self.folder)/manifests"])
        #expect(found.isEmpty)
        let result = ManifestLoader.load(files)
        #expect(DiagnosticRenderer().text(result.diagnostics.all) == "")
        let desired = try #require(result.desired)
        #expect(desired.definitions.map(\.name) == ["customers", "projects"])
        #expect(desired.sites.first?.graphEndpoint == nil)
        let projects = desired.definitions[1]
        #expect(projects.sharding.listNames == ["Projects_Active", "Projects_Closed", "Projects_Archive"])
        #expect(projects.mapping.fields.map(\.target).first == "Title")
    }

    static let smallest = """
        apiVersion: syncbridge.arcore.io/v1
        kind: SyncDefinition
        metadata: { name: projects }
        spec:
          source: { table: public.projects }
          target: { list: Projects }
          deletes: PROPAGATE
        """
}
