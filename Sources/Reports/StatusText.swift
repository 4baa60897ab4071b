package import Core

/// What the meta-store says of a project.
package enum StatusText {
    package static func render(
        _ project: String, _ registry: Registry, _ runs: [RunRecord], _ refused: [QuarantineCount],
        _ rows: [String: [KnownEntry]], _ leases: [LeaseHolder], _ holds: [Hold]
    ) -> String {
        var lines = ["Project \(project)"]
        for definition in registry.definitions {
            lines.append("  definition/\(definition.name)  \(grouped(definition.liveRows)) rows in lists")
            for list in registry.lists(of: definition).sorted(by: { $0.name < $1.name }) {
                lines.append(
                    "    list/\(list.site)/\(list.name)  \(grouped(list.liveRows)) items  \(list.webURL)"
                )
            }
        }
        if refused.isEmpty {
            lines.append("No row is refused.")
        } else {
            lines.append("Refused rows")
            for count in refused {
                let words = RejectCode(rawValue: count.reason)?.words ?? ""
                let definition = Address.definition(count.definition).text
                lines.append("  \(definition)  \(grouped(count.rows)) \(count.reason)  \(words)")
                let next = RejectCode(rawValue: count.reason)?.nextStep(definition)
                if let next { lines.append("    Next: \(next).") }
            }
            for definition in registry.definitions {
                for row in rows[definition.name] ?? [] { lines.append("  " + line(row, definition, registry)) }
            }
        }
        if !leases.isEmpty || !holds.isEmpty {
            lines.append("Leases and holds")
            lines += LockText.render(leases, holds).split(separator: "\n").map { "  \($0)" }
        }
        lines.append("Latest runs")
        for run in runs {
            let end = run.exit.map { "exit \($0) \(ExitStatus(rawValue: Int32($0))?.name ?? "")" } ?? "not finished"
            lines.append("  \(run.startedAt.isoText)  \(end)  \(run.actor)  \(counts(run.counts))")
        }
        return TerminalText.joined(lines)
    }

    /// A refused row, with what the service said.
    private static func line(
        _ row: KnownEntry, _ definition: RegisteredDefinition, _ registry: Registry
    ) -> String {
        let refusal = row.entry.refusal
        let request = refusal?.requestID.map { ", request-id \($0)" } ?? ""
        let attempts = refusal.map { $0.attempts == 1 ? "" : ", \($0.attempts) attempts" } ?? ""
        return
            "\(address(row, definition))\(list(row, registry).map { " in \($0.text)" } ?? "")  "
            + "\(refusal?.code.rawValue ?? "")  \(refusal?.reason ?? "")\(attempts)\(request)"
    }

    /// The list that the row was refused for.
    private static func list(_ row: KnownEntry, _ registry: Registry) -> Address? {
        row.entry.refusal?.list.flatMap { id in registry.lists.first { $0.id == id } }.map { .list($0.site, $0.name) }
    }

    private static func address(_ row: KnownEntry, _ definition: RegisteredDefinition) -> String {
        guard let parts = SyncKey.parts(of: row.syncKey, prefix: definition.prefix) else { return row.syncKey }
        return Address.row(definition.name, key: parts).text
    }

    private static func counts(_ json: JSON) -> String {
        (json.members ?? []).compactMap { member in
            member.value.integer.flatMap { $0 > 0 ? "\(member.name) \(grouped($0))" : nil }
        }.joined(separator: ", ")
    }

    package static func json(
        _ registry: Registry, _ runs: [RunRecord], _ refused: [QuarantineCount], _ rows: [String: [KnownEntry]],
        _ leases: [LeaseHolder], _ holds: [Hold]
    ) -> JSON {
        [
            "kind": "StatusReport",
            "definitions": .array(
                registry.definitions.map { definition in
                    [
                        "address": .string(Address.definition(definition.name).text),
                        "rows": .number(definition.liveRows),
                        "lists": .array(
                            registry.lists(of: definition).map { list in
                                [
                                    "address": .string(Address.list(list.site, list.name).text),
                                    "items": .number(list.liveRows), "webUrl": .string(list.webURL),
                                ]
                            }),
                    ]
                }),
            "refused": .array(
                refused.map {
                    ["definition": .string($0.definition), "reason": .string($0.reason), "rows": .number($0.rows)]
                }),
            "refusedRows": .array(
                registry.definitions.flatMap { definition in
                    (rows[definition.name] ?? []).map { row -> JSON in
                        [
                            "address": .string(address(row, definition)),
                            "code": .string(row.entry.refusal?.code.rawValue ?? ""),
                            "list": list(row, registry).map { .string($0.text) } ?? .null,
                            "reason": .string(row.entry.refusal?.reason ?? ""),
                            "next": (row.entry.refusal?.code.nextStep(address(row, definition))).map(JSON.string)
                                ?? .null,
                            "requestId": row.entry.refusal?.requestID.map(JSON.string) ?? .null,
                            "attempts": .number(row.entry.refusal?.attempts ?? 0),
                        ]
                    }
                }),
            "locks": LockText.json(leases, holds),
            "runs": .array(
                runs.map { run in
                    [
                        "id": .string(run.id), "startedAt": .string(run.startedAt.isoText),
                        "finishedAt": run.finishedAt.map { .string($0.isoText) } ?? .null,
                        "actor": .string(run.actor), "planDigest": .string(run.planDigest), "counts": run.counts,
                        "exit": run.exit.map { .number($0) } ?? .null,
                    ]
                }),
        ]
    }
}
