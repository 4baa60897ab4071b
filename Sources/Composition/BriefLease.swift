package import Core

/// A definition's lease for one short write of an operator, who may not write beside an apply.
package enum BriefLease {
    private static let seconds = 60.0

    package static func with<T>(
        _ definition: SyncDefinition, as registered: RegisteredDefinition, of project: String,
        in metaStore: any MetaStore, while operation: String,
        _ body: (LeaseTerm) async throws(Failure) -> T
    ) async throws(Failure) -> T {
        let name = LeaseName(
            project: project, definition: registered.registeredName, site: definition.siteProfile)
        let outcome = try await metaStore.acquireLease(
            name, actor: ProcessSurroundings.actor, run: ProcessSurroundings.makeID(), seconds: seconds)
        switch outcome {
        case .held(let holder):
            throw Failure(
                .locked, while: operation, address: .definition(name.definition),
                source: definition.place,
                because: "\(holder.actor) is applying the definition since \(holder.acquiredAt.isoText)",
                help: "wait until it has ended, or see syncbridge lock list", facts: ["run": holder.run])
        case .acquired(let term):
            let result: Result<T, Failure>
            do throws(Failure) { result = .success(try await body(term)) } catch { result = .failure(error) }
            try? await metaStore.release([term])
            return try result.get()
        }
    }
}
