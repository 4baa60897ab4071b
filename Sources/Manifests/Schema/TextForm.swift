import Core

/// The form of a text: which characters and how many. Each has a predicate, a name and a pattern for the JSON Schema.
enum TextForm: String, Sendable, CaseIterable {
    /// Any text of one line or more, not empty.
    case any
    /// Any text, also an empty one.
    case anyOrEmpty
    /// One line.
    case line
    case dnsLabel
    case variableName
    case environmentVariable
    case tableName
    case sql
    case listName
    case columnName
    case identifier
    case duration
    case retentionPeriod
    case date
    case guid
    case tenant
    case hostname
    case sitePath
    case endpoint
    case timeZone
    case addressGlob
    case locale
    case dateFormat
    case labelKey

    /// What it is called in messages, with its article.
    var noun: String {
        switch self {
        case .any, .anyOrEmpty: "a text"
        case .line: "a text of one line"
        case .dnsLabel: "a name"
        case .variableName: "a variable's name"
        case .environmentVariable: "the name of an environment variable"
        case .tableName: "a table's name"
        case .sql: "an SQL expression"
        case .listName: "a list's name"
        case .columnName: "a column's internal name"
        case .identifier: "a column's name"
        case .duration, .retentionPeriod: "a duration"
        case .date: "a date"
        case .guid: "an application's id (a GUID)"
        case .tenant: "a tenant (a GUID or a domain)"
        case .hostname: "a host name"
        case .sitePath: "a site's path"
        case .endpoint: "the root of a service (a URL)"
        case .timeZone: "a time zone's name"
        case .addressGlob: "a pattern of addresses"
        case .locale: "a locale"
        case .dateFormat: "a date format"
        case .labelKey: "a label's name"
        }
    }

    /// The code of a text that has not this form.
    var code: DiagnosticCode {
        switch self {
        case .dnsLabel, .variableName, .environmentVariable, .tableName, .listName, .identifier, .labelKey: .badName
        case .duration, .retentionPeriod: .badDuration
        case .columnName: .badColumnName
        case .sql: .badExpression
        case .timeZone: .unknownTimeZone
        default: .badValue
        }
    }

    /// What the form is, as help.
    var help: String {
        switch self {
        case .any: "write a text that is not empty, without control characters"
        case .anyOrEmpty: "leave control characters out"
        case .line: "write one line, at most 255 characters"
        case .dnsLabel: "a name has 1 to 63 characters: a-z, 0-9 and -, with a letter or digit at both ends"
        case .variableName: "a variable's name is a letter or _, then letters, digits and _"
        case .environmentVariable: "write the variable's name, such as WAREHOUSE_DSN: letters, digits and _"
        case .tableName: "write schema.table; quote a part in double quotes where PostgreSQL needs it"
        case .sql: "write one expression without ; or comments, with its brackets and quotes closed"
        case .listName:
            "1 to 128 characters, no blank at the ends, none of \" * : < > ? / \\ | # % & { } ~, no control characters"
        case .columnName:
            "an internal name is an ASCII letter, then letters, digits and _, at most 32, and none that SharePoint uses"
        case .identifier: "write the column's name as PostgreSQL prints it, at most 63 bytes, without quotes"
        case .duration: "write a whole number and s, m, h, d or w: 90d"
        case .retentionPeriod: "write a whole number of days or weeks: 90d"
        case .date: "write year-month-day: 2027-03-31"
        case .guid: "write it like 0d9b2a34-1c53-4a63-8f0e-6d4b6f0c2e22"
        case .tenant: "write the tenant's GUID or one of its domains, such as contoso.onmicrosoft.com"
        case .hostname: "write the host alone, such as contoso.sharepoint.com: no https://, no path"
        case .sitePath: "write the path below the host, such as /sites/Operations"
        case .endpoint:
            "write https://host, without a version, user, query or slash at the end; http only for this machine"
        case .timeZone: "write a name of the IANA database, such as Europe/Berlin"
        case .addressGlob:
            "begin with profile/, definition/, list/, column/, rows/, row/ or **, such as column/contoso/Projects/Legacy"
        case .locale: "write a locale such as en-us or de-de"
        case .dateFormat: "use yyyy MM dd HH mm ss, quoted text and signs between them"
        case .labelKey: "at most 63 characters: letters, digits, - _ . and /"
        }
    }

    /// The form as a regular expression of JSON Schema (ECMA-262); `nil` where none says it well.
    var pattern: String? {
        switch self {
        case .any, .sql, .line: nil
        case .anyOrEmpty, .identifier, .dateFormat: nil
        case .dnsLabel: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
        case .variableName, .environmentVariable: "^[A-Za-z_][A-Za-z0-9_]*$"
        case .tableName: nil
        case .listName: #"^[^ "*:<>?/\\|#%&{}~]([^"*:<>?/\\|#%&{}~]*[^ "*:<>?/\\|#%&{}~])?$"#
        case .columnName: "^[A-Za-z][A-Za-z0-9_]{0,31}$"
        case .duration: "^[0-9]+[smhdw]$"
        case .retentionPeriod: "^[0-9]+[dw]$"
        case .date: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
        case .guid: "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
        case .tenant: "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"
        case .hostname: "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"
        case .sitePath: "^/([^/?#]+(/[^/?#]+)*)?$"
        case .endpoint: "^$|^https?://[^/?#@]+(/[^?#]*[^/?#])?$"
        case .timeZone: "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$|^$"
        case .addressGlob: "^(profile|definition|list|column|rows|row|[*]+)(/[^ ]+)*$"
        case .locale: "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
        case .labelKey: "^[A-Za-z0-9]([A-Za-z0-9_./-]{0,61}[A-Za-z0-9])?$"
        }
    }
}
