import Core

extension FuzzTarget {
    /// JSON of any origin: answers, plan files, `json` columns.
    static let json = FuzzTarget(
        "json",
        words: [
            "{", "}", "[", "]", "\"", "\\u", "\\ud83d\\ude00", "\\\"", "true", "false", "null", "\"a\":", "\"value\":[",
            "1.0E+5",
        ],
        stretches: [
            { Array(repeated("[", upTo: $0).utf8) },
            { Array(repeated("{\"a\":", upTo: $0).utf8) },
            { Array(("[" + repeated("1e20000,", upTo: $0) + "0]").utf8) },
            { Array(("\"" + repeated("\\u0041", upTo: $0) + "\"").utf8) },
            { Array(("{" + repeated("\"a\":0,", upTo: $0) + "\"a\":0}").utf8) },
            { Array(("{" + numbered(upTo: $0) { "\"\($0)\":\($0)," } + "\"a\":0}").utf8) },
            { Array(("[" + repeated("9", upTo: $0) + "]").utf8) },
            { Array(repeated(" ", upTo: $0).utf8) },
        ]
    ) { (input) throws(BrokenPromise) in
        let json: JSON
        var elements: [JSON] = []
        let rest = try? JSON.parse(input, elementsOf: "value") { elements.append($0) }
        do throws(JSONError) {
            json = try JSON.parse(input)
        } catch {
            try promise(rest == nil, "what is no JSON has elements")
            try promise((0...input.count).contains(error.byteOffset), "the error's place is outside of the text")
            try promise(!error.reason.isEmpty, "the error says nothing")
            return
        }
        let arrays = (json.members ?? []).filter { $0.name == "value" }.compactMap(\.value.array)
        try promise(
            rest != nil && identical(.array(elements), .array(arrays.flatMap(\.self))),
            "elements that are handed on are others than those of the whole")
        for layout in [JSONLayout.compact, .pretty] {
            let again = try? JSON.parse(json.serialized(layout))
            try promise(again.map { identical($0, json) } ?? false, "\(layout) does not read back")
        }
        let canonical = json.serialized(.canonical)
        let again = try? JSON.parse(canonical)
        try promise(again?.serialized(.canonical) == canonical, "the canonical text is not its own canonical text")
        let structure = json.structureText
        // What a number of a few bytes stands for may be long, but not without bound.
        try promise(structure.utf8.count <= 1024 * (input.count + 1), "the structure's text is out of proportion")
        let structureAgain = try? JSON.parse(structure)
        try promise(structureAgain?.structureText == structure, "the structure's text is not its own")
        _ = (json.integer, json.double, json["a"], json["error"])
    }
}

/// Equal code point by code point: `==` takes composed and decomposed letters for one.
func identical(_ left: JSON, _ right: JSON) -> Bool { left.serialized() == right.serialized() }
