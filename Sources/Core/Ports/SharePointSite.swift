/// One SharePoint site as SyncBridge uses it. The real one speaks Microsoft Graph; the simulated one is in memory.
///
/// Calls wait out throttling and repeat what is safe to repeat by themselves. What they throw is therefore final for
/// this attempt, and says in ``SiteFailure/outcome`` whether the service may have acted.
package protocol SharePointSite: ChangeFeed {
    /// The site that the profile's host and path name.
    func site() async throws(SiteFailure) -> RemoteSite
    /// Every list of the site that is not a system list.
    func lists() async throws(SiteFailure) -> [RemoteList]
    /// Every column of a list, hidden ones included.
    func columns(of list: String) async throws(SiteFailure) -> [RemoteColumn]
    func createList(_ creation: ListCreation) async throws(SiteFailure) -> RemoteList
    func updateList(_ list: String, _ change: ListChange) async throws(SiteFailure)
    func createColumn(_ column: ColumnCreation, in list: String) async throws(SiteFailure) -> RemoteColumn
    func updateColumn(_ column: String, _ change: ColumnChange, in list: String) async throws(SiteFailure)
    /// Sends up to 20 requests as one `$batch` and returns one outcome for each, in their order.
    func perform(_ requests: [ItemRequest]) async -> [Result<ItemAnswer, SiteFailure>]
}
