extension BoundDefinition {
    /// Equal only where equal rows have equal keys, projections and routes: a digest of what is selected, how it is
    /// transformed and typed, of rules, lists and zone. Manifests alone do not tell: a column that `auto` maps may have
    /// been added to the table, or have another type.
    package var shape: String {
        var fields = fields
        for index in fields.indices { fields[index].place = nil }
        let parts: [Any] = [key, reads, fields, shardingReads, routing, lists, zone.name]
        return Digest(of: parts.map { String(describing: $0) }.joined(separator: "\n")).hexadecimal
    }
}
