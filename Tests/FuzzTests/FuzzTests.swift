import Fuzz
import Glibc
import TestSupport
import Testing

/// The short form of fuzzing, the same in every run: the corpus, mutations of it, and long inputs. `scripts/fuzz` is the
/// long one. One target after another, so that a trap is of the input that was announced last.
@Suite("Fuzzing", .serialized)
struct FuzzTests {
    static let folder: String = {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
            + "/Fuzz/Corpus"
    }()

    /// A few milliseconds each; manifests take longest.
    static let mutations = 200

    @Test(arguments: FuzzTarget.all.map(\.name))
    func keepsItsPromises(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let corpus = Self.corpus(of: name)
        #expect(!corpus.isEmpty, "Tests/Fuzz/Corpus/\(name) is empty")
        Announcement.listen()
        var failures = 0
        func run(_ input: [UInt8]) {
            Announcement.set(name, input)
            do throws(BrokenPromise) {
                try target.check(input)
            } catch {
                failures += 1
                // The first few tell; the others are mostly the same.
                if failures <= 3 { Issue.record("\(name): \(error)\n\(Announcement.advice(name, input))") }
            }
        }
        run([])
        for input in corpus { run(input) }
        var mutator = Mutator(seed: 1, corpus: corpus.filter { $0.count <= 2048 }, words: target.words)
        for _ in 0..<Self.mutations { run(mutator.next()) }
        Announcement.clear()
    }

    /// Time on the processor, so that a busy machine changes nothing. What is quadratic takes minutes.
    @Test(arguments: FuzzTarget.all.map(\.name))
    func takesTimeInProportion(name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        Announcement.listen()
        for (index, stretch) in target.stretches.enumerated() {
            let input = stretch(1 << 15)
            Announcement.set(name, Array(input.prefix(256)))
            let start = Self.processorSeconds()
            #expect(throws: Never.self, "stretch \(index) of \(name)") { try target.check(input) }
            let seconds = Self.processorSeconds() - start
            #expect(seconds < 3, "stretch \(index) of \(name), \(input.count) bytes, took \(seconds) s")
        }
        Announcement.clear()
    }

    @Test func everyCorpusHasItsParser() {
        #expect(Set(Golden.names(in: Self.folder)) == Set(FuzzTarget.all.map(\.name)))
    }

    @Test func theCorpusIsSmall() {
        let bytes = FuzzTarget.all.flatMap { Self.corpus(of: $0.name) }.reduce(0) { $0 + $1.count }
        #expect(bytes < 300_000)
    }

    static func corpus(of name: String) -> [[UInt8]] {
        Golden.names(in: "\(folder)/\(name)").compactMap { Golden.read("\(folder)/\(name)/\($0)") }
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
