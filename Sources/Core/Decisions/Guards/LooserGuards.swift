/// Limits that let more through than those of the last apply.
package enum LooserGuards {
    /// A warning: whoever reviews a change sees that it also lifts what would have stopped it.
    /// - Parameters:
    ///   - applied: Those of the last apply; `nil` if nobody wrote them down.
    ///   - wanted: Those of the manifests, each of them set.
    /// - Returns: `nil` where every limit is as strict as it was.
    package static func hazard(_ applied: Guards?, _ wanted: Guards, _ definition: SyncDefinition) -> Hazard? {
        guard let applied else { return nil }
        let looser = zip(applied.limits, wanted.limits).compactMap { old, new -> String? in
            guard let before = old.value, let now = new.value, now > before else { return nil }
            return "\(new.name) was \(JSON.number(before).text()) and is now \(JSON.number(now).text())"
        }
        guard !looser.isEmpty else { return nil }
        return Hazard(
            .guardLoosened, at: .definition(definition.name), looser.joined(separator: ", "),
            remedy: "nothing to do if that is meant; else set the limit back", place: definition.place)
    }
}

extension Guards {
    fileprivate var limits: [(name: String, value: Double?)] {
        [
            ("maxDeletes", maxDeletes.map(Double.init)), ("maxDeletePercent", maxDeletePercent),
            ("maxUpdatePercent", maxUpdatePercent), ("maxRejectedPercent", maxRejectedPercent),
        ]
    }

    /// What the registry remembers of them.
    package var json: JSON {
        .object(limits.compactMap { limit in limit.value.map { JSON.Member(limit.name, .number($0)) } })
    }

    package init(_ json: JSON) {
        self.init(
            maxDeletes: json["maxDeletes"]?.integer, maxDeletePercent: json["maxDeletePercent"]?.double,
            maxUpdatePercent: json["maxUpdatePercent"]?.double, maxRejectedPercent: json["maxRejectedPercent"]?.double)
    }
}
