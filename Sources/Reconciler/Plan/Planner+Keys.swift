internal import Core

/// Definitions whose key is another one than that of their ledger.
extension Planner {
    /// What the manifests and the command line allow.
    static func policy(_ desired: DesiredState, _ context: RunContext) -> HazardPolicy {
        HazardPolicy(
            allowances: desired.project.allow, flags: context.flags, today: SiteTimeZone.utc.day(of: context.now))
    }

    /// Puts the ledger as the next apply will have it in the place of the one that is there, where the key changed.
    static func rekeyed(
        _ ledger: inout (any LedgerScan)?, _ work: DefinitionWork, _ source: any RowSource,
        _ effects: (any EffectStage)?
    ) async throws(Failure) -> KeyChangeLook? {
        guard let change = work.keyChange, let scan = ledger else { return nil }
        do throws(Failure) {
            let look = try await KeyChangeLook.take(change, work, scan, source)
            ledger = look.scan
            return look
        } catch {
            await scan.finish()
            await effects?.discard()
            throw error
        }
    }

    /// The hazard of a key that changed; a note in the document where there is none.
    static func keyHazards(
        _ keys: KeyChangeLook, _ work: DefinitionWork, _ document: inout PlanDocument
    ) -> [Hazard] {
        if let hazard = KeyGuard.hazard(keys.change, keys.outcome, work.bound.definition) { return [hazard] }
        if keys.outcome.items > 0 {
            document.assumptions.append(KeyGuard.note(keys.change, keys.outcome, work.name))
        }
        return []
    }
}
