import Core
import Testing

@testable import Manifests

@Suite("Variables")
struct VariableTests {
    func load(_ extra: String, list: String = "Projects", options: LoadOptions = LoadOptions()) -> LoadResult {
        ManifestLoader.load(
            [
                ManifestFile(
                    path: "d.yaml", text: LoadingTests.smallest.replacing("list: Projects", with: "list: \(list)")),
                ManifestFile(
                    path: "p.yaml",
                    text:
                        "apiVersion: syncbridge.arcore.io/v1\nkind: Project\nmetadata: { name: p }\nspec: { \(extra) }\n"
                ),
            ], options: options)
    }

    func list(_ result: LoadResult) -> String? { result.desired?.definitions.first?.sharding.defaultList?.value }

    static func environment(_ name: String, _ variables: String) -> ManifestFile {
        ManifestFile(
            path: "e-\(name).yaml",
            text:
                "apiVersion: syncbridge.arcore.io/v1\nkind: Environment\nmetadata: { name: \(name) }\nspec: { variables: { \(variables) } }\n"
        )
    }

    @Test func strongerSourcesWin() {
        let files =
            [
                ManifestFile(
                    path: "d.yaml", text: LoadingTests.smallest.replacing("list: Projects", with: "list: \"L_${x}\"")),
                ManifestFile(
                    path: "p.yaml",
                    text:
                        "apiVersion: syncbridge.arcore.io/v1\nkind: Project\nmetadata: { name: p }\nspec: { variables: { x: project } }\n"
                ),
                Self.environment("prod", "x: environment"), Self.environment("test", "y: \"${unset}\""),
            ]
        var options = LoadOptions(environment: "test")
        func name() -> String? { list(ManifestLoader.load(files, options: options)) }
        // A variable that nothing uses may be without value only in an environment that was not chosen.
        #expect(name() == nil)
        options.environment = "prod"
        #expect(name() == "L_environment")
        options.processEnvironment = ["SYNCBRIDGE_VAR_x": "process", "x": "secret"]
        #expect(name() == "L_process")
        options.variablesFile = ManifestFile(path: "vars.yaml", text: "x: file\n")
        #expect(name() == "L_file")
        options.set = ["x": "set"]
        #expect(name() == "L_set")
    }

    @Test func theRestOfTheEnvironmentIsNotSeen() {
        let result = load("", list: "\"${HOME}\"", options: LoadOptions(processEnvironment: ["HOME": "root"]))
        #expect(result.diagnostics.all.map(\.code) == [.unsetVariable])
        #expect(result.diagnostics.all.first?.help?.contains("root") == false)
    }

    @Test func valuesAreReadInTheTypeOfTheirField() {
        let options = LoadOptions(set: ["n": "7", "s": "true", "list": "2024"])
        let result = load(
            "guards: { maxDeletes: \"${n}\" }", list: "\"${list}\"", options: options)
        #expect(result.diagnostics.isEmpty)
        #expect(result.desired?.project.guards.maxDeletes == 7)
        #expect(list(result) == "2024")
    }

    @Test func valuesCannotInjectYAML() {
        let result = load("", list: "\"${x}\"", options: LoadOptions(set: ["x": "A, other: B }"]))
        #expect(result.diagnostics.all.map(\.code) == [.badName])
        let fine = load("", list: "\"${x}\"", options: LoadOptions(set: ["x": "A, B"]))
        #expect(list(fine) == "A, B")
    }

    @Test func defaultsAndLiterals() {
        #expect(list(load("", list: "\"${x:-Fallback}\"")) == "Fallback")
        #expect(list(load("", list: "\"${x:-Fallback}\"", options: LoadOptions(set: ["x": ""]))) == "Fallback")
        #expect(list(load("variables: { a: \"${b}_1\", b: X }", list: "\"${a}\"")) == "X_1")
        #expect(load("", list: "\"$${x}\"").diagnostics.all.map(\.code) == [.badName], "{ is no part of a list's name")
    }

    @Test func unknownEnvironmentsAreNamed() {
        let files = [
            ManifestFile(path: "d.yaml", text: LoadingTests.smallest), Self.environment("production", "x: 1"),
        ]
        let result = ManifestLoader.load(files, options: LoadOptions(environment: "prodution"))
        #expect(result.diagnostics.all.map(\.code) == [.danglingReference])
        #expect(result.diagnostics.all.first?.help == "did you mean \"production\"?")
        #expect(ManifestLoader.load(files, options: LoadOptions(environmentRequired: false)).desired != nil)
        #expect(
            ManifestLoader.load(files, options: LoadOptions(environment: "production")).desired?.environment
                == "production")
    }

    @Test func manyThatDoubleEachOtherEnd() {
        let names = (0..<40).map { "v\($0): \"${v\($0 + 1)}${v\($0 + 1)}\"" } + ["v40: xxxxxxxxxx"]
        let result = load("variables: { \(names.joined(separator: ", ")) }")
        #expect(result.diagnostics.all.contains { $0.code == .badVariable })
        let chain = (0..<1000).map { "v\($0): \"${v\($0 + 1)}\"" } + ["v1000: x"]
        #expect(
            load("variables: { \(chain.joined(separator: ", ")) }").diagnostics.all.contains { $0.code == .badVariable }
        )
    }
}
