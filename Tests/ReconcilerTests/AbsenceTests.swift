import Core
import Reconciler
import Testing

/// One 404 proves nothing: the list has to answer since, and the item is asked for twice (FACTS 13).
@Suite("The absence of an item") struct AbsenceTests {
    private func script(_ action: RowAction) -> RowScript {
        var script = RowScript(action)
        script.isProvingAbsences = false
        return script
    }

    private let ask = ItemRequest.find(list: "old", key: "p/1", select: ["SyncBridgeKey"])
    private let again = ItemRequest.read(list: "old", item: 5, select: [])
    private let last = ItemRequest.probe(list: "old")

    @Test func anUpdateAsksTheListAndTheItemBeforeItBelieves() {
        var script = script(.update)
        _ = script.start()
        // The answer to a PATCH is followed by a read, and its 404 is what has to be proved.
        let step = script.fail(.gone)
        #expect(step == .send(ask))
        #expect(script.found([]) == .send(again))
        #expect(script.fail(.gone) == .send(last))
        guard case .send(.read) = script.found([]) else { return unexpected() }
        #expect(script.fail(.gone) == .send(ask))
        #expect(script.found([]) == .send(again))
        #expect(script.fail(.gone) == .send(last))
        guard case .record(.put(let entry, _, _), _) = script.found([]) else { return unexpected() }
        #expect(entry.state == .deletedByPerson)
    }

    /// It goes with all its items between its own answer and the item's, and may come back with them.
    @Test(arguments: [SiteFailure.Kind.missing, .transient]) func aListThatGoesWhileItIsAskedProvesNothing(
        _ kind: SiteFailure.Kind
    ) {
        for action in [RowAction.update, .delete, .move, .mark] {
            var script = script(action)
            _ = script.start()
            #expect(script.fail(.gone) == .send(ask))
            #expect(script.found([]) == .send(again))
            #expect(script.fail(.gone) == .send(last))
            guard case .finish(.failed) = script.fail(kind) else { return unexpected() }
        }
    }

    /// A delete that was done, and whose answer was lost, is answered with 404 when it is sent again. Then the run is stopped.
    @Test(arguments: [SiteFailure.Outcome.unknown, .notDone]) func aStopWhileTheListIsAskedEndsNoDoubt(
        _ outcome: SiteFailure.Outcome
    ) throws {
        let row = RowScript(.delete)
        var wave = WaveMachine([row.machine.task], row.machine.context)
        _ = wave.takeIntents()
        wave.intentsAreDurable()
        let sent = wave.takeBatch(partial: true)
        let batch = try #require(sent)
        wave.answered(batch, [.failure(SiteFailure(.gone, outcome: outcome, reason: "scripted"))])
        wave.abandonWaiting()
        // A request that is known to have done nothing leaves no intent behind.
        #expect(wave.takeRecords()?.closed.count == (outcome == .unknown ? nil : 1))
    }

    @Test func anItemThatItsListShowsInTheEndIsThere() {
        var script = script(.delete)
        _ = script.start()
        _ = script.fail(.gone)
        _ = script.found([])
        _ = script.fail(.gone)
        guard case .send(.read(_, 5, _)) = script.found([script.item(5, "Bridge", 10)]) else { return unexpected() }
    }

    @Test func anItemThatItsListShowsIsThere() {
        var script = script(.update)
        _ = script.start()
        _ = script.fail(.gone)
        guard case .send(.read(_, 5, _)) = script.found([script.item(5, "Bridge", 10)]) else { return unexpected() }
        #expect(script.read(script.item(5, "Bridge", 10)) != .finish(.leftDeleted))
    }

    @Test func anItemThatAnswersTheSecondTimeIsThere() {
        var script = script(.delete)
        _ = script.start()
        #expect(script.fail(.gone) == .send(ask))
        #expect(script.found([]) == .send(again))
        // It is read with all its fields, and deleted under the tag that this shows.
        guard case .send(.read(_, 5, let fields)) = script.read(script.item(5, "Bridge", 10)) else {
            return unexpected()
        }
        #expect(fields == script.selection)
        guard case .send(.delete(_, 5, "\"t\"")) = script.read(script.item(5, "Bridge", 10)) else {
            return unexpected()
        }
    }

    @Test(arguments: [SiteFailure.Kind.missing, .transient, .locked])
    func aListThatDoesNotAnswerProvesNothing(_ kind: SiteFailure.Kind) {
        for action in [RowAction.update, .delete, .move, .mark] {
            var script = script(action)
            _ = script.start()
            #expect(script.fail(.gone) == .send(ask))
            guard case .finish(.failed) = script.fail(kind) else { return unexpected() }
        }
    }

    @Test func aLockedItemIsItsRowsAndNotItsLists() {
        for action in [RowAction.update, .delete, .mark] {
            var left = script(action)
            _ = left.start()
            guard case .finish(.failed(let failure)) = left.fail(.itemLocked) else { return unexpected() }
            #expect(failure.kind == .itemLocked)
            #expect(left.closed == 1)
            var script = RowScript(action, isLastTry: true)
            _ = script.start()
            guard case .record(.put(let entry, _, _), _) = script.fail(.itemLocked) else { return unexpected() }
            #expect(entry.state == .quarantined)
            #expect(entry.refusal?.code == .itemLocked)
            #expect(entry.item == 5)
        }
    }
}
