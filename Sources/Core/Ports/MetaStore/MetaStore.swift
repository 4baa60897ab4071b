/// What SyncBridge remembers between runs.
package protocol MetaStore: SchemaStore, RegistryStore, LedgerStore, StageStore, IntentStore, FeedStore, LeaseStore,
    RunStore, StatusStore, UpkeepStore
{
    func close() async
}
