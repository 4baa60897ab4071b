package import Core

/// What the token service's error codes mean and what to do about them (FACTS 9.5).
package enum TokenFailure {
    /// Errors that pass by themselves.
    private static let transient: Set<Int> = [90015, 90033, 90024, 50196]

    static func isTransient(status: Int, body: JSON) -> Bool {
        status == 429 || status == 408 || status >= 500 || body["error"]?.string == "temporarily_unavailable"
            || number(body).map(transient.contains) == true
    }

    /// The number of an AADSTS error; from the list of codes, else from the beginning of the description.
    static func number(_ body: JSON) -> Int? {
        if let code = body["error_codes"]?.array?.first?.integer { return code }
        guard let text = body["error_description"]?.string, text.hasPrefix("AADSTS") else { return nil }
        return decimalDigits(Array(text.utf8.dropFirst(6).prefix { $0 >= 0x30 && $0 <= 0x39 }))
    }

    package static func failure(status: Int, body: JSON, credentials: ClientCredentials) -> SiteFailure {
        let number = number(body)
        let code = number.map { "AADSTS\($0)" }
        let cause = number.flatMap { advice(for: $0, credentials) } ?? "the token service refused the application"
        let kind: SiteFailure.Kind = isTransient(status: status, body: body) ? .transient : .unauthenticated
        return SiteFailure(
            kind, status: status, code: code,
            reason: "getting a token for \(credentials): \(cause) (\(code ?? "HTTP \(status)"))",
            requestID: body["trace_id"]?.string)
    }

    private static func advice(for number: Int, _ credentials: ClientCredentials) -> String? {
        switch number {
        case 7_000_215:
            "the client secret is wrong. Use the secret's value, not its id; create a new one in the app registration "
                + "if the value is lost"
        case 7_000_222: "the client secret has expired. Create a new one in the app registration"
        case 700016:
            "the tenant does not know the application. Check the client id and the tenant id, and grant admin consent"
        case 90002: "there is no such tenant. Check the tenant id"
        case 900023: "the tenant id is neither a GUID nor a domain. Check the tenant id"
        case 70011, 1_002_012: "the scope is refused. Check the Graph endpoint and the cloud of the profile"
        case 700027: "the assertion's signature or key is not registered. Check the certificate in the app registration"
        case 700024: "the assertion is outside its time window. Set this machine's clock"
        case 7_000_112: "the application is disabled in the tenant. Enable it under enterprise applications"
        case 53003: "a conditional access policy blocks the application. Ask the tenant's administrator"
        case 90015, 90033, 90024: "the token service is busy"
        default: nil
        }
    }
}
