import Core
import MicrosoftGraph
import TestSupport
import Testing

@Suite("The quota's log in memory") struct QuotaLogTests {
    @Test(arguments: ResourceUnitLogConformance.cases)
    func doesWhatEveryLogDoes(_ conformance: ResourceUnitLogConformance) async {
        await conformance.check(InMemoryResourceUnitLog(ResourceUnitLogConformance.rules))
    }

    @Test(arguments: UInt64(1)...20)
    func agreesWithTheWindow(seed: UInt64) async {
        let log = InMemoryResourceUnitLog(ResourceUnitLogConformance.rules)
        await ResourceUnitLogConformance.agreesWithTheWindow(log, steps: 500, seed: seed)
    }
}
