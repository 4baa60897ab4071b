import Testing

/// The house's own rules, read from the sources as text. Lists of exceptions may only shrink.
@Suite("Tidiness") struct TidyTests {
    // MARK: Folders

    /// Innermost first: a file names types of its own folder and of those before it.
    static let core = [
        "Text/Time", "Text/Encodings", "Text/Addresses", "Text/JSON", "Text/Diagnostics", "Text/Bytes", "Values",
        "Model/Keys",
        "Model/Hazards", "Model/Lists", "Model/Manifest", "Model/Table", "Model/Bound",
        "Model/Leases", "Model/Rows", "Model/Registry", "Model/Quota", "Model/Items", "Ports", "Ports/MetaStore",
        "Decisions/Transforms", "Decisions/Binding", "Decisions/Reading", "Decisions/Reading/InPlace",
        "Decisions/Capture", "Decisions/Rows", "Decisions/Sightings", "Decisions/Quota", "Decisions/Lists",
        "Decisions/Guards", "Decisions/Plan",
    ]
    static let reconciler = [
        "Run", "Provision", "Observe", "Write", "Feed", "Plan", "Apply", "Recover", "Story",
    ]

    /// - Returns: `file names Type of folder` for each name that points outward.
    static func outward(_ files: [SourceTree.File], order: [String]) -> [String] {
        var homes: [String: Set<String>] = [:]
        for file in files {
            for name in SourceTree.declared(in: file.text) { homes[name, default: []].insert(file.folder) }
        }
        var found: [String] = []
        for file in files {
            guard let here = order.firstIndex(of: file.folder) else {
                found.append("\(file.path): the folder \(file.folder) is in no list")
                continue
            }
            for name in SourceTree.named(in: file.text).sorted() {
                for home in homes[name] ?? [] where (order.firstIndex(of: home) ?? .max) > here {
                    found.append("\(file.path) names \(name) of \(home)")
                }
            }
        }
        return found
    }

    @Test(arguments: [("Core", core), ("Reconciler", reconciler)])
    func foldersPointInward(target: String, order: [String]) throws {
        #expect(Self.outward(try SourceTree.read("Sources/\(target)").files, order: order) == [])
    }

    @Test func anOutwardNameIsFound() {
        let files = [
            SourceTree.File(path: "Sources/X/In/A.swift", text: "struct A { var b: B }", lines: 1),
            SourceTree.File(path: "Sources/X/Out/B.swift", text: "package struct B { var a: A }", lines: 1),
        ]
        #expect(Self.outward(files, order: ["In", "Out"]) == ["Sources/X/In/A.swift names B of Out"])
        #expect(Self.outward(files, order: ["Out", "In"]) == ["Sources/X/Out/B.swift names A of In"])
    }

    // MARK: Files and names

    @Test(arguments: [("Sources", 400), ("Tests", 450)])
    func filesAreShort(folder: String, linesMax: Int) throws {
        let long = try SourceTree.read(folder).files.filter { $0.lines > linesMax }
        #expect(long.map { "\($0.path): \($0.lines) lines" } == [])
    }

    /// Two things of one name, in two targets.
    static let doubled: Set<String> = [
        "Call", "FailureText", "Faults", "FeedEntry", "FeedPage", "GraphAnswer", "GraphError", "Hold",
        "PercentEncoding", "Route", "SeededRandom", "Settings", "SimulatedSite", "TextForm",
    ]

    static func doubles(_ files: [SourceTree.File]) -> Set<String> {
        var homes: [String: Set<String>] = [:]
        for file in files {
            for name in SourceTree.declared(in: file.text) { homes[name, default: []].insert(file.path) }
        }
        return Set(homes.filter { $0.value.count > 1 }.keys)
    }

    @Test func noNewNameIsDeclaredTwice() throws {
        // One that is mended goes from the list.
        #expect(Self.doubles(try SourceTree.read("Sources").files).sorted() == Self.doubled.sorted())
    }

    @Test func aDoubledNameIsFound() {
        let file = SourceTree.File(path: "Sources/X/A.swift", text: "struct A {}", lines: 1)
        var other = file
        other.path = "Sources/Y/A.swift"
        #expect(Self.doubles([file, other]) == ["A"])
    }

    // MARK: Imports

    /// Modules of the system, and the standard library's own.
    private static let system: Set<String> = ["Glibc", "Dispatch", "Synchronization", "Swift"]

    /// The rows of the table in ARCHITECTURE.md, a target and what it may import.
    static func table(_ page: String) -> [String: Set<String>] {
        var rows: [String: Set<String>] = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingPrefix(" ") }
            guard cells.count >= 3 else { continue }
            let words = cells[1].matches(of: /\w+/).map { String($0.0) }
            for name in cells[0].matches(of: /`([\w-]+)`/) { rows[String(name.1)] = Set(words) }
        }
        return rows
    }

    @Test func importsAreThoseOfTheTable() throws {
        let table = Self.table(try SourceTree.page("ARCHITECTURE.md"))
        var outside: [String] = []
        for file in try SourceTree.read("Sources").files {
            guard let allowed = table[file.target] else { continue }
            // The outermost rows say "all above" and "their library".
            guard !allowed.contains("above"), !allowed.contains("library") else { continue }
            for name in SourceTree.imports(in: file.text).subtracting(allowed).subtracting(Self.system).sorted() {
                outside.append("\(file.path) imports \(name)")
            }
        }
        #expect(outside == [])
    }

    @Test func theTableIsRead() {
        #expect(
            Self.table("| `A`, `b-c` | Core, CYAML | words |") == ["A": ["Core", "CYAML"], "b-c": ["Core", "CYAML"]])
    }

    // MARK: Switches

    /// `default:` in switches over enums of ours. It hides a new case.
    static let defaults = [
        "Core": 29, "Reconciler": 1, "MetaStore": 0,
    ]

    /// - Returns: Switches with a `default:` whose other labels are all cases of one enum that these files declare.
    static func hidingDefaults(_ files: [SourceTree.File]) -> [String] {
        let enums = files.flatMap { Self.cases(in: $0.text) }
        return files.flatMap { file in
            Self.switches(in: file.text).filter { labels in
                labels.hasDefault && !labels.names.isEmpty && enums.contains { labels.names.isSubset(of: $0) }
            }.map { "\(file.path): \($0.names.sorted().joined(separator: ", "))" }
        }
    }

    @Test(arguments: ["Core", "Reconciler", "MetaStore"])
    func switchesOverOurEnumsNameEveryCase(target: String) throws {
        let found = Self.hidingDefaults(try SourceTree.read("Sources/\(target)").files)
        // One that is mended lowers the number.
        #expect(found.count == Self.defaults[target] ?? 0, "\(found.joined(separator: "\n"))")
    }

    @Test func aHidingDefaultIsFound() {
        let text = """
            enum Colour {
                case red, green(Int)
            }
            func f() {
                switch x {
                case .red: break
                default: break
                }
                switch y {
                case .elsewhere: break
                default: break
                }
            }
            """
        let file = SourceTree.File(path: "A.swift", text: text, lines: 1)
        #expect(Self.hidingDefaults([file]) == ["A.swift: red"])
    }
}
