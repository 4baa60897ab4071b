internal import Glibc

/// What the figures were measured on: without it a number says nothing.
struct Machine: Sendable {
    var processor: String
    var cores: Int
    var memoryGiB: Int
    var kernel: String
    var postgres: String
    /// Processes that were running or wanted to, on average of the last minute: other work makes figures worse.
    var load: Double

    static func here(postgres: String) -> Machine {
        let processor = (try? Files.read("/proc/cpuinfo"))?.split(separator: "\n")
            .first { $0.hasPrefix("model name") }?.split(separator: ":").last.map { $0.drop { $0 == " " } }
        var name = utsname()
        uname(&name)
        let kernel = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        var loads = [0.0]
        getloadavg(&loads, 1)
        return Machine(
            processor: processor.map(String.init) ?? "unknown processor", cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            memoryGiB: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) / (1 << 30), kernel: kernel,
            postgres: postgres, load: loads[0])
    }

    var text: String {
        "\(processor), \(cores) cores, \(memoryGiB) GiB, Linux \(kernel), PostgreSQL \(postgres), "
            + "load before the run \(fixed(load, 1))"
    }
}
