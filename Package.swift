// swift-tools-version: 6.2
import PackageDescription

// One direction of dependency: the pure core in the middle, adapters around it, the command line outside.
// ARCHITECTURE.md says what each target may know; an import that its table does not allow is a design question.

let package = Package(
    name: "syncbridge",
    products: [
        .executable(name: "syncbridge", targets: ["syncbridge"]),
        .executable(name: "graph-simulator", targets: ["graph-simulator"]),
        .executable(name: "syncbridge-bench", targets: ["syncbridge-bench"]),
        .executable(name: "simulate", targets: ["simulate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    ],
    targets: [
        // The C libraries: a module map and typed one-line wrappers, no logic.
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
        .systemLibrary(name: "CMalloc"),

        // The pure core: no I/O, clock, log or randomness.
        .target(name: "Core", dependencies: [.product(name: "Crypto", package: "swift-crypto")]),

        // Adapters. None imports another; `PostgreSQL` is the driver below the two that speak SQL.
        .target(name: "Manifests", dependencies: ["Core", "CYAML"]),
        .target(name: "PostgreSQL", dependencies: ["Core", "CPostgres"]),
        .target(name: "SourceDatabase", dependencies: ["Core", "PostgreSQL"]),
        .target(
            name: "Migrations", path: "Migrations", exclude: ["functions/README.md"],
            resources: [
                .embedInCode("0001_initial.sql"), .embedInCode("0002_protocol.sql"),
                .embedInCode("0003_quota.sql"), .embedInCode("0004_capture.sql"),
                .embedInCode("0005_recovery.sql"), .embedInCode("0006_waves.sql"),
                .embedInCode("0007_named_keys.sql"), .embedInCode("0009_functions.sql"),
                .embedInCode("0010_fingerprints_keys_dates.sql"), .embedInCode("0011_guards_snapshots.sql"),
                .embedInCode("functions/note_fingerprints_v1.sql"),
                .embedInCode("functions/open_intents_v2.sql"), .embedInCode("functions/quota_exchange_v2.sql"),
                .embedInCode("functions/require_definition_v2.sql"), .embedInCode("functions/write_ledger_v2.sql"),
                .embedInCode("functions/write_ledger_v3.sql"), .embedInCode("functions/write_ledger_v4.sql"),
            ]),
        .target(name: "MetaStore", dependencies: ["Core", "PostgreSQL", "Migrations"]),
        .target(name: "CurlTransport", dependencies: ["Core", "CCurl"]),
        .target(name: "MicrosoftGraph", dependencies: ["Core", .product(name: "Logging", package: "swift-log")]),

        // What runs them: a step machine and the shell that performs its actions.
        .target(name: "Reconciler", dependencies: ["Core", .product(name: "Logging", package: "swift-log")]),

        // What people and programs read: one writer for each form.
        .target(name: "Reports", dependencies: ["Core", "Reconciler"]),

        // The services of a run, made from manifests and the process environment; no verbs.
        .target(
            name: "Composition",
            dependencies: [
                "Core", "PostgreSQL", "SourceDatabase", "MetaStore", "CurlTransport", "MicrosoftGraph", "Reconciler",
                .product(name: "Logging", package: "swift-log"),
            ]),

        // The outside.
        .target(
            name: "CommandLineTool",
            dependencies: [
                "Core", "Manifests", "PostgreSQL", "SourceDatabase", "MetaStore", "MicrosoftGraph", "Reconciler",
                "Reports", "Composition",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(name: "syncbridge", dependencies: ["CMalloc", "CommandLineTool"]),

        // The simulator of Microsoft Graph: never part of the production program.
        .target(
            name: "GraphSimulator",
            dependencies: [
                "Core", .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .executableTarget(
            name: "graph-simulator",
            dependencies: [
                "Core", "GraphSimulator", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Whole runs in a world made from one number: never part of the production program.
        .target(
            name: "Simulation", dependencies: ["Core", "Reconciler", .product(name: "Logging", package: "swift-log")]),
        .executableTarget(
            name: "simulate",
            dependencies: ["Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

        // Measures the figures of docs/benchmarks.md; see scripts/bench.
        .executableTarget(
            name: "syncbridge-bench",
            dependencies: [
                "Core", "CurlTransport", "Manifests", "PostgreSQL", "SourceDatabase", "MetaStore", "Reconciler",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Benchmarks", exclude: ["peers"]),

        .target(name: "TestSupport", dependencies: ["Core", "PostgreSQL"], path: "Tests/TestSupport"),
        // Suites that the real form of a port and the one in memory share.
        .target(name: "Conformance", dependencies: ["Core"], path: "Tests/Conformance"),
        .target(
            name: "Fuzz", dependencies: ["Core", "CurlTransport", "Manifests", "MicrosoftGraph", "PostgreSQL"],
            path: "Tests/Fuzz/Parsers"),
        // The rules of the house itself, read from the sources.
        .testTarget(name: "TidyTests"),
        .testTarget(name: "FuzzTests", dependencies: ["Fuzz", "TestSupport"]),
        .testTarget(name: "CoreTests", dependencies: ["Core", "TestSupport"]),
        .testTarget(
            name: "ReportsTests", dependencies: ["Core", "Reconciler", "Reports", "TestSupport"], exclude: ["Fixtures"]),
        .testTarget(
            name: "ManifestsTests", dependencies: ["Core", "Manifests", "TestSupport"], exclude: ["Fixtures"]),
        .testTarget(name: "PostgreSQLTests", dependencies: ["Core", "PostgreSQL", "TestSupport"]),
        .testTarget(name: "CurlTransportTests", dependencies: ["Core", "CCurl", "CurlTransport"]),
        .testTarget(name: "MicrosoftGraphTests", dependencies: ["Core", "MicrosoftGraph", "TestSupport"]),
        .testTarget(
            name: "SourceDatabaseTests",
            dependencies: ["Conformance", "Core", "PostgreSQL", "SourceDatabase", "TestSupport"]),
        .testTarget(name: "GraphSimulatorTests", dependencies: ["GraphSimulator", "Core", "TestSupport"]),
        .testTarget(
            name: "MetaStoreTests",
            dependencies: ["Conformance", "Core", "MetaStore", "Migrations", "PostgreSQL", "TestSupport"]),
        .testTarget(
            name: "ReconcilerTests",
            dependencies: [
                "Conformance", "Core", "Reconciler", "Simulation", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Conformance", "Core", "GraphSimulator", "MicrosoftGraph", "Reconciler", "Simulation",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Core", "GraphSimulator", "PostgreSQL", "TestSupport", "graph-simulator", "syncbridge"]),
    ],
    swiftLanguageModes: [.v6]
)

// The long runs of scripts/fuzz, which names the toolchain's libFuzzer here.
let libFuzzer = Context.environment["SYNCBRIDGE_LIBFUZZER"]
if let libFuzzer {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"),
        .executableTarget(
            name: "fuzz-driver", dependencies: ["CLibFuzzer", "Fuzz"], path: "Tests/Fuzz/Driver",
            linkerSettings: [.unsafeFlags([libFuzzer]), .linkedLibrary("stdc++")]),
    ]
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
    // What libFuzzer steers by. Not for the whole command line: linking would bring libFuzzer's main function.
    if libFuzzer != nil { target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer"])) }
}
