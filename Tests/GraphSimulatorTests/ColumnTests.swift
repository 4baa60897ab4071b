import Core
import GraphSimulator
import Testing

@Suite("Columns") struct ColumnTests {
    @Test func aNewListHasTheDefaultColumns() throws {
        let session = try Session()
        let list = try session.list()
        let columns = session.get("\(list)/columns").value
        #expect(columns.count == 24)
        let title = try #require(columns.first { $0["name"] == "Title" })
        #expect(title["id"] == "fa564e0f-0c70-4ab9-b863-0177e6ddd247")
        #expect(title["required"] == true)
        #expect(title["readOnly"] == false)
        #expect(title["text"]?["maxLength"] == 255)
        let counts = try #require(columns.first { $0["name"] == "ItemChildCount" })
        #expect(counts["readOnly"] == true)
        #expect(counts["lookup"]?["primaryLookupColumnId"] == "ID")
        #expect(columns.first { $0["name"] == "ContentType" }?["columnGroup"] == "_Hidden")
    }

    @Test func aColumnIsAnsweredWithItsDefaults() throws {
        let session = try Session()
        let list = try session.list()
        let answer = session.post("\(list)/columns", ["name": "PartNo", "displayName": "Part number", "text": [:]])
        #expect(answer.status == 201)
        let expected: JSON = [
            "columnGroup": "Custom Columns", "description": "", "displayName": "Part number",
            "enforceUniqueValues": false, "hidden": false, "id": answer["id"] ?? .null, "indexed": false,
            "name": "PartNo", "readOnly": false, "required": false,
            "text": [
                "allowMultipleLines": false, "appendChangesToExistingText": false, "linesForEditing": 0,
                "maxLength": 255,
            ],
        ]
        #expect(JSON.object(answer.json.members?.filter { $0.name != "@odata.context" } ?? []) == expected)
    }

    @Test func openNumberBoundsReadAsTheLargestDouble() throws {
        let session = try Session()
        let answer = session.post("\(try session.list())/columns", ["name": "Weight", "number": [:]])
        #expect(answer["number"]?["maximum"]?.double == Double.greatestFiniteMagnitude)
        #expect(answer["number"]?["minimum"]?.double == -Double.greatestFiniteMagnitude)
    }

    @Test(
        arguments: [
            ["name": "A"], ["name": "A_", "text": [:], "number": [:]], ["text": [:]],
            ["name": "1A", "text": [:]], ["name": "A B", "text": [:]], ["name": "_A", "text": [:]],
            ["name": "A1", "text": [:]], ["name": "FY2024", "text": [:]], ["name": "TRUE", "text": [:]],
            ["name": "A23456789012345678901234567890123", "text": [:]],
            ["name": "B", "text": [:], "defaultValue": .null], ["name": "B", "text": [:], "validation": .null],
            ["name": "B", "text": [:], "defaultValue": ["value": "a", "formula": "b"]],
            ["name": "B", "text": [:], "type": "text"], ["name": "B", "text": [:], "propagateChanges": true],
            ["name": "B", "text": ["maxLength": 256]], ["name": "B", "text": ["maximum": 3]],
            ["name": "B", "choice": [:]], ["name": "B", "choice": ["choices": []]],
            ["name": "B", "choice": ["choices": ["a", "a"]]], ["name": "B", "dateTime": [:]],
            ["name": "B", "currency": [:]], ["name": "B", "number": ["minimum": 2, "maximum": 1]],
            ["name": "B", "lookup": ["listId": "none", "columnName": "Title"]],
            ["name": "B", "text": [:], "enforceUniqueValues": true],
            ["name": "B", "text": ["allowMultipleLines": true, "textType": "plain"], "indexed": true],
            ["name": "B", "choice": ["choices": ["a"], "displayAs": "checkBoxes"], "indexed": true],
            ["name": "B", "boolean": [:], "indexed": true, "enforceUniqueValues": true],
            ["name": "B", "surprise": [:]], ["name": "B", "text": [:], "required": "yes"],
        ] as [JSON])
    func badColumns(_ body: JSON) throws {
        let session = try Session()
        let list = try session.list()
        #expect(session.post("\(list)/columns", body).status == 400)
        #expect(session.get("\(list)/columns").value.count == 24)
    }

    @Test func aColumnWithoutFacetSaysSo() throws {
        let session = try Session()
        let answer = session.post("\(try session.list())/columns", ["name": "A"])
        #expect(answer.message == "Unable to determine type of provided column definition")
        let null = session.post("\(try session.list("B"))/columns", ["name": "A", "text": [:], "defaultValue": .null])
        #expect(null.code == "generalException")
    }

    @Test(arguments: ["Author", "Description", "title", "FileRef", "Id"])
    func takenNames(_ name: String) throws {
        let session = try Session()
        let answer = session.post("\(try session.list())/columns", ["name": .string(name), "text": [:]])
        #expect(answer.status == 409)
        #expect(answer.code == "nameAlreadyExists")
    }

    @Test func duplicateNamesMayBe400() throws {
        let session = try Session { $0.duplicateColumnStatus = 400 }
        let list = try session.list(columns: [["name": "Amount", "number": [:]]])
        #expect(session.post("\(list)/columns", ["name": "AMOUNT", "text": [:]]).status == 400)
    }

    @Test(arguments: [
        ("QC / QE Audit - Inspection", "QC_x0020__x002f__x0020_QE_x0020_"),
        ("Harry's price", "Harry_x0027_s_x0020_price"), ("1Test", "_x0031_Test"), ("Größe", "Größe"),
        ("A1", "_x0041_1"), ("Plain", "Plain"),
    ])
    func namesAreMadeFromDisplayNames(_ displayName: String, _ name: String) throws {
        let session = try Session()
        let answer = session.post("\(try session.list())/columns", ["displayName": .string(displayName), "text": [:]])
        #expect(answer["name"]?.string == name)
    }

    @Test func clashingMadeNamesGetANumber() throws {
        let session = try Session()
        let list = try session.list()
        for expected in ["Name", "Name0", "Name1"] {
            let answer = session.post("\(list)/columns", ["displayName": "Name", "text": [:]])
            #expect(answer["name"]?.string == expected)
        }
    }

    @Test func aLookupTakesItsDerivedKey() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "OwnerLookupId", "text": [:]]])
        #expect(session.post("\(list)/columns", ["name": "Owner", "personOrGroup": [:]]).status == 409)
    }

    @Test func hiddenColumnsShowOnlyWhenSelected() throws {
        let session = try Session()
        let list = try session.keyedList()
        #expect(!session.get("\(list)/columns").value.contains { $0["name"] == "SyncBridgeKey" })
        let all = session.get("\(list)/columns?$select=name,hidden,indexed").value
        #expect(all.contains { $0["name"] == "SyncBridgeKey" && $0["hidden"] == true && $0["indexed"] == true })
    }

    @Test(arguments: [false, true])
    func flagsOfColumnsInANewListAreASwitch(_ honoured: Bool) throws {
        let session = try Session { $0.honourColumnFlagsInNewList = honoured }
        let list = try session.list(columns: [
            ["name": "Key", "text": [:], "indexed": true, "enforceUniqueValues": true, "hidden": true]
        ])
        let column = session.get(try session.column("Key", of: list))
        for flag in ["indexed", "enforceUniqueValues", "hidden"] { #expect(column[flag] == .bool(honoured)) }
    }

    @Test(arguments: ["taken", "first", "ignored", "refused"])
    func columnsOfANewListAreASwitch(_ manner: String) throws {
        let session = try Session { $0.newListColumns = manner }
        let columns: [JSON] = [["name": "A", "text": [:]], ["name": "B", "text": [:]]]
        guard manner != "refused" else {
            let answer = session.post("\(Session.site)/lists", ["displayName": "Orders", "columns": .array(columns)])
            #expect(answer.status == 400)
            // Nothing of it is left behind.
            _ = try session.list(columns: Array(columns.prefix(1)))
            return
        }
        let list = try session.list(columns: columns)
        let names = session.get("\(list)/columns").value.compactMap { $0["name"]?.string }
        #expect(["A", "B"].filter(names.contains) == ["taken": ["A", "B"], "first": ["A"], "ignored": []][manner])
    }

    @Test func columnsComeInPages() throws {
        let session = try Session { $0.columnsPageSize = 10 }
        let list = try session.list()
        var names: [String] = []
        var url: String? = "\(list)/columns"
        while let next = url {
            let page = session.get(next)
            names += page.value.compactMap { $0["name"]?.string }
            url = page.nextLink
        }
        #expect(names.count == 24)
        #expect(Set(names).count == 24)
    }

    // MARK: Changes

    @Test func whatCanBeChanged() throws {
        let session = try Session()
        let list = try session.list(columns: [
            ["name": "Name", "text": [:]], ["name": "Colour", "choice": ["choices": ["red", "green"]]],
            ["name": "Weight", "number": [:]], ["name": "Due", "dateTime": ["format": "dateOnly"]],
        ])
        let changes: [(String, JSON)] = [
            ("Name", ["displayName": "N", "description": "d", "required": true, "hidden": true, "indexed": true]),
            ("Name", ["text": ["maxLength": 100]]),
            ("Colour", ["choice": ["choices": ["red", "blue"]]]),
            ("Weight", ["number": ["minimum": 0, "maximum": 10, "decimalPlaces": "two", "displayAs": "percentage"]]),
            ("Due", ["dateTime": ["displayAs": "friendly", "format": "dateOnly"]]),
            ("Title", ["required": false, "displayName": "ISBN"]),
        ]
        for (name, change) in changes {
            let answer = session.patch(try session.column(name, of: list), change)
            #expect(answer.status == 200, "\(name): \(answer.message)")
            #expect(answer["name"]?.string == name)
        }
        let weight = session.get(try session.column("Weight", of: list))
        #expect(weight["number"]?["maximum"] == 10)
        #expect(weight["number"]?["displayAs"] == "percentage")
    }

    @Test(
        arguments: [
            ("Name", ["name": "Other"]), ("Name", ["number": [:]]), ("Name", ["text": ["allowMultipleLines": true]]),
            ("Name", ["defaultValue": .null]), ("Name", ["enforceUniqueValues": true]), ("Name", ["id": "x"]),
            ("Due", ["dateTime": ["format": "dateTime"]]), ("Colour", ["choice": ["displayAs": "checkBoxes"]]),
            ("Colour", ["choice": ["allowTextEntry": true]]), ("Tags", ["indexed": true]),
        ] as [(String, JSON)])
    func whatCannotBeChanged(_ name: String, _ change: JSON) throws {
        let session = try Session()
        let list = try session.list(columns: [
            ["name": "Name", "text": [:]], ["name": "Colour", "choice": ["choices": ["red", "green"]]],
            ["name": "Due", "dateTime": ["format": "dateOnly"]],
            ["name": "Tags", "choice": ["choices": ["a"], "displayAs": "checkBoxes"]],
        ])
        #expect(session.patch(try session.column(name, of: list), change).status == 400)
    }

    @Test func moreOfAFacetCanBeMadeChangeable() throws {
        let session = try Session { $0.wideFacetChanges = true }
        let list = try session.list(columns: [["name": "Colour", "choice": ["choices": ["red"]]]])
        let column = try session.column("Colour", of: list)
        #expect(session.patch(column, ["choice": ["allowTextEntry": true]]).status == 200)
        #expect(session.patch(column, ["choice": ["displayAs": "radioButtons"]]).status == 200)
        #expect(session.patch(column, ["choice": ["displayAs": "checkBoxes"]]).status == 400)
    }

    @Test func systemColumnsAreDenied() throws {
        let session = try Session()
        let list = try session.list()
        #expect(session.patch(try session.column("Modified", of: list), ["displayName": "x"]).status == 403)
        #expect(session.delete(try session.column("Title", of: list)).status == 403)
    }

    @Test func uniquenessNeedsAnIndexAndNoDuplicates() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "Code", "text": [:]]])
        let column = try session.column("Code", of: list)
        #expect(
            session.patch(column, ["enforceUniqueValues": true]).message
                == "This field must be indexed to enforce unique values")
        for code in ["a", "A"] { #expect(session.createItem(list, ["Code": .string(code)]).status == 201) }
        #expect(session.patch(column, ["indexed": true, "enforceUniqueValues": true]).status == 400)
        #expect(session.delete("\(list)/items/2").status == 204)
        #expect(session.patch(column, ["indexed": true, "enforceUniqueValues": true]).status == 200)
        #expect(session.patch(column, ["indexed": false]).status == 400)
    }

    @Test func indexesAreLimitedInNumberAndByItems() throws {
        let session = try Session {
            $0.indexesMax = 1
            $0.indexItemsMax = 2
        }
        let list = try session.list(columns: [["name": "Aa", "text": [:]], ["name": "Bb", "text": [:]]])
        #expect(session.patch(try session.column("Aa", of: list), ["indexed": true]).status == 200)
        #expect(session.patch(try session.column("Bb", of: list), ["indexed": true]).status == 400)
        for _ in 0..<3 { _ = session.createItem(list, [:]) }
        #expect(session.patch(try session.column("Aa", of: list), ["indexed": false]).status == 400)
    }

    @Test func anIndexedColumnIsDeletedOnlyAfterItsIndex() throws {
        let session = try Session()
        let list = try session.list(columns: [["name": "Code", "text": [:]]])
        _ = session.createItem(list, ["Code": "x"])
        let column = try session.column("Code", of: list)
        _ = session.patch(column, ["indexed": true])
        #expect(session.delete(column).status == 400)
        _ = session.patch(column, ["indexed": false])
        #expect(session.delete(column).status == 204)
        #expect(session.get(column).status == 404)
        #expect(session.get("\(list)/items/1/fields")["Code"] == nil)
        // A new column of the same name starts empty.
        #expect(session.post("\(list)/columns", ["name": "Code", "text": [:]]).status == 201)
        #expect(session.get("\(list)/items/1/fields")["Code"] == nil)
    }

    @Test func rowsHaveAWidth() throws {
        let session = try Session()
        let list = try session.list()
        var statuses: [Int] = []
        for number in 0..<260 {
            statuses.append(session.post("\(list)/columns", ["name": .string("Column_\(number)"), "text": [:]]).status)
        }
        #expect(statuses.firstIndex(of: 400) == 255)
    }

    @Test func aNewColumnCanBeUnknownForAWhile() throws {
        let session = try Session { $0.hideNewColumnCalls = 2 }
        let list = try session.list()
        let id = try #require(session.post("\(list)/columns", ["name": "Code", "text": [:]])["id"]?.string)
        #expect(session.get("\(list)/columns/\(id)").status == 404)
        #expect(session.createItem(list, ["Code": "x"]).message == "Field 'Code' is not recognized")
        #expect(session.createItem(list, ["Code": "x"]).status == 201)
    }

    // MARK: Overlap

    @Test func overlappingSchemaCallsCollide() throws {
        let session = try Session()
        let list = try session.list()
        let other = try session.list("Other")
        let first = session.graph.begin(session.request("POST", "\(list)/columns", ["name": "Aa", "text": [:]]))
        #expect(session.post("\(list)/columns", ["name": "Bb", "text": [:]]).code == "resourceModified")
        #expect(session.post("\(other)/columns", ["name": "Bb", "text": [:]]).status == 201)
        #expect(session.createItem(list, [:]).status == 201)
        session.graph.end(first)
        #expect(session.post("\(list)/columns", ["name": "Bb", "text": [:]]).status == 201)
        #expect(session.counter("manners", "parallelSchemaCalls") == 1)
    }
}
