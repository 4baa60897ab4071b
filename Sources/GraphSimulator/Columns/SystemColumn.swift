internal import Core

/// The columns of every generic list whose values the server makes. Their ids are the same in every SharePoint.
enum SystemColumn: String, CaseIterable {
    case id = "ID"
    case contentType = "ContentType"
    case modified = "Modified"
    case created = "Created"
    case author = "Author"
    case editor = "Editor"
    case version = "_UIVersionString"
    case attachments = "Attachments"
    case edit = "Edit"
    case linkTitleNoMenu = "LinkTitleNoMenu"
    case linkTitle = "LinkTitle"
    case docIcon = "DocIcon"
    case itemChildCount = "ItemChildCount"
    case folderChildCount = "FolderChildCount"
    case complianceFlags = "_ComplianceFlags"
    case complianceTag = "_ComplianceTag"
    case complianceTagWrittenTime = "_ComplianceTagWrittenTime"
    case complianceTagUserID = "_ComplianceTagUserId"
    case isRecord = "_IsRecord"
    case appAuthor = "AppAuthor"
    case appEditor = "AppEditor"
    case complianceAssetID = "ComplianceAssetId"
    case colorTag = "_ColorTag"

    static let titleID = "fa564e0f-0c70-4ab9-b863-0177e6ddd247"

    private var identity: (displayName: String, id: String) {
        switch self {
        case .id: ("ID", "1d22ea11-1e32-424e-89ab-9fedbadb6ce1")
        case .contentType: ("Content Type", "c042a256-787d-4a6f-8a8a-cf6ab767f12d")
        case .modified: ("Modified", "28cf69c5-fa48-462a-b5cd-27b6f9d2bd5f")
        case .created: ("Created", "8c06beca-0777-48f7-91c7-6da68bc07b69")
        case .author: ("Created By", "1df5e554-ec7e-46a6-901d-d85a3881cb18")
        case .editor: ("Modified By", "d31655d1-1d5b-4511-95a1-7a09e9b75bf2")
        case .version: ("Version", "dce8262a-3ae9-45aa-aab4-83bd75fb738a")
        case .attachments: ("Attachments", "67df98f4-9dec-48ff-a553-29bece9c5bf4")
        case .edit: ("Edit", "503f1caa-358e-4918-9094-4a2cdc4bc034")
        case .linkTitleNoMenu: ("Title", "bc91a437-52e7-49e1-8c4e-4698904b2b6d")
        case .linkTitle: ("Title", "82642ec8-ef9b-478f-acf9-31f7d45fbc31")
        case .docIcon: ("Type", "081c6e4c-5c14-4f20-b23e-1a71ceb6a67c")
        case .itemChildCount: ("Item Child Count", "b824e17e-a1b3-426e-aecf-f0184d900485")
        case .folderChildCount: ("Folder Child Count", "960ff01f-2b6d-4f1b-9c3f-e19ad8927341")
        case .complianceFlags: ("Label setting", "ccc1037f-f65e-434a-868e-8c98af31fe29")
        case .complianceTag: ("Retention label", "d4b6480a-4bed-4094-9a52-30181ea38f1d")
        case .complianceTagWrittenTime: ("Retention label Applied", "92be610e-ddbb-49f4-b3b1-5c2bc768df8f")
        case .complianceTagUserID: ("Label applied by", "418d7676-2d6f-42cf-a16a-e43d2971252a")
        case .isRecord: ("Item is a Record", "f9a44731-84eb-43a4-9973-cd2953ad8646")
        case .appAuthor: ("App Created By", "6bfaba20-36bf-44b5-a1b2-eb6346d49716")
        case .appEditor: ("App Modified By", "e08400f3-c779-4ed2-a18c-ab7f34caa318")
        case .complianceAssetID: ("Compliance Asset Id", "3a6b296c-3f50-445c-a13f-9c679ea9dda3")
        case .colorTag: ("Color Tag", "2a1f6a50-7d10-4b6f-9a35-3e1f0c6b9d11")
        }
    }

    private var facet: Facet? {
        switch self {
        case .modified, .created:
            Facet(kind: .dateTime, options: [.init("displayAs", "friendly"), .init("format", "dateTime")])
        case .author, .editor:
            Facet(
                kind: .personOrGroup,
                options: [
                    .init("allowMultipleSelection", false), .init("chooseFromType", "peopleAndGroups"),
                    .init("displayAs", "nameWithPresence"),
                ])
        case .version, .complianceAssetID: Facet.singleLine
        case .itemChildCount, .folderChildCount: Facet.systemLookup(list: "", column: rawValue, primary: "ID")
        case .complianceFlags, .complianceTag, .complianceTagWrittenTime, .complianceTagUserID:
            Facet.systemLookup(list: "", column: rawValue, primary: nil)
        case .appAuthor, .appEditor: Facet.systemLookup(list: "AppPrincipals", column: "Title", primary: nil)
        default: nil
        }
    }

    func column(slot: Int) -> SimulatedColumn {
        let column = SimulatedColumn(
            id: identity.id, slot: slot, name: rawValue, displayName: identity.displayName, facet: facet, system: self)
        column.readOnly = self != .contentType && self != .attachments
        if self == .contentType { column.columnGroup = "_Hidden" }
        return column
    }
}

extension Facet {
    /// A single line of at most 255 characters.
    static let singleLine = Facet(
        kind: .text,
        options: [
            .init("allowMultipleLines", false), .init("appendChangesToExistingText", false),
            .init("linesForEditing", 0), .init("maxLength", 255),
        ])

    fileprivate static func systemLookup(list: String, column: String, primary: String?) -> Facet {
        var facet = Facet(
            kind: .lookup,
            options: [
                .init("allowMultipleValues", false), .init("allowUnlimitedLength", false),
                .init("columnName", .string(column)), .init("listId", .string(list)),
            ])
        if let primary { facet.set("primaryLookupColumnId", .string(primary)) }
        return facet
    }
}
