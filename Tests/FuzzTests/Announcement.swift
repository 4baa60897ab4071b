import Fuzz
import Glibc

/// The input under test, said when the process dies of it: a trap leaves no other word.
enum Announcement {
    /// How to come back to an input.
    static func advice(_ name: String, _ input: [UInt8]) -> String {
        """
        To reproduce, make the input, here in base64, an entry of the corpus:
          echo \(Base64.text(input)) | base64 -d > Tests/Fuzz/Corpus/\(name)/what-it-is
          scripts/test --filter FuzzTests

        """
    }

    /// What the signal's handler writes: it may not allocate. Touched by one test after another, which the suite sees to.
    nonisolated(unsafe) private static var announced: UnsafeMutableBufferPointer<UInt8>?

    static func set(_ name: String, _ input: [UInt8]) {
        let bytes = Array("\nfuzzing \(name) ended the process.\n\(advice(name, input))".utf8)
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = copy.initialize(from: bytes)
        replace(with: copy)
    }

    static func clear() { replace(with: nil) }

    private static func replace(with copy: UnsafeMutableBufferPointer<UInt8>?) {
        let former = announced
        announced = copy
        former?.deallocate()
    }

    /// From now on the announcement is written to standard error before a trap ends the process. A stack of its own,
    /// since one of the ways to die is to have none left.
    static func listen() {
        var stack = stack_t()
        stack.ss_size = 65_536
        // Once for each thread that tests, and kept: the handler may need it until the very end.
        stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: stack.ss_size, alignment: 16)
        sigaltstack(&stack, nil)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            if let announced = Announcement.announced {
                _ = write(STDERR_FILENO, announced.baseAddress, announced.count)
            }
            // What follows is what would have been.
            Glibc.signal(signal, SIG_DFL)
            raise(signal)
        }
        action.sa_flags = Int32(SA_ONSTACK) | Int32(bitPattern: UInt32(SA_NODEFER))
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] { sigaction(signal, &action, nil) }
    }
}
