package import Core
internal import Synchronization

/// The port over a tenant in memory, without any fault: what the conformance suite compares with the real one.
package final class MemorySite: SharePointSite {
    private let tenant: Mutex<MemoryTenant>
    private let author: Author
    private let now: @Sendable () -> Double

    /// - Parameters:
    ///   - application: The GUID under which writes are made; `nil` for a person.
    ///   - now: Seconds since 1970.
    package init(_ tenant: MemoryTenant = MemoryTenant(), application: String?, now: @escaping @Sendable () -> Double) {
        self.tenant = Mutex(tenant)
        self.author = application.map(Author.application) ?? .person
        self.now = now
    }

    /// What people do beside the program.
    package func edit<T>(_ body: (inout sending MemoryTenant) -> sending T) -> sending T {
        tenant.withLock { body(&$0) }
    }

    package func site() async throws(SiteFailure) -> RemoteSite { MemoryTenant.site }

    package func lists() async throws(SiteFailure) -> [RemoteList] { tenant.withLock { $0.lists.map(\.remote) } }

    package func columns(of list: String) async throws(SiteFailure) -> [RemoteColumn] {
        try tenant.withLock { (tenant) throws(SiteFailure) in tenant.lists[try tenant.index(list)].columns }
    }

    package func createList(_ creation: ListCreation) async throws(SiteFailure) -> RemoteList {
        try tenant.withLock { (tenant) throws(SiteFailure) in try tenant.createList(creation) }
    }

    package func updateList(_ list: String, _ change: ListChange) async throws(SiteFailure) {
        try tenant.withLock { (tenant) throws(SiteFailure) in try tenant.updateList(list, change) }
    }

    package func createColumn(_ column: ColumnCreation, in list: String) async throws(SiteFailure) -> RemoteColumn {
        try tenant.withLock { (tenant) throws(SiteFailure) in try tenant.createColumn(column, in: list) }
    }

    package func updateColumn(_ column: String, _ change: ColumnChange, in list: String) async throws(SiteFailure) {
        try tenant.withLock { (tenant) throws(SiteFailure) in try tenant.updateColumn(column, change, in: list) }
    }

    package func perform(_ requests: [ItemRequest]) async -> [Result<ItemAnswer, SiteFailure>] {
        tenant.withLock { tenant in requests.map { tenant.perform($0, by: author, at: now()) } }
    }

    package func changes(
        of list: String, from position: FeedPosition, select: [String]
    ) async throws(SiteFailure) -> FeedPage {
        var random = SeededRandom(seed: 0)
        return try tenant.withLock { (tenant) throws(SiteFailure) in
            try tenant.changes(
                of: list, from: position, select: select, at: now(), MemoryTenant.FeedManner(), &random)
        }
    }
}
