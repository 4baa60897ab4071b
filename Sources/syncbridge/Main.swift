internal import CommandLineTool

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

@main
struct Main {
    static func main() async { exit(await SyncBridge.run(Array(CommandLine.arguments.dropFirst()))) }
}
