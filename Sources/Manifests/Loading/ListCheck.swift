import Core

/// A list belongs to one definition, and its name differs from others by more than case.
struct ListCheck {
    private struct Owner {
        var list: String
        var definition: String
        var place: SourceRange?
    }

    /// Which site each profile stands for: two profiles may name the same.
    private let siteKeys: [String: String]

    init(sites: some Sequence<SiteProfile>) {
        var keys: [String: String] = [:]
        for site in sites {
            if case .literal(let host) = site.hostname, case .literal(let path) = site.sitePath {
                keys[site.name] = "\(host)\(path)".lowercased()
            } else {
                keys[site.name] = "profile/\(site.name)"
            }
        }
        self.siteKeys = keys
    }

    mutating func check(_ definitions: [SyncDefinition], _ diagnostics: inout Diagnostics) {
        var owners: [String: Owner] = [:]
        for definition in definitions {
            let site = siteKeys[definition.siteProfile] ?? definition.siteProfile
            let places = definition.sharding.listPlaces
            for list in definition.sharding.listNames {
                let key = "\(site)\n\(list.lowercased())"
                let place = places[list]
                guard let owner = owners[key] else {
                    owners[key] = Owner(list: list, definition: definition.name, place: place)
                    continue
                }
                // Within one definition the decoder has reported it.
                guard owner.definition != definition.name else { continue }
                report(list, place, owner, definition, &diagnostics)
            }
        }
    }

    private func report(
        _ list: String, _ place: SourceRange?, _ owner: Owner, _ definition: SyncDefinition,
        _ diagnostics: inout Diagnostics
    ) {
        let other = "the definition \(quoted(owner.definition)) at \(owner.place?.text ?? "another place")"
        // A shared policy names its lists once: then the place that matters is the second definition.
        let shown = place == owner.place ? definition.place : place
        if list == owner.list {
            diagnostics.error(
                .duplicateList,
                "The list \(quoted(list)) of the definition \(quoted(definition.name)) belongs to \(other).",
                help: "give one of them another list: whoever writes last would delete what the other wrote", at: shown)
        } else {
            diagnostics.error(
                .listCase,
                "SharePoint takes \(quoted(list)) and \(quoted(owner.list)) of \(other) for one list.",
                help: "give one of them another name", at: shown)
        }
    }
}

extension ShardingPolicy {
    /// Where each list is first named.
    fileprivate var listPlaces: [String: SourceRange] {
        var places: [String: SourceRange] = [:]
        for rule in rules where places[rule.list] == nil { places[rule.list] = rule.place }
        if let list = defaultList, places[list.value] == nil { places[list.value] = list.place }
        return places
    }
}
