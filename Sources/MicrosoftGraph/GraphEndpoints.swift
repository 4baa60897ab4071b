package import Core

/// Where one profile's Graph and token service are. Tokens go to these two hosts and nowhere else.
package struct GraphEndpoints: Hashable, Sendable {
    /// `https://graph.microsoft.com`, without version or trailing slash.
    package let graph: String
    /// `https://login.microsoftonline.com`, without trailing slash.
    package let authority: String
    /// What a token is asked for: always the cloud's own host, whatever stands in for it (SPEC §14).
    package let scope: String
    private let origin: Origin

    /// - Returns: `nil` if one of the roots is no absolute `https` or `http` URL, or has a query or a fragment. Whether
    ///   plain `http` may be used is the transport's decision.
    package init?(graph: String, authority: String, cloud: SiteProfile.Cloud = .global) {
        let (graph, authority) = (GraphEndpoints.trimmed(graph), GraphEndpoints.trimmed(authority))
        guard let origin = Origin(of: graph), Origin(of: authority) != nil,
            !(graph + authority).contains(where: { $0 == "?" || $0 == "#" })
        else { return nil }
        self.graph = graph
        self.authority = authority
        self.scope = cloud.graph + "/.default"
        self.origin = origin
    }

    /// The endpoints of a cloud, each replaced by an override that is neither `nil` nor empty.
    package init?(cloud: SiteProfile.Cloud, graph: String? = nil, authority: String? = nil) {
        let chosen = { (override: String?, own: String) in override.flatMap { $0.isEmpty ? nil : $0 } ?? own }
        self.init(graph: chosen(graph, cloud.graph), authority: chosen(authority, cloud.authority), cloud: cloud)
    }

    private static func trimmed(_ root: String) -> String { root.hasSuffix("/") ? String(root.dropLast()) : root }

    /// Root of the requests: paths begin after it.
    package var serviceRoot: String { graph + "/v1.0" }

    package func tokenURL(tenant: String) -> String {
        authority + "/" + PercentEncoding.segment(tenant) + "/oauth2/v2.0/token"
    }

    /// Whether an absolute link points to this profile's own Graph: same scheme, host and port.
    package func isOwn(_ link: String) -> Bool { Origin(of: link) == origin }

    /// The host of a link, for messages; nothing of its path or query.
    package static func host(of link: String) -> String { Origin(of: link)?.authority ?? "an address that is no URL" }
}

/// Scheme, host and port of a URL (RFC 6454).
private struct Origin: Hashable, Sendable {
    let scheme: String
    /// Host and port in lower case; the scheme's own port left out.
    let authority: String

    init?(of url: String) {
        // Blanks, control characters and backslashes make parsers disagree about the host.
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "\\") }) else { return nil }
        let lowered = url.lowercased()
        guard let scheme = ["https", "http"].first(where: { lowered.hasPrefix($0 + "://") }) else { return nil }
        let rest = lowered.dropFirst(scheme.utf8.count + 3)
        var authority = String(rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let ownPort = scheme == "https" ? ":443" : ":80"
        if authority.hasSuffix(ownPort) { authority.removeLast(ownPort.utf8.count) }
        guard !authority.isEmpty else { return nil }
        self.scheme = scheme
        self.authority = authority
    }
}
