extension FingerprintKey {
    /// Raised with every change of what the program makes of a row's bytes.
    private static let readingVersion = 1

    /// The key of a definition's rows. In it is all that says whether a row is unchanged beside its bytes and its entry:
    /// what is selected, how it is projected and under which version, canonical form, rules, lists and their ids, and the
    /// site's zone with its transitions.
    /// - Parameter program: The program's version. Another one may make something else of the same bytes.
    package init(_ bound: BoundDefinition, _ decider: RowDecider, program: String) {
        self.init(of: Self.text(bound, decider, program: program))
    }

    /// The same in every process: no value of a private type is in it, which would be described with an address.
    package static func text(_ bound: BoundDefinition, _ decider: RowDecider, program: String) -> String {
        var fields = bound.fields
        for index in fields.indices { fields[index].place = nil }
        let parts: [Any] = [
            readingVersion, program, CanonicalForm.version, decider.mapping.version, bound.key, bound.reads, fields,
            bound.shardingReads, bound.routing, bound.lists, decider.listIDs, bound.zone.name, bound.zone.data,
        ]
        return parts.map { String(describing: $0) }.joined(separator: "\n")
    }
}
