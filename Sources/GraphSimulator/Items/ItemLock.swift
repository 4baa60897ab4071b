internal import Core

/// What keeps writers from a single item: a record, a file that somebody has checked out. Readers do not see it.
struct ItemLock: Hashable {
    /// 423 or 403.
    var status: Int
    /// The name of the person who may write all the same.
    var holder: String?

    func forbids(_ caller: Caller) -> Bool {
        guard case .person(let person) = caller, let holder else { return true }
        return person.name != holder
    }
}

extension ItemLock {
    init?(json: JSON) {
        guard let status = json["status"]?.integer, status == 423 || status == 403 else { return nil }
        self.init(status: status, holder: json["holder"]?.string)
    }

    var json: JSON {
        guard let holder else { return ["status": .number(status)] }
        return ["status": .number(status), "holder": .string(holder)]
    }
}

extension Tenant {
    /// - Throws: A refusal if a lock or a retention label stands in the way. Conditions of the call come before.
    func requireWritable(_ item: SimulatedItem, by caller: Caller, deletes: Bool) throws(GraphError) {
        if let lock = item.lock, lock.forbids(caller) {
            throw Self.refusal(status: lock.status, "The item is locked for exclusive use")
        }
        guard let label = item.label, deletes || settings.retentionLabelForbids == "all" else { return }
        throw Self.refusal(
            status: settings.retentionLabelStatus,
            "The item has the retention label '\(label)' and cannot be changed or deleted")
    }

    private static func refusal(status: Int, _ message: String) -> GraphError {
        switch status {
        case 403: GraphError(403, "accessDenied", message)
        case 400: .invalid(message)
        default: GraphError(423, "notAllowed", message, innerCode: "resourceLocked")
        }
    }
}
