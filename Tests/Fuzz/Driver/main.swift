import CLibFuzzer
import Fuzz
import Glibc

// fuzz-driver PARSER [LIBFUZZER ARGUMENT…]: what scripts/fuzz runs. Without arguments it lists the parsers.

func complain(_ words: String) {
    let line = Array((words + "\n").utf8)
    _ = write(STDERR_FILENO, line, line.count)
}

let names = FuzzTarget.all.map(\.name)
guard CommandLine.arguments.count > 1 else {
    print(names.joined(separator: "\n"))
    exit(0)
}
if CommandLine.arguments[1] == "--words", CommandLine.arguments.count > 2 {
    // A dictionary in libFuzzer's form.
    for word in FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[2] })?.words ?? [] {
        print("\"" + word.utf8.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\"")
    }
    exit(0)
}
guard let chosen = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] }) else {
    complain("There is no parser \(CommandLine.arguments[1]). There are: \(names.joined(separator: ", "))")
    exit(2)
}

/// Set once, before libFuzzer begins: its callback takes no context.
nonisolated(unsafe) var target = chosen

// libFuzzer reads its own arguments: the program's name, then what follows the parser.
var arguments = ([CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)).map { strdup($0) }
arguments.append(nil)
var count = Int32(arguments.count - 1)
let status = arguments.withUnsafeMutableBufferPointer { buffer -> Int32 in
    var pointer = buffer.baseAddress
    return LLVMFuzzerRunDriver(&count, &pointer) { bytes, count in
        do throws(BrokenPromise) {
            try target.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
        } catch {
            complain("\(target.name): \(error)")
            abort()
        }
        return 0
    }
}
exit(status)
