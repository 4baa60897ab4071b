/// A plan as everybody sees it: the one document that texts, reports and approvals are made from (SPEC §5).
package struct PlanDocument: Hashable, Sendable {
    package var planID: String
    /// RFC 3339; left out of every digest.
    package var createdAt: String
    package var toolVersion: String
    package var project: String
    package var environment: String?
    package var targets: [Target]
    /// What the plan takes for granted, shown first: no meta-store, no SharePoint.
    package var assumptions: [String]
    package var registrations: [Registration]
    package var schemaChanges: [SchemaChange]
    package var schemaUnchanged: Int
    package var dataChanges: [DataChange]
    package var drift: [DriftEntry]
    /// What stays although the source or the manifests no longer have it; no difference.
    package var notes: [SchemaNote]
    package var hazards: [Hazard]
    package var diagnostics: [Diagnostic]
    package var estimate: Estimate
    /// The SHA-256 over the row effects of all definitions, in the order of their names.
    package var rowsDigest: String

    package struct Target: Hashable, Sendable {
        package var profile: String
        package var type: String
        /// Where it is, without secrets: host and site path, or host and database.
        package var place: String

        package init(profile: String, type: String, place: String) {
            self.profile = profile
            self.type = type
            self.place = place
        }
    }

    package struct Registration: Hashable, Sendable {
        package enum Action: String, Hashable, Sendable, CaseIterable {
            case create, update, delete, forget, unchanged
        }

        package var address: Address
        package var action: Action
        /// The name that it had until now.
        package var renamedFrom: String?
        /// The manifests have it again after they had not.
        package var returns: Bool

        package init(_ address: Address, _ action: Action, renamedFrom: String? = nil, returns: Bool = false) {
            self.address = address
            self.action = action
            self.renamedFrom = renamedFrom
            self.returns = returns
        }
    }

    package init(
        planID: String, createdAt: String, toolVersion: String, project: String, environment: String?,
        targets: [Target] = [], assumptions: [String] = [], registrations: [Registration] = [],
        schemaChanges: [SchemaChange] = [], schemaUnchanged: Int = 0, dataChanges: [DataChange] = [],
        drift: [DriftEntry] = [], notes: [SchemaNote] = [], hazards: [Hazard] = [], diagnostics: [Diagnostic] = [],
        estimate: Estimate = Estimate(), rowsDigest: String = ""
    ) {
        self.planID = planID
        self.createdAt = createdAt
        self.toolVersion = toolVersion
        self.project = project
        self.environment = environment
        self.targets = targets
        self.assumptions = assumptions
        self.registrations = registrations
        self.schemaChanges = schemaChanges
        self.schemaUnchanged = schemaUnchanged
        self.dataChanges = dataChanges
        self.drift = drift
        self.notes = notes
        self.hazards = hazards
        self.diagnostics = diagnostics
        self.estimate = estimate
        self.rowsDigest = rowsDigest
    }

    // MARK: Summary

    package var total: RowCounts { dataChanges.map(\.counts).reduce(RowCounts(), +) }

    package func count(_ action: Registration.Action) -> Int { registrations.count { $0.action == action } }

    package func count(_ action: SchemaChange.Action) -> Int { schemaChanges.count { $0.action == action } }

    /// No create, update, replace, delete, adopt, forget, move or pull anywhere.
    package var isEmpty: Bool {
        schemaChanges.isEmpty && total.effects == 0 && registrations.allSatisfy { $0.action == .unchanged }
    }

    package var blockers: [Hazard] { hazards.filter(\.blocks) }

    package var isApplicable: Bool { blockers.isEmpty && !diagnostics.contains { $0.severity == .error } }
}

/// The rows of one (definition, list).
package struct DataChange: Hashable, Sendable {
    package var address: Address
    package var definition: String
    /// `nil`: rows that belong in no list and have no item.
    package var list: String?
    package var counts: RowCounts
    package var byField: [FieldUpdates]
    package var moves: [Moves]
    package var rejects: [Rejects]
    package var causes: [Cause: RowCounts]
    package var samples: [Sample]

    package struct FieldUpdates: Hashable, Sendable {
        package var field: String
        package var updates: Int
    }

    package struct Moves: Hashable, Sendable {
        package var from: String
        package var to: String
        package var count: Int
        /// The place of the rule that decided, or `default`.
        package var rule: String
    }

    package struct Rejects: Hashable, Sendable {
        package var code: RejectCode
        package var count: Int
        package var field: String?
        package var place: SourceRange?
    }

    package struct Sample: Hashable, Sendable {
        package var action: RowAction
        package var key: Shown
        package var after: [Member]

        package struct Member: Hashable, Sendable {
            package var field: String
            package var value: Shown
        }
    }
}

/// A value as a plan may show it: in clear only where the manifests say so.
package enum Shown: Hashable, Sendable {
    case clear(String)
    /// Equal values have equal numbers within one plan.
    case masked(Int)
}

/// Numbers for values that are not shown.
package struct Mask {
    /// By bytes: as texts, "é" composed and decomposed would be one.
    private var numbers: [[UInt8]: Int] = [:]

    package init() {}

    package mutating func shown(_ text: String, shareable: Bool) -> Shown {
        if shareable { return .clear(text) }
        let bytes = Array(text.utf8)
        if let known = numbers[bytes] { return .masked(known) }
        numbers[bytes] = numbers.count + 1
        return .masked(numbers.count)
    }
}

extension DataChange {
    /// The entries of one definition: one for each of its lists, and one for rows without any, if there are such.
    package static func entries(of bound: BoundDefinition, _ tally: RowTally, mask: inout Mask) -> [DataChange] {
        var entries: [DataChange] = []
        for (index, list) in tally.lists.enumerated() {
            entries.append(entry(bound, bound.lists[index], list, &mask))
        }
        if tally.homeless.counts != RowCounts() { entries.append(entry(bound, nil, tally.homeless, &mask)) }
        return entries
    }

    private static func entry(
        _ bound: BoundDefinition, _ list: String?, _ tally: ListTally, _ mask: inout Mask
    ) -> DataChange {
        let definition = bound.definition
        let keyIsShareable = bound.key.allSatisfy { part in
            bound.fields.contains { $0.sourceColumn == part.column && $0.shareable }
        }
        var samples: [Sample] = []
        for action in [RowAction.create, .update, .move, .delete] {
            for sample in tally.samples[action] ?? [] {
                let key = mask.shown(sample.key.joined(separator: "/"), shareable: keyIsShareable)
                let members = sample.fields.filter(sample.values.indices.contains).map { index in
                    Sample.Member(
                        field: bound.fields[index].target,
                        value: mask.shown(sample.values[index].shownText, shareable: bound.fields[index].shareable))
                }
                samples.append(Sample(action: action, key: key, after: members))
            }
        }
        return DataChange(
            address: .rows(definition.name, definition.siteProfile, list), definition: definition.name, list: list,
            counts: tally.counts,
            byField: tally.byField.sorted { $0.key < $1.key }.map {
                FieldUpdates(field: bound.fields[$0.key].target, updates: $0.value)
            },
            moves: moves(tally, to: list ?? "", bound), rejects: rejects(tally, bound), causes: tally.causes,
            samples: samples)
    }

    private static func moves(_ tally: ListTally, to list: String, _ bound: BoundDefinition) -> [Moves] {
        tally.moves.map { key, count in
            let rule: String =
                switch key.rule {
                case .rule(let index): bound.definition.sharding.rules[index].place?.text ?? "rule \(index + 1)"
                case .byDefault: bound.definition.sharding.defaultList?.place?.text ?? "default"
                case .unrouted, nil: "unfinished move"
                }
            return Moves(from: key.from, to: list, count: count, rule: rule)
        }.sorted { ($0.from, $0.rule) < ($1.from, $1.rule) }
    }

    private static func rejects(_ tally: ListTally, _ bound: BoundDefinition) -> [Rejects] {
        tally.rejects.sorted { ($0.key.code.rawValue, $0.key.field ?? -1) < ($1.key.code.rawValue, $1.key.field ?? -1) }
            .map { rejection, count in
                let field = rejection.field.map { bound.fields[$0] }
                return Rejects(
                    code: rejection.code, count: count, field: field?.target,
                    place: rejection.place(in: bound))
            }
    }
}

extension Rejection {
    /// What a person would look at: the field, else the key that is NULL, else the mapping.
    fileprivate func place(in bound: BoundDefinition) -> SourceRange? {
        let definition = bound.definition
        if let place = field.flatMap({ bound.fields[$0].place }) { return place }
        let key = code == .keyIsNull ? definition.keyPlace ?? definition.tablePlace : nil
        return key ?? definition.mapping.place ?? definition.place
    }
}

extension Value {
    /// For samples in plans.
    package var shownText: String {
        switch self {
        case .null: "–"
        case .text(let text): text
        case .number(let number): ShortestDecimal.text(number)
        case .boolean(let flag): flag ? "true" : "false"
        case .instant(let instant): instant.isoText
        case .date(let date): date.isoText
        case .set(let values): values.joined(separator: ", ")
        }
    }
}
