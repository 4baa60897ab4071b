import Core

/// Follows the references between documents.
extension LoadRun {
    /// The desired state, complete if nothing was reported.
    mutating func link() -> DesiredState {
        var linker = Linker(documents: documents, isIncomplete: isIncomplete)
        let desired = linker.link(environment: environment, knowsTimeZone: options.knowsTimeZone)
        diagnostics.append(contentsOf: linker.diagnostics.all)
        if !diagnostics.hasErrors, !isIncomplete, let place = linker.lost.first {
            diagnostics.error(
                .badValue, "The definition cannot be read as a whole.", help: "compare it with its reference", at: place
            )
        }
        return desired
    }
}

struct Linker {
    var diagnostics = Diagnostics()
    private let documents: [ManifestDocument]
    private let isIncomplete: Bool

    private var sources: [String: SourceProfile?] = [:]
    private var sites: [String: SiteProfile?] = [:]
    private var policies: [String: ShardingPolicy] = [:]
    private var mappings: [String: Mapping] = [:]
    private var project = Project()
    private var used: Set<String> = []
    /// Definitions of which something that they need could not be read.
    private(set) var lost: [SourceRange] = []

    init(documents: [ManifestDocument], isIncomplete: Bool) {
        self.documents = documents
        self.isIncomplete = isIncomplete
    }

    mutating func link(environment: String?, knowsTimeZone: (@Sendable (String) -> Bool)?) -> DesiredState {
        decodeShared(knowsTimeZone)
        var drafts: [DefinitionDraft] = []
        for document in documents where document.kind == .syncDefinition {
            guard let name = document.name else { continue }
            drafts.append(DefinitionDecoder.draft(document, name: name, &diagnostics))
        }
        let definitions = drafts.compactMap { definition($0) }
        noteLoss(drafts, definitions)
        checkNames(drafts)
        var lists = ListCheck(sites: allSites)
        lists.check(definitions, &diagnostics)
        warnOfUnused()
        return DesiredState(
            project: project, environment: environment, sources: allSources, sites: Array(allSites),
            definitions: definitions.sorted { $0.name < $1.name })
    }

    private var allSources: [SourceProfile] {
        sources.isEmpty ? [.fromEnvironment] : sources.values.compactMap { $0 }.sorted { $0.name < $1.name }
    }

    private var allSites: [SiteProfile] {
        sites.isEmpty ? [.fromEnvironment] : sites.values.compactMap { $0 }.sorted { $0.name < $1.name }
    }

    // MARK: - Documents that others refer to

    private mutating func decodeShared(_ knowsTimeZone: (@Sendable (String) -> Bool)?) {
        for document in documents {
            guard let name = document.name, let kind = document.kind else { continue }
            let spec = document.spec
            switch kind {
            case .project: project = ProjectDecoder.project(spec, name: name, place: document.place)
            case .connectionProfile: profile(document, name, knowsTimeZone)
            case .shardingPolicy:
                policies[name] = ShardingDecoder.policy(spec, name: name, place: document.place, &diagnostics)
            case .fieldMapping:
                mappings[name] = MappingDecoder.mapping(spec, name: name, place: document.place, &diagnostics)
            case .syncDefinition, .environment: break
            }
        }
    }

    private mutating func profile(
        _ document: ManifestDocument, _ name: String, _ knowsTimeZone: (@Sendable (String) -> Bool)?
    ) {
        let node = document.spec.entry("config")
        let place = node?.keyRange ?? document.place
        switch document.spec.text("type") {
        case ProfileSchema.postgres:
            let config = ObjectReader(node?.value, ProfileSchema.postgresConfig, at: place)
            sources[name] = .some(ProfileDecoder.source(config, name: name, &diagnostics))
        case ProfileSchema.sharePoint:
            let config = ObjectReader(node?.value, ProfileSchema.sharePointConfig, at: place)
            let site = ProfileDecoder.site(config, name: name)
            if case .literal(let zone) = site?.timeZone, let knowsTimeZone, !knowsTimeZone(zone) {
                diagnostics.error(
                    .unknownTimeZone, "This machine knows no time zone \(quoted(zone)).", help: TextForm.timeZone.help,
                    at: config.place(of: "timeZone"))
            }
            sites[name] = .some(site)
        default: unreadableProfiles.insert(name)
        }
    }

    /// Profiles whose type is not known: they may be what a definition means.
    private var unreadableProfiles: Set<String> = []

    // MARK: - Definitions

    private mutating func definition(_ draft: DefinitionDraft) -> SyncDefinition? {
        let source = draft.source
        let target = draft.target
        let sourceName = profile(
            source, of: sources.keys.sorted(), implicit: SourceProfile.fromEnvironment.name, ProfileSchema.postgres)
        let siteName = profile(
            target, of: sites.keys.sorted(), implicit: SiteProfile.fromEnvironment.name, ProfileSchema.sharePoint)
        let sharding = sharding(of: draft)
        let mapping = mapping(of: draft)
        let lists = DefinitionDecoder.lists(draft.reader, &diagnostics)
        if let sharding { checkSettings(draft, sharding) }
        if let mapping, let siteName { checkZone(mapping, siteName) }
        let guards = ProjectDecoder.guards(draft.reader.object("guards"))
        guard let sourceName, let siteName, let sharding, let mapping, let table = draft.table,
            let deletes = draft.deletes
        else { return nil }
        return SyncDefinition(
            name: draft.name, labels: draft.labels, renamedFrom: draft.renamedFrom,
            sourceProfile: sourceName, table: table, key: key(source), keyPlace: source.entry("key")?.value.range,
            predicate: source.located("where"), capture: DefinitionDecoder.capture(source), siteProfile: siteName,
            mode: draft.reader.word("mode") ?? .oneWayPush, sharding: sharding, mapping: mapping, deletes: deletes,
            onDrift: draft.reader.word("onDrift") ?? .report, suspend: draft.reader.flag("suspend"), guards: guards,
            lists: lists, place: draft.place, tablePlace: source.place(of: "table"))
    }

    /// A definition that is left out reads as one that somebody removed. Its reason should have been reported; if none
    /// was, this stops the run all the same.
    private mutating func noteLoss(_ drafts: [DefinitionDraft], _ definitions: [SyncDefinition]) {
        let kept = Set(definitions.map(\.name))
        for draft in drafts where !kept.contains(draft.name) { lost.append(draft.place) }
    }

    private mutating func key(_ source: ObjectReader) -> [String]? {
        guard source.has("key") else { return nil }
        var seen: Set<String> = []
        for column in source.texts("key") where !seen.insert(column.value).inserted {
            diagnostics.error(
                .badValue, "The key names the column \(quoted(column.value)) twice.", help: "keep one of the two",
                at: column.place)
        }
        return source.texts("key").map(\.value)
    }

    /// The name of the profile that a definition means.
    private mutating func profile(
        _ side: ObjectReader, of names: [String], implicit: String, _ type: String
    ) -> String? {
        let candidates = names.isEmpty ? [implicit] : names
        if let written = side.entry("profile") {
            guard let name = side.text("profile") else { return nil }
            guard !candidates.contains(name) else { return name }
            let isOther = sources.keys.contains(name) || sites.keys.contains(name)
            guard isOther || !isIncomplete && !unreadableProfiles.contains(name) else { return nil }
            let what =
                isOther ? "The profile \(quoted(name)) is not of type \(type)." : "There is no profile \(quoted(name))."
            dangling(what, name, candidates, at: written.value.range)
            return nil
        }
        guard candidates.count == 1 else {
            diagnostics.error(
                .ambiguousProfile,
                "There are \(candidates.count) profiles of type \(type): \(candidates.joined(separator: ", ")).",
                help: "write profile: and the name of one", at: side.anchor)
            return nil
        }
        // A profile that could not be read might be the second of its type.
        return names.isEmpty && (isIncomplete || !unreadableProfiles.isEmpty) ? nil : candidates[0]
    }

    private mutating func sharding(of draft: DefinitionDraft) -> ShardingPolicy? {
        switch draft.sharding {
        case nil: return nil
        case .own(let policy): return policy
        case .reference(let name):
            used.insert("\(ManifestKind.shardingPolicy.rawValue)/\(name.value)")
            if let policy = policies[name.value] { return policy }
            guard !isIncomplete else { return nil }
            dangling(
                "There is no sharding policy \(quoted(name.value)).", name.value, policies.keys.sorted(), at: name.place
            )
            return nil
        }
    }

    private mutating func mapping(of draft: DefinitionDraft) -> Mapping? {
        switch draft.mapping {
        case nil: return nil
        case .own(let mapping): return mapping
        case .reference(let name):
            used.insert("\(ManifestKind.fieldMapping.rawValue)/\(name.value)")
            if let mapping = mappings[name.value] { return mapping }
            guard !isIncomplete else { return nil }
            dangling(
                "There is no field mapping \(quoted(name.value)).", name.value, mappings.keys.sorted(), at: name.place)
            return nil
        }
    }

    private mutating func dangling(_ what: String, _ name: String, _ candidates: [String], at place: SourceRange?) {
        let help =
            closest(to: name, among: candidates).map { "did you mean \(quoted($0))?" }
            ?? (candidates.isEmpty ? "there is none; declare it" : "there are: \(candidates.joined(separator: ", "))")
        diagnostics.error(.danglingReference, what, help: help, at: place)
    }

    // MARK: - Sense

    /// Settings are of lists that rows can be sent to.
    private mutating func checkSettings(_ draft: DefinitionDraft, _ sharding: ShardingPolicy) {
        let names = sharding.listNames
        for entry in draft.reader.entries("lists") where !names.contains(entry.key) {
            dangling(
                "No rule of the definition names the list \(quoted(entry.key)).", entry.key, names, at: entry.keyRange)
        }
    }

    private mutating func checkZone(_ mapping: Mapping, _ siteName: String) {
        guard let site = sites[siteName] ?? nil, site.timeZone == nil else { return }
        for field in mapping.fields {
            guard case .dateTime(let date) = field.type, date.format == .dateOnly else { continue }
            diagnostics.error(
                .missingTimeZone,
                "The column \(quoted(field.target)) holds days, and the profile \(quoted(siteName)) has no timeZone.",
                help: "write timeZone: and the zone of the site's regional settings, such as Europe/Berlin",
                at: field.place)
        }
    }

    private mutating func checkNames(_ drafts: [DefinitionDraft]) {
        let names = Dictionary(drafts.map { ($0.name, $0.place) }) { first, _ in first }
        var earlierNames: [String: SourceRange] = [:]
        for draft in drafts {
            for earlier in draft.renamedFrom {
                if let other = earlierNames.updateValue(draft.place, forKey: earlier.value) {
                    diagnostics.error(
                        .duplicateName,
                        "The definition at \(other.text) was called \(quoted(earlier.value)), too.",
                        help: "keep it in the renamedFrom of the definition whose rows these are", at: earlier.place)
                }
                guard let place = names[earlier.value] else { continue }
                diagnostics.error(
                    .duplicateName, "The definition \(quoted(earlier.value)) is still there, at \(place.text).",
                    help: "remove it, or remove renamedFrom", at: earlier.place)
            }
        }
    }

    private mutating func warnOfUnused() {
        // A reference that leads nowhere was probably meant for one of them.
        guard !isIncomplete, !diagnostics.all.contains(where: { $0.code == .danglingReference }) else { return }
        for document in documents {
            guard let kind = document.kind, let name = document.name, kind == .shardingPolicy || kind == .fieldMapping,
                !used.contains("\(kind.rawValue)/\(name)")
            else { continue }
            diagnostics.warning(
                .unusedDocument, "No definition refers to the \(kind.rawValue) \(quoted(name)).",
                help: "refer to it, or remove it", at: document.place)
        }
    }
}
