extension Registry {
    /// The definition, registered or forgotten, that a list's stamp belongs to.
    package func owner(of stamp: Stamp) -> RegisteredDefinition? {
        guard stamp.metaStoreID == metaStoreID else { return nil }
        return (definitions + forgotten).first { $0.id == stamp.definitionID }
    }
}
