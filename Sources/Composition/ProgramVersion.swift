/// The version of the program; SemVer.
package enum ProgramVersion {
    package static let text = "0.1.0"
}
