/// Told of every effect just before and just after it: crash tests end the process there.
package protocol EffectProbe: Sendable {
    /// - Parameter effect: A word for its kind, the same every time: `recording the results of a wave`.
    func willBegin(_ effect: String)
    func didEnd(_ effect: String)
}
