package import Core

/// The error element of an answer, from any depth (FACTS 2.6).
///
/// Programs decide by ``codes``, and by ``field`` of the message; ``message`` is only shown, by ``ServiceMessage``.
package struct GraphError: Hashable, Sendable {
    /// Every code that is not empty, the outermost first.
    package var codes: [String]
    package var requestID: String?
    /// The column that the message names, if it does in one of the two known forms.
    package var field: String?
    /// The outermost message, row values and all.
    package var message: String?
    /// The message says that the service does not know ``field``.
    package var isFieldUnknown: Bool
    /// A code anywhere in the error says that a position of a change feed is gone: `resyncRequired`,
    /// `resyncChangesApplyDifferences`, `syncStateNotFound` and their kin, in any spelling.
    package var asksToStartOver: Bool

    /// - Parameter body: Any answer's body; one that is no Graph error gives no codes.
    package init(_ body: JSON) {
        codes = []
        requestID = nil
        field = nil
        isFieldUnknown = false
        message = nil
        asksToStartOver = body["error"].map { GraphError.asksToStartOver($0) } ?? false
        var element = body["error"]
        while let error = element {
            if let code = error["code"]?.string, !code.isEmpty { codes.append(code) }
            if let id = error["request-id"]?.string, !id.isEmpty { requestID = id }
            if let text = error["message"]?.string, !text.isEmpty {
                message = message ?? text
                if field == nil { readField(text) }
            }
            element = error["innerError"] ?? error["innererror"]
        }
    }

    /// The deepest code that is known; else the outermost.
    package var code: String? { codes.last { GraphError.known.contains($0.lowercased()) } ?? codes.first }

    /// Codes are compared without regard to case: services spell them both ways.
    package func hasCode(_ wanted: String...) -> Bool {
        codes.contains { code in wanted.contains { $0.lowercased() == code.lowercased() } }
    }

    private static func asksToStartOver(_ element: JSON) -> Bool {
        switch element {
        case .array(let elements): return elements.contains { asksToStartOver($0) }
        case .object(let members):
            return members.contains { member in
                guard member.name.lowercased() == "code", let code = member.value.string?.lowercased() else {
                    return asksToStartOver(member.value)
                }
                return code.hasPrefix("resync") || code.hasPrefix("syncstate")
            }
        case .null, .bool, .number, .string: return false
        }
    }

    /// Forms: `Field 'Colour' is not recognized`, `The value of field 'Colour' …` and
    /// `… in the following field(s) in the list: [Colour].`
    private mutating func readField(_ message: String) {
        if let start = message.firstRange(of: "Field '") ?? message.firstRange(of: "field '") {
            let rest = message[start.upperBound...]
            let name = rest.prefix { $0 != "'" }
            guard GraphError.isInternalName(name) else { return }
            field = String(name)
            isFieldUnknown = rest.dropFirst(name.count).hasPrefix("' is not recognized")
        } else if let start = message.firstRange(of: "field(s) in the list: [") {
            let name = message[start.upperBound...].prefix { $0 != "]" }
            if GraphError.isInternalName(name) { field = String(name) }
        }
    }

    /// A name that can be shown: nothing that could be a value.
    private static func isInternalName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// The codes of FACTS 7.1, in lower case.
    private static let known: Set<String> = [
        "accessdenied", "accessrestricted", "activitylimitreached", "applicationthrottled",
        "authorization_requestdenied", "badgateway", "badrequest", "cannotsnapshottree", "childitemcountexceeded",
        "conflict", "entitytagdoesnotmatch", "forbidden", "generalexception", "internalservererror",
        "invalidauthenticationtoken", "invalidparameterformat", "invalidpath", "invalidqueryoption", "invalidrequest",
        "itemnotfound", "lockmismatch", "locknotfoundoralreadyexpired", "lockownermismatch", "malformedentitytag",
        "maxitemcountexceeded", "maxquerylengthexceeded", "namealreadyexists", "notallowed", "notfound",
        "notimplemented", "notsupported", "parameteristoolong", "parameteristoosmall", "pathistoolong",
        "preconditionfailed", "propertynotupdateable", "provisioningnotallowed", "quotalimitreached",
        "request_badrequest", "requestentitytoolarge", "resourcebeingprovisioned", "resourcelocked",
        "resourcemodified", "resourcenotfound", "resyncapplydifferences", "resyncchangesapplydifferences",
        "resyncchangesuploaddifferences", "resyncrequired", "resyncuploaddifferences", "servicenotavailable",
        "servicereadonly", "serviceunavailable", "syncstateinvalid", "syncstatenotfound", "throttledrequest",
        "timeout", "toomanyrequests", "toomanyresultsrequested", "totalaffecteditemcountexceeded",
        "truncationnotallowed", "unauthenticated", "unauthenticatederror", "unknownerror",
        "zeroorfewerresultsrequested",
    ]
}
