import MicrosoftGraph
import Synchronization
import Testing

/// Pauses that the service asks for are lengths of time, whatever becomes of the machine's clock.
@Suite("The machine's clock")
struct SystemGraphClockTests {
    @Test func aClockThatIsSetChangesNoWait() {
        let wall = Mutex(1_750_000_000.0)
        let seconds = Mutex(100.0)
        let clock = SystemGraphClock(wall: { wall.withLock { $0 } }, monotonic: { seconds.withLock { $0 } })
        #expect(clock.now() == 1_750_000_000)
        let end = clock.now() + 30
        // Somebody sets it back by a day.
        wall.withLock { $0 -= 86_400 }
        seconds.withLock { $0 += 29 }
        #expect(clock.now() < end)
        seconds.withLock { $0 += 1 }
        #expect(clock.now() == end)
    }

    @Test func everyInstanceTellsTheSameTime() {
        let (first, second) = (SystemGraphClock().now(), SystemGraphClock().now())
        #expect(second >= first && second - first < 60)
    }
}
