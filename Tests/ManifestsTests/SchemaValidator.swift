import Core

@testable import Manifests

/// Enough of JSON Schema (draft 2020-12) to hold documents against our own schemas.
struct SchemaValidator {
    let root: JSON

    func problems(in value: JSON) -> [String] { check(value, root, "") }

    private func check(_ value: JSON, _ schema: JSON, _ path: String) -> [String] {
        if let flag = schema.bool { return flag ? [] : ["\(path): nothing is allowed"] }
        var problems: [String] = []
        for member in schema.members ?? [] { problems += check(value, member, in: schema, path) }
        return problems
    }

    private func check(_ value: JSON, _ rule: JSON.Member, in schema: JSON, _ path: String) -> [String] {
        let argument = rule.value
        func fits(_ schema: JSON) -> Bool { check(value, schema, path).isEmpty }
        switch rule.name {
        case "$ref":
            guard let name = argument.string?.split(separator: "/").last, let target = root["$defs"]?[String(name)]
            else {
                return ["\(path): a reference leads nowhere"]
            }
            return check(value, target, path)
        case "type":
            let names = argument.array?.compactMap(\.string) ?? [argument.string ?? ""]
            return names.contains(where: { isType($0, value) }) ? [] : ["\(path): not \(names)"]
        case "const": return value == argument ? [] : ["\(path): not \(argument.text())"]
        case "enum": return argument.array?.contains(value) == true ? [] : ["\(path): not in the list"]
        case "pattern":
            guard let text = value.string, let pattern = argument.string, let regex = try? Regex(pattern) else {
                return []
            }
            return text.firstMatch(of: regex) != nil ? [] : ["\(path): \(text) does not match \(pattern)"]
        case "minLength": return value.string.map { $0.unicodeScalars.count < 1 } == true ? ["\(path): empty"] : []
        case "minimum": return (value.double ?? .infinity) < (argument.double ?? 0) ? ["\(path): too small"] : []
        case "maximum": return (value.double ?? -.infinity) > (argument.double ?? 0) ? ["\(path): too great"] : []
        case "minItems": return (value.array?.count ?? .max) < (argument.integer ?? 0) ? ["\(path): too few"] : []
        case "minProperties":
            return (value.members?.count ?? .max) < (argument.integer ?? 0) ? ["\(path): too few"] : []
        case "maxProperties": return (value.members?.count ?? 0) > (argument.integer ?? 0) ? ["\(path): too many"] : []
        case "items":
            return (value.array ?? []).enumerated().flatMap { check($0.element, argument, "\(path)[\($0.offset)]") }
        case "required":
            guard let members = value.members else { return [] }
            return (argument.array ?? []).compactMap(\.string).filter { name in !members.contains { $0.name == name } }
                .map { "\(path): \($0) is missing" }
        case "properties":
            return (value.members ?? []).flatMap { member in
                argument[member.name].map { check(member.value, $0, "\(path).\(member.name)") } ?? []
            }
        case "additionalProperties":
            let known = schema["properties"]?.members?.map(\.name) ?? []
            return (value.members ?? []).filter { !known.contains($0.name) }
                .flatMap { check($0.value, argument, "\(path).\($0.name)") }
        case "propertyNames": return (value.members ?? []).flatMap { check(.string($0.name), argument, "\(path) key") }
        case "anyOf":
            return argument.array?.contains(where: fits) == true
                ? [] : ["\(path): none fits \(argument.text().prefix(200))"]
        case "allOf": return (argument.array ?? []).flatMap { check(value, $0, path) }
        case "not": return fits(argument) ? ["\(path): fits what it must not"] : []
        case "if": return fits(argument) ? schema["then"].map { check(value, $0, path) } ?? [] : []
        case "then", "$schema", "$id", "$defs", "title", "description", "default": return []
        default: return ["unknown keyword \(rule.name)"]
        }
    }

    private func isType(_ name: String, _ value: JSON) -> Bool {
        switch (name, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null),
            ("number", .number):
            true
        case ("integer", .number): value.integer != nil
        default: false
        }
    }
}

extension YAMLNode {
    /// The node as JSON has it.
    var json: JSON {
        switch content {
        case .mapping(let entries): .object(entries.map { JSON.Member($0.key, $0.value.json) })
        case .sequence(let items): .array(items.map(\.json))
        case .scalar(let scalar):
            switch scalar.resolved {
            case .null: .null
            case .boolean(let value): .bool(value)
            case .integer, .decimal: .number(numberValue ?? 0)
            case .text: .string(scalar.text)
            }
        }
    }
}
