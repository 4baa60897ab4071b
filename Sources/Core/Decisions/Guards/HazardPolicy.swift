/// Which hazards somebody accepted.
package struct HazardPolicy: Hashable, Sendable {
    package struct Flag: Hashable, Sendable {
        package var code: HazardCode
        package var at: AddressGlob

        package init(code: HazardCode, at: AddressGlob) {
            self.code = code
            self.at = at
        }
    }

    package var allowances: [Allowance]
    package var flags: [Flag]
    package var today: CivilDate

    package init(allowances: [Allowance], flags: [Flag], today: CivilDate) {
        self.allowances = allowances
        self.flags = flags
        self.today = today
    }

    /// The hazards, each with what allows it, or with why what was meant to allow it does not.
    package func applied(to hazards: [Hazard]) -> [Hazard] {
        hazards.map { hazard in
            var hazard = hazard
            guard let giver = allowedBy(hazard) else {
                hazard.note = shortcoming(hazard) ?? hazard.note
                return hazard
            }
            if let reason = hazard.code.whyNeverAllowed {
                hazard.note = "allowed by \(giver), which changes nothing: \(reason)"
            } else {
                hazard.allowedBy = giver
            }
            return hazard
        }
    }

    private func allowedBy(_ hazard: Hazard) -> String? {
        if flags.contains(where: { $0.code == hazard.code && $0.at.matches(hazard.address) }) {
            return "--allow-hazards"
        }
        let match = meant(for: hazard).first { !isOver($0) && covers($0, hazard) }
        return match.map { $0.place?.text ?? "allow" }
    }

    private func meant(for hazard: Hazard) -> [Allowance] {
        allowances.filter { $0.hazard == hazard.code && AddressGlob($0.at).matches(hazard.address) }
    }

    private func isOver(_ allowance: Allowance) -> Bool { allowance.until.map { $0 < today } ?? false }

    private func covers(_ allowance: Allowance, _ hazard: Hazard) -> Bool {
        allowance.max.map { (hazard.rows ?? 0) <= $0 } ?? true
    }

    /// Why an allowance that was meant for the hazard does not allow it.
    private func shortcoming(_ hazard: Hazard) -> String? {
        guard let allowance = meant(for: hazard).first else { return nil }
        let giver = "the allowance" + (allowance.place.map { " at \($0.text)" } ?? "")
        if isOver(allowance), let until = allowance.until { return "\(giver) ended on \(until.isoText)" }
        return allowance.max.map {
            "\(giver) covers at most \(grouped($0)) rows, and these are \(grouped(hazard.rows ?? 0))"
        }
    }

    /// Warns of allowances that allow nothing any more, and of those that were mistyped.
    /// - Parameter addresses: All that a plan tells of. Columns and rows that are as they should be are not among them.
    package func warnOfIdle(among addresses: [Address], _ diagnostics: inout Diagnostics) {
        for allowance in allowances {
            let glob = AddressGlob(allowance.at)
            let isKnown = addresses.contains(where: glob.matches) || glob.kind == .column || glob.kind == .row
            if isOver(allowance), let until = allowance.until {
                diagnostics.warning(
                    .unusedAllowance, "The allowance of \(allowance.hazard.rawValue) ended on \(until.isoText).",
                    help: "remove it, or agree to a later day", at: allowance.place)
            } else if !isKnown {
                diagnostics.warning(
                    .unusedAllowance,
                    "Nothing in the plan has the address \(quoted(allowance.at)), for which \(allowance.hazard.rawValue) is "
                        + "allowed.", help: "copy the address from the plan, or remove the allowance",
                    at: allowance.place)
            }
        }
    }
}
