internal import Core

/// The manifests of a definition as they were applied last, bound to the table as it is now: what changes are compared with.
struct LastApplied: Sendable {
    var manifests: RowCauses.Manifests
    /// What the scan reads for it beside the definition's own.
    var wider: WiderReading?
    /// Why all changes count as those of manifests, where that is not plain.
    var note: String?

    static func of(_ work: DefinitionWork, _ source: any RowSource) async throws(Failure) -> LastApplied {
        // A first plan; another key, which is a hazard or a note of its own.
        guard let registered = work.registered, registered.appliedFingerprint != nil, work.keyChange == nil else {
            return LastApplied(manifests: .new)
        }
        guard work.manifestChanged else { return LastApplied(manifests: .same) }
        guard let definition = registered.appliedSpec.flatMap({ work.bound.definition.earlier($0) }) else {
            return .unknown("it was applied to another table or site last, or by another version of the program", work)
        }
        let earlier: BoundDefinition?
        do throws(Failure) {
            earlier = try await bind(definition, work, registered, source)
        } catch {
            guard isOfAuthor(error) else { throw error }
            return .unreadable(error, work)
        }
        guard let earlier else {
            return .unknown("the table does not fit the manifests that were applied last", work)
        }
        // The same columns, though they be named in another way.
        guard earlier.key == work.bound.key else { return LastApplied(manifests: .new) }
        let (wider, placed) = work.bound.reading(beside: earlier)
        let decider = work.decider(of: placed, mappingVersion: mappingVersion(registered, placed))
        return LastApplied(manifests: .changed(RowCauses.Earlier(placed, decider)), wider: wider)
    }

    private static func bind(
        _ definition: SyncDefinition, _ work: DefinitionWork, _ registered: RegisteredDefinition,
        _ source: any RowSource
    ) async throws(Failure) -> BoundDefinition? {
        let relation = work.bound.relation
        if let predicate = definition.predicate { try await source.check(predicate: predicate, in: relation) }
        var types: [String: SourceType] = [:]
        for field in definition.mapping.fields {
            guard case .expression(let sql) = field.origin else { continue }
            types[sql] = try await source.type(of: sql, in: relation, at: nil)
        }
        return Binder.bind(
            definition, to: relation, zone: work.bound.zone, expressionTypes: types,
            storedNames: registered.automaticNames
        ).bound
    }

    /// The version of the mapping that has these fields.
    private static func mappingVersion(_ registered: RegisteredDefinition, _ bound: BoundDefinition) -> Int {
        let fields = bound.fields.map(\.target)
        if registered.mappings[registered.mappingVersion] == fields { return registered.mappingVersion }
        // A run that did not end may have registered the mapping of now.
        let known = registered.mappings.filter { $0.value == fields }.keys.max()
        return known ?? (registered.mappings.keys.max() ?? 0) + 1
    }

    /// Whether a failure is of what the author wrote or may read, and not of the connection or the server.
    static func isOfAuthor(_ failure: Failure) -> Bool { failure.code == .invalid || failure.code == .auth }

    static func unreadable(_ failure: Failure, _ work: DefinitionWork) -> LastApplied {
        unknown("reading what was applied last failed: \(failure.reason)", work)
    }

    private static func unknown(_ reason: String, _ work: DefinitionWork) -> LastApplied {
        LastApplied(
            manifests: .new,
            note: "definition \"\(work.name)\": all its changes count as those of the manifests, because \(reason)")
    }
}
