internal import Core

/// A site and its lists. Confined to its tenant.
final class SimulatedSite {
    /// Host, site collection and web, joined by commas.
    let id: String
    let host: String
    /// Below the host, without slashes at the ends; empty for the root site.
    let path: String
    let displayName: String
    let created: Int64
    var lists: [SimulatedList] = []

    init(id: String, host: String, path: String, displayName: String, created: Int64) {
        self.id = id
        self.host = host
        self.path = path
        self.displayName = displayName
        self.created = created
    }

    var webURL: String { "https://\(host)" + (path.isEmpty ? "" : "/" + PercentEncoding.encode(path, alsoSafe: "/")) }

    func list(named displayName: String) -> SimulatedList? {
        let folded = displayName.lowercased()
        return lists.first { $0.displayName.lowercased() == folded }
    }

    /// By id or by title.
    func list(_ key: String) -> SimulatedList? {
        let folded = key.lowercased()
        return lists.first { $0.id == folded } ?? list(named: key)
    }

    func json(root: String) -> JSON {
        [
            "@odata.context": .string("\(root)/$metadata#sites/$entity"),
            "createdDateTime": .string(Moment.text(created)),
            "description": "",
            "id": .string(id),
            "lastModifiedDateTime": .string(Moment.text(lists.map(\.modified).max() ?? created)),
            "name": .string(path.split(separator: "/").last.map(String.init) ?? ""),
            "webUrl": .string(webURL),
            "displayName": .string(displayName),
            "root": [:],
            "siteCollection": ["hostname": .string(host)],
        ]
    }
}

/// Texts for milliseconds since 1970.
enum Moment {
    static func text(_ milliseconds: Int64) -> String { Instant(seconds: seconds(milliseconds)).isoText }

    static func seconds(_ milliseconds: Int64) -> Int64 {
        milliseconds.quotientAndRemainderFlooring(dividingBy: 1000).quotient
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the form of HTTP headers.
    static func httpText(_ milliseconds: Int64) -> String {
        let (day, second) = seconds(milliseconds).quotientAndRemainderFlooring(dividingBy: 86_400)
        let (year, month, date) = CivilDate.civilFromDays(Int(day))
        // 1970-01-01 was a Thursday.
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int((day % 7 + 7) % 7)]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = "\(padded(Int(second / 3600), 2)):\(padded(Int(second / 60 % 60), 2)):\(padded(Int(second % 60), 2))"
        return "\(weekday), \(padded(date, 2)) \(months[month - 1]) \(padded(year, 4)) \(time) GMT"
    }
}
