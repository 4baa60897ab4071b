/// Names of lists that are another list's already. SharePoint compares them without regard to case.
extension SchemaPlanner {
    mutating func collision(
        _ message: String, _ remedy: String, _ address: Address, _ place: SourceRange?
    ) -> PlannedList.Existence {
        plan.hazards.append(Hazard(.caseCollision, at: address, message, remedy: remedy, place: place))
        return .blocked
    }

    /// A list of the wanted name carries the stamp of another list of ours.
    /// - Parameters:
    ///   - owner: The definition that the stamp names.
    ///   - definition: The name of the one that wants the list.
    mutating func taken(
        _ remote: RemoteList, by owner: RegisteredDefinition, _ stamp: Stamp, wanted name: String,
        of definition: String, _ address: Address, _ place: SourceRange?
    ) -> PlannedList.Existence {
        let list = "the list \"\(remote.displayName)\""
        let isOwn = owner.name == definition
        if isOwn, stamp.list != name, stamp.list.lowercased() == name.lowercased() {
            return collision(
                "\(list) was made as \"\(stamp.list)\", which differs from \"\(name)\" in case only: SharePoint takes "
                    + "the two for one", "write the name as it was, and the new case as displayName", address, place)
        }
        let message: String
        let remedy: String
        if isOwn {
            message = "\(list) is the definition's own list \"\(stamp.list)\", which somebody renamed"
            remedy = "rename it back in SharePoint, or choose another list name"
        } else {
            message = "\(list) was made for the definition \"\(owner.name)\" and holds its items"
            remedy =
                self.wanted.contains(owner.name)
                ? "choose another list name"
                : "if \"\(definition)\" is \"\(owner.name)\" under a new name, write metadata: { name: \(definition), "
                    + "renamedFrom: \(owner.name) }; else choose another list name"
        }
        plan.hazards.append(Hazard(.foreignOwner, at: address, message, remedy: remedy, place: place))
        return .blocked
    }
}
