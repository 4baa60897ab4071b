internal import Glibc

/// What a process did and took, as the system counted it.
struct Finished: Sendable {
    /// As a shell gives it: 128 and the signal's number for a process that a signal ended.
    var status: Int32
    var seconds: Double
    /// Processor time, in seconds.
    var processor: Double
    /// The most memory it had, in bytes. Never less than this process has: the system counts from before `exec`.
    var peakBytes: Int
    /// What it wrote to standard error.
    var errors: String
}

struct BenchmarkError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

enum ChildProcess {
    /// Runs a program to its end.
    /// - Parameter environment: Goes over this process's own.
    static func run(
        _ words: [String], environment: [String: String] = [:], output: String = "/dev/null"
    ) throws -> Finished {
        let errors = try Files.temporary("errors")
        defer { unlink(errors) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let start = monotonicSeconds()
        let process = try spawn(words, environment, &actions)
        var raw: Int32 = 0
        var usage = rusage()
        while wait4(process, &raw, 0, &usage) < 0, errno == EINTR {}
        let seconds = monotonicSeconds() - start
        return Finished(
            status: raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + raw & 0x7F, seconds: seconds,
            processor: usage.ru_utime.seconds + usage.ru_stime.seconds, peakBytes: usage.ru_maxrss * 1024,
            errors: (try? Files.read(errors)) ?? "")
    }

    /// Runs a program that must end with `status`.
    @discardableResult
    static func expect(
        _ words: [String], status: Int32 = 0, environment: [String: String] = [:], output: String = "/dev/null"
    ) throws -> Finished {
        let finished = try run(words, environment: environment, output: output)
        guard finished.status == status else {
            throw BenchmarkError(
                "\(words.joined(separator: " ")) ended with \(finished.status) instead of \(status)\n\(finished.errors)"
            )
        }
        return finished
    }

    /// A server that ends when its standard input does.
    struct Server: Sendable {
        /// The line that it wrote when it was ready.
        let line: String
        let process: pid_t
        fileprivate let input: Int32

        /// Lets it end in its own way, and waits for that.
        func end() {
            close(input)
            wait()
        }

        /// Ends it at once.
        func kill() {
            Glibc.kill(process, SIGKILL)
            wait()
            close(input)
        }

        private func wait() {
            var raw: Int32 = 0
            while waitpid(process, &raw, 0) < 0, errno == EINTR {}
        }

        /// Processor time that it has used so far, in seconds.
        var processorSeconds: Double {
            // Fields 14 and 15, in ticks; the second, the program's name, may hold anything up to its last parenthesis.
            let fields = ((try? Files.read("/proc/\(process)/stat"))?.split(separator: ")").last ?? "")
                .split(separator: " ")
            guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
            return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// Starts a server that ends when its standard input does, and waits until it is ready. The end of this process,
    /// whatever it is, closes that input.
    static func serve(_ words: [String]) throws -> Server {
        var input: [Int32] = [-1, -1]
        var output: [Int32] = [-1, -1]
        guard pipe(&input) == 0, pipe(&output) == 0 else { throw BenchmarkError("no pipe: \(errno)") }
        for descriptor in input + output { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO)
        let process = try spawn(words, [:], &actions)
        close(input[0])
        close(output[1])
        defer { close(output[0]) }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output[0], &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        guard !line.isEmpty else { throw BenchmarkError("\(words.joined(separator: " ")) did not start") }
        return Server(line: String(decoding: line, as: UTF8.self), process: process, input: input[1])
    }

    private static func spawn(
        _ words: [String], _ changes: [String: String], _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        let environment = Surroundings.environment.merging(changes) { $1 }.map { "\($0.key)=\($0.value)" }
        let name = words[0]
        var process: pid_t = 0
        let code = withPointers(words) { words in
            withPointers(environment) { posix_spawnp(&process, name, &actions, nil, words, $0) }
        }
        guard code == 0 else { throw BenchmarkError("\(words[0]) did not start: error \(code)") }
        return process
    }

    private static func withPointers<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}

func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1e6 }
}
