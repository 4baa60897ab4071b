extension Failure {
    /// A reading that sees less of the source than an earlier one: what it lacks would be taken for deleted.
    package static func olderSource(_ definition: SyncDefinition) -> Failure {
        Failure(
            .unavailable, while: "reading the rows of definition \"\(definition.name)\"",
            address: .definition(definition.name), source: definition.tablePlace ?? definition.place,
            because: Self.olderSourceWords,
            help: "run again when the server has caught up, or name its primary; if it was restored on purpose, allow "
                + "SOURCE_CHANGED at definition/\(definition.name)")
    }

    package static let olderSourceWords =
        "the source shows an older state than the last reading of it: a standby that is behind, a server that took over "
        + "without the last transactions, or a restored one"
}
