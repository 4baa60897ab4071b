/// What it takes to bring an existing column to what the manifests want, and what stands in the way.
package struct ColumnComparison: Hashable, Sendable {
    package struct Obstacle: Hashable, Sendable {
        package var hazard: HazardCode
        package var message: String
        package var remedy: String
    }

    /// What may be changed in place.
    package var change = ColumnChange()
    package var obstacles: [Obstacle] = []
    /// The differences in words, `maxLength: 100 → 255`.
    package var differences: [String] = []

    /// - Parameters:
    ///   - hasItems: The column's list holds rows already, so that tightenings concern data.
    package init(_ wanted: DesiredColumn, found: RemoteColumn, hasItems: Bool) {
        if found.displayName != wanted.displayName {
            change.displayName = wanted.displayName
            differences.append("display name: \"\(found.displayName)\" → \"\(wanted.displayName)\"")
        }
        if found.description != wanted.description {
            change.description = wanted.description
            differences.append("description")
        }
        compareType(wanted, found)
        if wanted.indexed, !found.indexed {
            change.indexed = true
            differences.append("indexed")
        } else if !wanted.indexed, found.indexed {
            block(
                .columnNarrow, "it is indexed and the manifests say it is not",
                "add indexed: true, or remove the index in SharePoint")
        }
        if wanted.unique, !found.unique {
            change.unique = true
            differences.append("unique values")
            if hasItems {
                block(
                    .uniqueOnExisting, "values of existing items would have to be unique",
                    "allow the hazard if they are")
            }
        } else if !wanted.unique, found.unique {
            block(
                .columnNarrow, "it has unique values and the manifests say it has not",
                "add unique: true, or lift it in SharePoint")
        }
        if wanted.required, !found.required {
            change.required = true
            differences.append("required")
            if hasItems {
                block(
                    .requiredOnExisting, "existing items may have no value", "allow the hazard, or leave required out")
            }
        } else if !wanted.required, found.required {
            change.required = false
            differences.append("not required")
        }
        if wanted.defaultValue != found.defaultValue, let value = wanted.defaultValue {
            change.defaultValue = value
            differences.append("default")
        }
    }

    private mutating func block(_ hazard: HazardCode, _ message: String, _ remedy: String) {
        obstacles.append(Obstacle(hazard: hazard, message: message, remedy: remedy))
        differences.append(message)
    }

    private mutating func compareType(_ wanted: DesiredColumn, _ found: RemoteColumn) {
        guard found.type != wanted.type else { return }
        guard let type = found.type, type.isSameKind(as: wanted.type) else {
            let now = found.type?.words ?? found.facet ?? "a type that Graph does not describe"
            block(
                .columnTypeReplace, "it is \(now) and would have to be \(wanted.type.words)",
                "choose another target for the field, or type: \(found.facet ?? "…") if its values fit")
            return
        }
        switch (type, wanted.type) {
        case (.text(let old), .text(let new)) where new.maxLength >= old.maxLength:
            change.type = wanted.type
            differences.append("maxLength: \(old.maxLength) → \(new.maxLength)")
        case (.choice(let old), .choice(let new))
        where old.choices.allSatisfy(new.choices.containsText) && (new.allowTextEntry || !old.allowTextEntry):
            change.type = wanted.type
            let added = new.choices.filter { !old.choices.containsText($0) }
            differences.append(
                added.isEmpty
                    ? "order or display of its choices"
                    : "choices: " + added.map { "+ \"\($0)\"" }.joined(separator: ", "))
        case (.number(let old), .number(let new)) where new.isWider(than: old):
            change.type = wanted.type
            differences.append("number format")
        case (.dateTime(let old), .dateTime(let new)) where old.format == new.format:
            change.type = wanted.type
            differences.append("date display")
        default:
            block(
                .columnNarrow, "its limits would become narrower than they are",
                "widen the manifest to what the column allows, or change the column in SharePoint")
        }
    }
}

extension ColumnType {
    /// Whether a column can be changed from one to the other without replacing it.
    func isSameKind(as other: ColumnType) -> Bool {
        switch (self, other) {
        case (.text(let left), .text(let right)): left.allowMultipleLines == right.allowMultipleLines
        case (.choice(let left), .choice(let right)): left.isMultiple == right.isMultiple
        default: facet == other.facet
        }
    }
}

extension ColumnType.Number {
    /// Every number the other allows is allowed; how many decimals are shown is display only (FACTS 3.2).
    fileprivate func isWider(than other: ColumnType.Number) -> Bool {
        let lower = minimum ?? -.infinity <= other.minimum ?? -.infinity
        let upper = maximum ?? .infinity >= other.maximum ?? .infinity
        return lower && upper && displayAs == other.displayAs
    }
}
