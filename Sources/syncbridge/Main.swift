internal import CMalloc
internal import CommandLineTool

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

@main
struct Main {
    static func main() async {
        // Before there are other threads.
        syncbridge_keep_memory_small()
        exit(await SyncBridge.run(Array(CommandLine.arguments.dropFirst())))
    }
}
