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
            guard let giver = allowedBy(hazard) else { return hazard }
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
        let match = allowances.first { allowance in
            allowance.hazard == hazard.code && AddressGlob(allowance.at).matches(hazard.address)
                && (allowance.until.map { $0 >= today } ?? true)
                && (allowance.max.map { (hazard.rows ?? 0) <= $0 } ?? true)
        }
        return match.map { $0.place?.text ?? "allow" }
    }
}
