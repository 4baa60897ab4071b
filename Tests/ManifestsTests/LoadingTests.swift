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
        #expect(projects.mapping.fields.map(\.target).contains("Title"))
    }

    @Test(arguments: [
        ("{ WATERMARK: { column: updated_at } }", nil, 86_400),
        (
            "{ WATERMARK: { column: updated_at, overlap: 1h, snapshotEvery: 2d } }", Watermark.Overlap.seconds(3600),
            172_800
        ),
        ("{ WATERMARK: { column: updated_at, overlapValues: 5, snapshotEvery: 0s } }", .values(5), 0),
    ])
    func readsAWatermark(text: String, overlap: Watermark.Overlap?, snapshotEvery: Int64) throws {
        let tree = Self.smallest.replacing("public.projects }", with: "public.projects, capture: \(text) }")
        let result = ManifestLoader.load([ManifestFile(path: "projects.yaml", text: tree)])
        #expect(result.diagnostics.all == [])
        guard case .watermark(let watermark) = result.desired?.definitions.first?.capture else {
            Issue.record("no watermark")
            return
        }
        #expect(watermark.column.value == "updated_at" && watermark.column.place?.start.line == 5)
        #expect(watermark.overlap?.value == overlap && watermark.snapshotEvery == snapshotEvery)
        #expect((watermark.overlap == nil) == (watermark.overlap?.place == nil))
        // How changes are found changes no row.
        let plain = ManifestLoader.load([ManifestFile(path: "projects.yaml", text: Self.smallest)])
        #expect(result.desired?.definitions.first?.fingerprint == plain.desired?.definitions.first?.fingerprint)
        let rendered = ManifestRenderer.render(result)
        #expect(rendered.contains("WATERMARK:"))
        let again = ManifestLoader.load([ManifestFile(path: "projects.yaml", text: rendered)])
        #expect(ManifestRenderer.render(again) == rendered)
    }

    @Test func readsEverything() throws {
        let result = ManifestLoader.load([ManifestFile(path: "all.yaml", text: Self.everything)])
        #expect(DiagnosticRenderer().text(result.diagnostics.all) == "")
        let desired = try #require(result.desired)
        #expect(
            desired.project.guards
                == Guards(maxDeletes: 30, maxDeletePercent: 7.5, maxUpdatePercent: 95, maxRejectedPercent: 2))
        #expect(desired.project.retention == Retention(runs: 10, tombstones: 3, conflicts: 4))
        #expect(desired.project.metaStore.schema == "bridge")
        #expect(desired.project.allow.first?.hazard == .columnDeleteData)
        #expect(desired.project.allow.first?.until == CivilDate(year: 2027, month: 3, day: 31))
        guard case .parts(let parts) = try #require(desired.sources.first).connection else {
            Issue.record("not in parts")
            return
        }
        #expect(parts.port == 6432)
        #expect(parts.password?.location == .file("secrets/password"))
        let site = try #require(desired.sites.first)
        #expect(site.hostname == .literal("contoso.sharepoint.com"))
        #expect(site.graphEndpoint == nil)
        #expect(site.authorityEndpoint == .literal("http://127.0.0.1:8080"))
        #expect(site.quota == SiteProfile.Quota(licences: 5000, share: 50))
        let definition = try #require(desired.definitions.first)
        #expect(definition.table == TableName(schema: "My Schema", name: "Odd.Table"))
        #expect(definition.renamedFrom.map(\.value) == ["old-projects"])
        #expect(definition.deletes == .mark)
        #expect(definition.suspend)
        #expect(definition.lists["Projects_Active"]?.adopt == true)
        #expect(
            definition.sharding.listNames == [
                "Projects_Active", "Projects_Closed", "Projects_Other", "P_emea", "Projects_Archive",
            ])
        #expect(definition.mapping.fields.count == 16)
        #expect(definition.mapping.fields[2].indexed, "unique implies an index")
        #expect(definition.mapping.fields[8].defaultValue == .value("1"))
        #expect(definition.mapping.fields[9].defaultValue == .formula("=Today"))
    }

    @Test func conditionsHaveNoNullLeft() throws {
        let result = ManifestLoader.load([ManifestFile(path: "all.yaml", text: Self.everything)])
        let rules = try #require(result.desired?.definitions.first?.sharding.rules)
        func column(_ name: String, _ comparison: Condition.Comparison) -> Condition {
            .column(name, comparison, place: nil)
        }
        #expect(rules[0].condition.bare == column("status", .equal(.text("Active"))))
        #expect(
            rules[1].condition.bare
                == .all([
                    .any([column("status", .isNull(true)), column("status", .oneOf([.text("Closed")]))]),
                    column("closed_at", .olderThan(7_776_000)),
                ]))
        #expect(
            rules[2].condition.bare
                == .any([
                    .all([column("cost", .greaterOrEqual(.number("16"))), column("cost", .less(.number("1e3")))]),
                    .not(.all([column("code", .prefix("A")), column("code", .isNull(false))])),
                ]))
        #expect(
            rules[3].condition.bare
                == .all([
                    column("all", .isNull(false)),
                    .all([column("all", .isNull(false)), column("all", .noneOf([.text("a")]))]),
                ]))
    }

    @Test func aFileThatCannotBeReadLeavesNoState() {
        let result = ManifestLoader.load([
            ManifestFile(path: "a.yaml", text: Self.smallest), ManifestFile(path: "b.yaml", content: nil),
        ])
        // The finding was made where the file was read; whoever ignores it gets nothing all the same.
        #expect(result.desired == nil)
    }

    @Test func orderOfFilesMeansNothing() {
        let parts = Self.everything.split(separator: "---\n").enumerated().map { index, text in
            ManifestFile(path: "\(index).yaml", text: String(text))
        }
        let forward = ManifestLoader.load(parts)
        let backward = ManifestLoader.load(parts.reversed())
        #expect(forward.desired != nil)
        #expect(forward.desired == backward.desired)
        #expect(ManifestRenderer.render(forward) == ManifestRenderer.render(backward))
    }
}

extension Condition {
    /// Without places.
    var bare: Condition {
        switch self {
        case .all(let parts): .all(parts.map(\.bare))
        case .any(let parts): .any(parts.map(\.bare))
        case .not(let part): .not(part.bare)
        case .column(let name, let comparison, _): .column(name, comparison, place: nil)
        }
    }
}
