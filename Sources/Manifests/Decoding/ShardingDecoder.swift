import Core

/// Reads the rules of a policy or of a definition.
enum ShardingDecoder {
    static func policy(
        _ reader: ObjectReader, name: String?, place: SourceRange?, _ diagnostics: inout Diagnostics
    ) -> ShardingPolicy {
        var policy = ShardingPolicy(name: name, place: place)
        let rules = reader.list("rules")
        for (index, node) in rules.enumerated() {
            let rule = ObjectReader(node, ShardingSchema.rule, at: node.range)
            if rule.has("default") {
                readDefault(rule, isLast: index == rules.count - 1, of: &policy, &diagnostics)
            } else {
                readRule(rule, node, of: &policy, &diagnostics)
            }
        }
        RuleCheck.check(policy.rules, &diagnostics)
        checkDefault(of: policy, &diagnostics)
        checkCase(of: policy, &diagnostics)
        return policy
    }

    private static func readDefault(
        _ rule: ObjectReader, isLast: Bool, of policy: inout ShardingPolicy, _ diagnostics: inout Diagnostics
    ) {
        if !isLast {
            diagnostics.error(
                .defaultNotLast, "The rules after the default would never be asked.", help: "make it the last rule",
                at: rule.place(of: "default"))
        }
        if policy.defaultList == nil { policy.defaultList = rule.located("default") }
    }

    private static func readRule(
        _ rule: ObjectReader, _ node: YAMLNode, of policy: inout ShardingPolicy, _ diagnostics: inout Diagnostics
    ) {
        guard let when = rule.entry("when") else {
            if node.mapping?.isEmpty == false, rule.has("list") {
                diagnostics.error(
                    .missingKey, "The rule for the list \(quoted(rule.text("list") ?? "")) has no \"when\".",
                    help: "write when: { column: value }, or { default: … } for all other rows", at: node.range)
            }
            return
        }
        ConditionCheck.check(when.value, &diagnostics)
        guard let list = rule.located("list") else { return }
        let condition = ConditionDecoder.condition(when.value) ?? RuleCheck.unreadable
        policy.rules.append(ShardingPolicy.Rule(when: condition, list: list.value, place: list.place))
    }

    /// A default after a rule that always holds is as unreachable as any other.
    private static func checkDefault(of policy: ShardingPolicy, _ diagnostics: inout Diagnostics) {
        guard let list = policy.defaultList,
            let everything = policy.rules.first(where: { $0.condition == .all([]) })
        else { return }
        diagnostics.error(
            .unreachableRule,
            "The rule at \(everything.place?.text ?? "above") has an empty condition, which always holds.",
            help: "remove the rule, or give it a condition", at: list.place)
    }

    /// SharePoint takes two names that differ only in case for one list.
    private static func checkCase(of policy: ShardingPolicy, _ diagnostics: inout Diagnostics) {
        var first: [String: (name: String, place: SourceRange?)] = [:]
        let lists = policy.rules.map { ($0.list, $0.place) } + (policy.defaultList.map { [($0.value, $0.place)] } ?? [])
        for (name, place) in lists {
            if let other = first[name.lowercased()] {
                guard other.name != name else { continue }
                diagnostics.error(
                    .listCase,
                    "SharePoint takes \(quoted(name)) and \(quoted(other.name)) at \(other.place?.text ?? "above") for one list.",
                    help: "write \(quoted(other.name)) in both places, or choose another name", at: place)
            } else {
                first[name.lowercased()] = (name, place)
            }
        }
    }
}
