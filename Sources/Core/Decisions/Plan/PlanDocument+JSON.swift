extension PlanDocument {
    /// The document as `plan.json`, digests included.
    package var json: JSON {
        var members = body(forDigest: false)
        members.insert(JSON.Member("schemaDigest", .string(schemaDigest)), at: 2)
        members.insert(JSON.Member("planDigest", .string(planDigest)), at: 2)
        members.insert(JSON.Member("planId", .string(planID)), at: 2)
        return .object(members)
    }

    /// The SHA-256 of the RFC 8785 text of `schemaChanges`.
    package var schemaDigest: String {
        Digest(of: JSON.array(schemaChanges.map(\.json)).serialized(.canonical)).text
    }

    /// The SHA-256 of the document without `planId`, both digests, times and `estimate`, and with `rowsDigest`.
    package var planDigest: String { Digest(of: JSON.object(body(forDigest: true)).serialized(.canonical)).text }

    private func body(forDigest: Bool) -> [JSON.Member] {
        var members: [JSON.Member] = [
            JSON.Member("formatVersion", "1.0"), JSON.Member("kind", "Plan"),
            JSON.Member("tool", ["name": "syncbridge", "version": .string(toolVersion)]),
        ]
        if !forDigest { members.append(JSON.Member("createdAt", .string(createdAt))) }
        members += [
            JSON.Member("project", .string(project)),
            JSON.Member("environment", environment.map(JSON.string) ?? .null),
            JSON.Member(
                "targets",
                .array(
                    targets.map {
                        ["profile": .string($0.profile), "type": .string($0.type), "place": .string($0.place)]
                    })),
            JSON.Member("assumptions", .array(assumptions.map(JSON.string))), JSON.Member("summary", summary),
            JSON.Member("registrations", .array(registrations.map(\.json))),
            JSON.Member("schemaChanges", .array(schemaChanges.map(\.json))),
            JSON.Member("dataChanges", .array(dataChanges.map(\.json))),
            JSON.Member(
                "drift",
                .array(drift.map { ["address": .string($0.address.text), "summary": .string($0.summary)] })),
            JSON.Member("notes", .array(notes.map(\.json))),
            JSON.Member("hazards", .array(hazards.map(\.json))),
            JSON.Member("diagnostics", .array(diagnostics.map(\.planJSON))),
        ]
        if forDigest {
            members.append(JSON.Member("rowsDigest", .string(rowsDigest)))
        } else {
            members.append(
                JSON.Member(
                    "estimate",
                    [
                        "requests": .number(estimate.requests), "batches": .number(estimate.batches),
                        "resourceUnits": .number(estimate.resourceUnits), "minutes": .number(estimate.minutes),
                    ]))
        }
        return members
    }

    private var summary: JSON {
        func counts<Action: RawRepresentable<String> & CaseIterable>(
            _ type: Action.Type, _ count: (Action) -> Int
        ) -> [JSON.Member] {
            Action.allCases.map { JSON.Member($0.rawValue, .number(count($0))) }
        }
        let total = total
        return [
            "empty": .bool(isEmpty), "applicable": .bool(isApplicable),
            "registrations": .object(counts(Registration.Action.self) { count($0) }),
            "schema": .object(
                counts(SchemaChange.Action.self) { count($0) } + [JSON.Member("unchanged", .number(schemaUnchanged))]),
            "data": [
                "create": .number(total.create), "update": .number(total.update), "move": .number(total.moveIn),
                "delete": .number(total.delete), "conflict": .number(total.conflict), "reject": .number(total.reject),
                "unrouted": .number(total.unrouted), "pull": .number(total.pull), "unchanged": .number(total.unchanged),
            ],
        ]
    }
}

extension SourceRange {
    package var json: JSON { ["file": .string(file), "line": .number(start.line), "column": .number(start.column)] }
}

extension SchemaChange {
    var json: JSON {
        let actions: [JSON] = action == .replace ? ["delete", "create"] : [.string(action.rawValue)]
        return [
            "address": .string(address.text), "kind": .string(address.kind.rawValue), "actions": .array(actions),
            "summary": .string(summary), "before": before ?? .null, "after": after ?? .null,
            "position": place?.json ?? .null,
        ]
    }
}

extension SchemaNote {
    package var json: JSON { ["address": .string(address.text), "summary": .string(summary)] }
}

extension Hazard {
    package var json: JSON {
        [
            "code": .string(code.rawValue), "address": .string(address.text),
            "severity": .string(code.blocks ? "error" : "warning"), "message": .string(message),
            "evidence": ["rows": rows.map { JSON.number($0) } ?? .null], "allowed": .bool(allowedBy != nil),
            "allowedBy": allowedBy.map(JSON.string) ?? .null, "note": note.map(JSON.string) ?? .null,
            "remedy": .string(remedy),
            "position": place?.json ?? .null,
        ]
    }
}

extension Diagnostic {
    fileprivate var planJSON: JSON {
        [
            "code": .string(code.rawValue), "severity": .string(severity.rawValue), "summary": .string(code.summary),
            "detail": .string(detail), "help": help.map(JSON.string) ?? .null, "position": source?.json ?? .null,
        ]
    }
}

extension RowCounts {
    /// All of them.
    var json: JSON {
        .object(
            [JSON.Member("sourceRows", .number(sourceRows))] + changes + [JSON.Member("unchanged", .number(unchanged))])
    }

    /// What has a cause.
    var changesJSON: JSON { .object(changes) }

    private var changes: [JSON.Member] {
        [
            JSON.Member("create", .number(create)), JSON.Member("update", .number(update)),
            JSON.Member("moveIn", .number(moveIn)), JSON.Member("moveOut", .number(moveOut)),
            JSON.Member("delete", .number(delete)), JSON.Member("conflict", .number(conflict)),
            JSON.Member("reject", .number(reject)), JSON.Member("unrouted", .number(unrouted)),
            JSON.Member("pull", .number(pull)),
        ]
    }
}

extension DataChange {
    var json: JSON {
        [
            "address": .string(address.text), "definition": .string(definition),
            "list": list.map(JSON.string) ?? .null, "counts": counts.json,
            "byField": .array(byField.map { ["field": .string($0.field), "updates": .number($0.updates)] }),
            "moves": .array(
                moves.map {
                    [
                        "from": .string($0.from), "to": .string($0.to), "count": .number($0.count),
                        "rule": .string($0.rule),
                    ]
                }),
            "rejects": .array(
                rejects.map {
                    [
                        "code": .string($0.code.rawValue), "count": .number($0.count),
                        "field": $0.field.map(JSON.string) ?? .null, "position": $0.place?.json ?? .null,
                    ]
                }),
            "samples": .array(samples.map(\.json)),
            "cause": .object(
                Cause.allCases.map {
                    JSON.Member($0.rawValue, (causes[$0] ?? RowCounts()).changesJSON)
                }),
        ]
    }
}

extension DataChange.Sample {
    var json: JSON {
        [
            "action": .string(action.rawValue), "key": key.json,
            "after": .object(after.map { JSON.Member($0.field, $0.value.json) }),
        ]
    }
}

extension Shown {
    var json: JSON {
        switch self {
        case .clear(let text): .string(text)
        case .masked(let number): ["$mask": .number(number)]
        }
    }
}

extension PlanDocument.Registration {
    fileprivate var json: JSON {
        var members = [
            JSON.Member("address", .string(address.text)), JSON.Member("action", .string(action.rawValue)),
        ]
        if let renamedFrom { members.append(JSON.Member("renamedFrom", .string(renamedFrom))) }
        if returns { members.append(JSON.Member("returns", .bool(true))) }
        return .object(members)
    }
}
