/// The patterns of `DATE_FORMAT`: `yyyy`, `MM`, `dd`, `HH`, `mm`, `ss`, text in single quotes, and anything that is no
/// letter. Days of a moment are those of UTC.
package enum DatePattern {
    private static let fields = ["yyyy", "MM", "dd", "HH", "mm", "ss"]

    private enum Piece {
        case field(String)
        case literal(String)
    }

    /// What is wrong with a pattern; `nil` if nothing is.
    package static func problem(with pattern: String) -> String? {
        pieces(pattern) == nil
            ? "a pattern holds yyyy, MM, dd, HH, mm, ss, marks, and words in single quotes" : nil
    }

    static func format(_ value: SourceValue, pattern: String) throws(Rejection) -> String {
        let (day, rest): (Int64, Int64)
        switch value {
        // PostgreSQL has dates whose microseconds no 64 bits hold.
        case .date(let days): (day, rest) = (Int64(days), 0)
        case .timestamp(let microseconds, _):
            (day, rest) = microseconds.quotientAndRemainderFlooring(dividingBy: 86_400_000_000)
        case .endless: throw Rejection(.dateIsInfinite)
        default: throw Rejection(.notADate)
        }
        guard let pieces = pieces(pattern) else { throw Rejection(.notADate) }
        let (year, month, dayOfMonth) = CivilDate.civilFromDays(Int(day))
        let second = Int(rest / 1_000_000)
        return pieces.map { piece in
            switch piece {
            case .literal(let text): text
            case .field("yyyy"): padded(year, 4)
            case .field("MM"): padded(month, 2)
            case .field("dd"): padded(dayOfMonth, 2)
            case .field("HH"): padded(second / 3600, 2)
            case .field("mm"): padded(second / 60 % 60, 2)
            case .field: padded(second % 60, 2)
            }
        }.joined()
    }

    private static func pieces(_ pattern: String) -> [Piece]? {
        var pieces: [Piece] = []
        var rest = Substring(pattern)
        while let first = rest.first {
            if let field = fields.first(where: { rest.hasPrefix($0) }) {
                pieces.append(.field(field))
                rest = rest.dropFirst(field.count)
                // `MMMM` is the name of a month elsewhere, never its number twice.
                guard rest.first != field.last else { return nil }
            } else if first == "'" {
                let body = rest.dropFirst()
                guard let end = body.firstIndex(of: "'") else { return nil }
                pieces.append(.literal(body.startIndex == end ? "'" : String(body[..<end])))
                rest = body[body.index(after: end)...]
            } else {
                guard !first.isLetter else { return nil }
                pieces.append(.literal(String(first)))
                rest = rest.dropFirst()
            }
        }
        return pieces.isEmpty ? nil : pieces
    }
}
