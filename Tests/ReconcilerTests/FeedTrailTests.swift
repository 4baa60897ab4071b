import Core
import Testing

@testable import Reconciler

@Suite("Pages of a feed that lead nowhere") struct FeedTrailTests {
    private func page(_ ids: [Int64], removed: Bool = false) -> FeedPage {
        FeedPage(
            entries: ids.map { id in
                removed ? .removed(id) : .item(FeedItem(item: RemoteItem(id: id, etag: "\"e,1\"", fields: [])))
            }, next: .more("next"))
    }

    /// How many pages are read until they are given up, of at most a thousand.
    private func pages(_ link: (Int) -> String, _ page: (Int) -> FeedPage) -> Int? {
        var trail = FeedTrail(from: "start")
        for number in 1...1000 {
            do throws(SiteFailure) { try trail.go(on: link(number), past: page(number)) } catch {
                #expect(error.kind == .malformed)
                return number
            }
        }
        return nil
    }

    @Test func pagesThatShowItemsGoOn() {
        #expect(pages({ "\($0)" }, { page([Int64($0)]) }) == nil)
        #expect(pages({ "\($0)" }, { page([Int64($0)], removed: true) }) == nil)
    }

    @Test func aPageWithItemsNeverLeadsBack() {
        #expect(pages({ _ in "start" }, { page([Int64($0)]) }) == 1)
        #expect(pages({ $0 < 3 ? "\($0)" : "1" }, { page([Int64($0)]) }) == 3)
    }

    @Test func anEmptyPageMayAskToComeBackForAWhile() {
        #expect(pages({ _ in "start" }, { _ in page([]) }) == 20)
    }

    /// Each link is new.
    @Test func pagesThatShowNothingNewEnd() {
        #expect(pages({ "\($0)" }, { _ in page([]) }) == 201)
        #expect(pages({ "\($0)" }, { _ in page([1, 2]) }) == 202)
        // An item now and then is a feed.
        #expect(pages({ "\($0)" }, { $0.isMultiple(of: 200) ? page([Int64($0)]) : page([]) }) == nil)
    }
}
