/// How a run of the program may end, by what befell it (SPEC §4).
enum ChaosEnd: Sendable {
    /// Nothing goes wrong any more, whatever went wrong before: the one run that is needed.
    case quiet
    /// It was killed before its end.
    case killed
    /// The service failed now and then.
    case faults
    /// The same, and a list was in the recycle bin, or no item of it to be found: a hazard, for a while.
    case absentList
    /// A server that it needs ended meanwhile.
    case endedServer

    /// SIGKILL, as a shell tells it.
    static let killedStatus: Int32 = 128 + 9

    func takes(_ status: Int32) -> Bool {
        switch self {
        case .quiet: status == 0
        case .killed: status == Self.killedStatus
        // Done, not reached, or begun and not done.
        case .faults, .endedServer: [0, 16, 17].contains(status)
        case .absentList: [0, 12, 16, 17].contains(status)
        }
    }
}
