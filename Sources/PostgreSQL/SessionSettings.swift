/// Server settings of a session, applied when it opens.
package struct SessionSettings: Hashable, Sendable {
    package struct Setting: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var values: [Setting]

    package init(_ values: [Setting]) {
        self.values = values
    }

    /// The settings under which every value has one text, whatever the server's, database's or role's defaults are.
    /// `client_encoding` is set while connecting.
    package static let pinned = SessionSettings([
        Setting("TimeZone", "UTC"),
        Setting("DateStyle", "ISO, MDY"),
        Setting("IntervalStyle", "iso_8601"),
        Setting("extra_float_digits", "3"),
        Setting("bytea_output", "hex"),
        Setting("xmlbinary", "base64"),
        Setting("standard_conforming_strings", "on"),
        Setting("search_path", "pg_catalog"),
    ])

    /// For reading a source: also fails instead of hiding rows that a policy does not let the role see.
    /// - Parameter statementTimeoutMilliseconds: 0 for none.
    package static func source(statementTimeoutMilliseconds: Int = 0) -> SessionSettings {
        SessionSettings(
            pinned.values + [
                Setting("row_security", "off"),
                Setting("statement_timeout", "\(statementTimeoutMilliseconds)"),
                Setting("default_transaction_read_only", "on"),
            ])
    }
}
