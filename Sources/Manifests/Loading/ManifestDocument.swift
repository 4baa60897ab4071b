package import Core

/// One document of the tree.
package struct ManifestDocument: Hashable, Sendable {
    /// `nil`: the kind is unknown.
    package var kind: ManifestKind?
    /// `nil`: the name is missing or malformed.
    package var name: String?
    package var place: SourceRange
    var root: YAMLNode

    init(root: YAMLNode) {
        self.root = root
        self.kind = root["kind"]?.textValue.flatMap(ManifestKind.init(rawValue:))
        let name = root["metadata"]?["name"]
        self.name = name?.textValue.flatMap { TextForm.dnsLabel.accepts($0) ? $0 : nil }
        self.place = name?.range ?? root.entry("kind")?.keyRange ?? root.range
    }

    var metadata: ObjectReader {
        ObjectReader(root["metadata"], EnvelopeSchema.metadata(of: kind ?? .project), at: place)
    }

    var spec: ObjectReader {
        ObjectReader(root["spec"], kind?.spec ?? ObjectShape("a spec", []), at: root.entry("spec")?.keyRange ?? place)
    }
}
