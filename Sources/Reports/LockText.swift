package import Core

/// Who applies what, and what operators hold.
package enum LockText {
    package static func render(_ leases: [LeaseHolder], _ holds: [Hold]) -> String {
        var lines: [String] = []
        if leases.isEmpty { lines.append("Nobody is applying.") }
        for lease in leases {
            let state = lease.isExpired ? "its time is over: the next apply takes it" : "held"
            lines.append(
                "definition/\(lease.name.definition)  \(state)  \(lease.actor)  run \(lease.run)  since "
                    + "\(lease.acquiredAt.isoText)  last heard of \(lease.heartbeatAt.isoText)")
        }
        for hold in holds {
            let what = hold.definition.map { "definition/\($0)" } ?? "all definitions"
            lines.append(
                "\(what)  on hold  \(hold.actor)  since \(hold.since.isoText)  "
                    + hold.reason)
        }
        return TerminalText.joined(lines)
    }

    package static func json(_ leases: [LeaseHolder], _ holds: [Hold]) -> JSON {
        [
            "kind": "LockReport",
            "leases": .array(
                leases.map { lease in
                    [
                        "address": .string(Address.definition(lease.name.definition).text),
                        "site": .string(lease.name.site), "epoch": .number(lease.epoch),
                        "actor": .string(lease.actor), "run": .string(lease.run),
                        "acquiredAt": .string(lease.acquiredAt.isoText),
                        "heartbeatAt": .string(lease.heartbeatAt.isoText), "expired": .bool(lease.isExpired),
                    ]
                }),
            "holds": .array(
                holds.map { hold in
                    [
                        "address": hold.definition.map { .string(Address.definition($0).text) } ?? .null,
                        "actor": .string(hold.actor), "reason": .string(hold.reason),
                        "since": .string(hold.since.isoText),
                    ]
                }),
        ]
    }
}
