/// How an application proves itself to the token service: client credentials with a secret.
///
/// Describing or mirroring it never shows the secret.
package struct ClientCredentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A GUID or a domain.
    package let tenant: String
    package let clientID: String
    private let secret: String

    package init(tenant: String, clientID: String, secret: String) {
        self.tenant = tenant
        self.clientID = clientID
        self.secret = secret
    }

    package var description: String { "client \(clientID) of tenant \(tenant)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["tenant": tenant, "clientID": clientID]) }

    /// The body of the token request (FACTS 9.1).
    func form(scope: String) -> [UInt8] {
        let fields = [
            ("client_id", clientID), ("scope", scope), ("client_secret", secret),
            ("grant_type", "client_credentials"),
        ]
        return Array(fields.map { "\($0.0)=\(PercentEncoding.form($0.1))" }.joined(separator: "&").utf8)
    }
}

/// A token of the token service. Opaque; never shown.
package struct AccessToken: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The value of the header `Authorization`.
    let authorization: String
    /// From this moment on a new one is fetched; seconds since 1970.
    package let refreshAt: Double

    package var description: String { "access token" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
