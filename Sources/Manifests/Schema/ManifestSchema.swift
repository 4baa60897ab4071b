package import Core

/// The JSON Schema of manifests, for editors: completion, descriptions, and most of what the loader checks.
package enum ManifestSchema {
    private static let dialect = "https://json-schema.org/draft/2020-12/schema"

    /// The schema of one kind; `nil`: of any document, for a file that may hold several kinds.
    package static func jsonSchema(_ kind: ManifestKind? = nil) -> JSON {
        var members: [JSON.Member] = [
            JSON.Member("$schema", .string(dialect)),
            JSON.Member(
                "$id", .string("https://\(ManifestKind.apiVersion)/\(kind?.rawValue ?? "manifest").schema.json")),
            JSON.Member("title", .string(kind?.rawValue ?? "Arcore SyncBridge manifest")),
        ]
        if let kind {
            members.append(JSON.Member("description", .string(kind.doc)))
            members += JSONSchemaWriter.members(of: .object(kind.document))
        } else {
            members += anyKind
        }
        members.append(
            JSON.Member(
                "$defs",
                .object(
                    NamedShape.allCases.map {
                        JSON.Member($0.rawValue, .object(JSONSchemaWriter.members(of: $0.shape)))
                    }
                        + [
                            JSON.Member("secret", secret),
                            JSON.Member("variable", ["type": "string", "pattern": "\\$\\{"]),
                        ])))
        return .object(members)
    }

    /// Chosen by `kind`, so that an editor shows the errors of one kind and not of six.
    private static var anyKind: [JSON.Member] {
        let cases = ManifestKind.allCases.map { kind -> JSON in
            [
                "if": ["properties": ["kind": ["const": .string(kind.rawValue)]], "required": ["kind"]],
                "then": .object(JSONSchemaWriter.members(of: .object(kind.document))),
            ]
        }
        return [
            JSON.Member("type", "object"), JSON.Member("required", ["apiVersion", "kind", "metadata"]),
            JSON.Member(
                "properties", ["kind": ["enum": .array(ManifestKind.allCases.map { .string($0.rawValue) })]]),
            JSON.Member("allOf", .array(cases)),
        ]
    }

    private static var secret: JSON {
        [
            "type": "object", "description": "A reference to a secret, which is never written out.",
            "properties": ["secretRef": .object(JSONSchemaWriter.members(of: .object(ShapeCheck.reference)))],
            "required": ["secretRef"], "additionalProperties": false,
        ]
    }
}

/// Writes shapes as JSON Schema. A value may be a variable wherever it is no text anyway.
enum JSONSchemaWriter {
    static func members(of shape: Shape) -> [JSON.Member] {
        switch shape {
        case .text(let form): return text(form)
        case .integer(let range):
            return orVariable([
                "type": "integer", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
            ])
        case .number(let range):
            guard range.upperBound < 1e300 else { return orVariable(["type": "number"]) }
            return orVariable([
                "type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
            ])
        case .boolean: return orVariable(["type": "boolean"])
        case .scalar: return [JSON.Member("type", ["string", "number", "boolean", "null"])]
        case .factor: return orVariable(["type": "number", "not": ["const": 0]])
        case .anything: return []
        case .word(let words, let code): return word(words, code)
        case .list(let element, let least):
            var members = [JSON.Member("type", "array"), JSON.Member("items", .object(self.members(of: element)))]
            if least > 0 { members.append(JSON.Member("minItems", .number(least))) }
            return members
        case .dictionary(let keys, let value):
            return [
                JSON.Member("type", "object"),
                JSON.Member("propertyNames", .object(text(keys, isKey: true))),
                JSON.Member("additionalProperties", .object(members(of: value))),
            ]
        case .object(let object): return self.object(object)
        case .secret: return [JSON.Member("$ref", "#/$defs/secret")]
        case .either(let scalar, let list, let mapping):
            let forms = [scalar, list, mapping].compactMap { $0 }.map { JSON.object(members(of: $0)) }
            return [JSON.Member("anyOf", .array(forms))]
        case .named(let named): return [JSON.Member("$ref", .string("#/$defs/\(named.rawValue)"))]
        }
    }

    private static func text(_ form: TextForm, isKey: Bool = false) -> [JSON.Member] {
        var members = isKey ? [] : [JSON.Member("type", "string")]
        if form.isEmptyRefused { members.append(JSON.Member("minLength", 1)) }
        guard let pattern = form.pattern else { return members }
        // Names cannot be variables; other texts can hold some, which a pattern must let through.
        let isName = isKey || form == .environmentVariable || form == .dnsLabel
        members.append(JSON.Member("pattern", .string(isName ? pattern : "\(pattern)|\\$\\{")))
        return members
    }

    private static func word(_ words: [Word], _ code: DiagnosticCode) -> [JSON.Member] {
        let supported = words.filter(\.isSupported)
        if code == .unknownApiVersion || code == .unknownKind {
            return [JSON.Member("enum", .array(supported.map { .string($0.name) }))]
        }
        guard supported.contains(where: { !$0.doc.isEmpty }) else {
            return orVariable(["enum": .array(supported.map { .string($0.name) })])
        }
        let constants = supported.map { word -> JSON in
            ["const": .string(word.name), "description": .string(word.doc)]
        }
        return [JSON.Member("anyOf", .array(constants + [variable]))]
    }

    private static let variable: JSON = ["$ref": "#/$defs/variable"]

    private static func orVariable(_ schema: JSON) -> [JSON.Member] {
        [JSON.Member("anyOf", [schema, variable])]
    }

    private static func object(_ shape: ObjectShape) -> [JSON.Member] {
        let keys = shape.keys.filter { key in
            if case .never = key.support { false } else { true }
        }
        var members: [JSON.Member] = [JSON.Member("type", "object")]
        let properties = keys.map { JSON.Member($0.name, property($0)) }
        if !properties.isEmpty { members.append(JSON.Member("properties", .object(properties))) }
        let required = keys.filter { $0.required != nil }.map { JSON.string($0.name) }
        if !required.isEmpty { members.append(JSON.Member("required", .array(required))) }
        if shape.holdsOneKey {
            members += [JSON.Member("minProperties", 1), JSON.Member("maxProperties", 1)]
        }
        if !shape.needsOneOf.isEmpty {
            members.append(JSON.Member("anyOf", .array(shape.needsOneOf.map { ["required": [.string($0)]] })))
        }
        let rules = variants(shape) + exclusions(shape)
        if !rules.isEmpty { members.append(JSON.Member("allOf", .array(rules))) }
        members.append(
            JSON.Member(
                "additionalProperties", shape.others.map { .object(self.members(of: $0)) } ?? .bool(false)))
        return members
    }

    private static func property(_ key: Key) -> JSON {
        var members = key.doc.isEmpty ? [] : [JSON.Member("description", .string(key.doc))]
        if let value = key.defaultValue { members.append(JSON.Member("default", value)) }
        return .object(members + self.members(of: key.shape))
    }

    /// At most one group: where one has a key, no other may.
    private static func exclusions(_ shape: ObjectShape) -> [JSON] {
        var rules: [JSON] = []
        for (index, group) in shape.exclusive.enumerated() {
            let others = shape.exclusive.enumerated().filter { $0.offset != index }.flatMap(\.element)
            guard !others.isEmpty else { continue }
            let isUsed: JSON = ["anyOf": .array(group.map { ["required": [.string($0)]] })]
            let isOtherUsed: JSON = ["anyOf": .array(others.map { ["required": [.string($0)]] })]
            rules.append(["not": ["allOf": [isUsed, isOtherUsed]]])
            if shape.exclusive.count == 2 { break }
        }
        return rules
    }

    private static func variants(_ shape: ObjectShape) -> [JSON] {
        guard let variants = shape.variants else { return [] }
        return variants.shapes.map { word, variant in
            [
                "if": .object([
                    JSON.Member("properties", .object([JSON.Member(variants.discriminator, ["const": .string(word)])])),
                    JSON.Member("required", [.string(variants.discriminator)]),
                ]),
                "then": .object([
                    JSON.Member("properties", .object([JSON.Member(variants.key, .object(object(variant)))]))
                ]),
            ]
        }
    }
}

extension TextForm {
    fileprivate var isEmptyRefused: Bool {
        switch self {
        case .anyOrEmpty, .endpoint, .timeZone: false
        default: true
        }
    }
}
