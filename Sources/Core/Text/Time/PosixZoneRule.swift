/// The rule at the end of a TZif file, in the form of POSIX `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct PosixZoneRule: Hashable, Sendable {
    /// A day of a year and a second of that day.
    private struct Change: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// Month, week (5 = last), weekday (0 = Sunday).
            case weekday(Int, Int, Int)
            /// Day 1 to 365, where 29 February is never counted.
            case julian(Int)
            /// Day 0 to 365, where 29 February counts.
            case zeroBased(Int)
        }
        var day: Day
        var second: Int
    }

    /// As it was read.
    let text: String
    private var standardOffset: Int
    private var summer: (offset: Int, start: Change, end: Change)? {
        guard let summerOffset, let start, let end else { return nil }
        return (summerOffset, start, end)
    }
    private var summerOffset: Int?
    private var start: Change?
    private var end: Change?

    init?(_ text: String) {
        var reader = Reader(Array(text.utf8))
        guard reader.name(), let offset = reader.offset(hoursMax: 24) else { return nil }
        self.text = text
        standardOffset = -offset
        guard !reader.atEnd else { return }
        guard reader.name() else { return nil }
        summerOffset =
            reader.next(isAny: ",") || reader.atEnd
            ? standardOffset + 3600 : reader.offset(hoursMax: 24).map { -$0 }
        guard reader.take(","), let start = reader.change(), reader.take(","), let end = reader.change(), reader.atEnd
        else { return nil }
        self.start = start
        self.end = end
    }

    func offset(at instant: Int64) -> Int {
        guard let summer else { return standardOffset }
        let day = (instant + Int64(standardOffset)).quotientAndRemainderFlooring(dividingBy: 86_400).quotient
        let year = CivilDate.civilFromDays(Int(day)).year
        let from = Self.moment(summer.start, year) - Int64(standardOffset)
        let to = Self.moment(summer.end, year) - Int64(summer.offset)
        // South of the equator summer spans the turn of the year.
        let isSummer = from < to ? instant >= from && instant < to : instant >= from || instant < to
        return isSummer ? summer.offset : standardOffset
    }

    /// Seconds since 1970 on the local clock at which `change` happens in `year`.
    private static func moment(_ change: Change, _ year: Int) -> Int64 {
        let newYear = CivilDate.daysFromCivil(year: year, month: 1, day: 1)
        let day: Int
        switch change.day {
        case .julian(let number): day = newYear + number - 1 + (CivilDate.isLeap(year) && number >= 60 ? 1 : 0)
        case .zeroBased(let number): day = newYear + number
        case .weekday(let month, let week, let weekday):
            let first = CivilDate.daysFromCivil(year: year, month: month, day: 1)
            // 1970-01-01 was a Thursday.
            let firstWeekday = ((first + 4) % 7 + 7) % 7
            var candidate = first + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            if candidate >= first + CivilDate.daysInMonth(month, year: year) { candidate -= 7 }
            day = candidate
        }
        return Int64(day) * 86_400 + Int64(change.second)
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var atEnd: Bool { at >= bytes.count }

        func next(isAny set: String) -> Bool { !atEnd && set.utf8.contains(bytes[at]) }

        mutating func take(_ character: Character) -> Bool {
            guard !atEnd, bytes[at] == character.asciiValue else { return false }
            at += 1
            return true
        }

        mutating func name() -> Bool {
            if take("<") {
                while !atEnd, bytes[at] != UInt8(ascii: ">") { at += 1 }
                return take(">")
            }
            let from = at
            while !atEnd, (bytes[at] | 0x20) >= UInt8(ascii: "a"), (bytes[at] | 0x20) <= UInt8(ascii: "z") { at += 1 }
            return at - from >= 3
        }

        mutating func number() -> Int? {
            let digits = bytes[at...].prefix { $0 >= 0x30 && $0 <= 0x39 }
            at += digits.count
            return decimalDigits(digits)
        }

        /// Seconds in `[+-]hh[:mm[:ss]]`.
        mutating func offset(hoursMax: Int) -> Int? {
            let sign = take("-") ? -1 : 1
            if sign == 1 { _ = take("+") }
            guard let hours = number(), hours <= hoursMax else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] where take(":") {
                guard let part = number(), part < 60 else { return nil }
                seconds += part * unit
            }
            return sign * seconds
        }

        mutating func change() -> Change? {
            let day: Change.Day
            if take("M") {
                guard let month = number(), take("."), let week = number(), take("."), let weekday = number(),
                    (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
                else { return nil }
                day = .weekday(month, week, weekday)
            } else if take("J") {
                guard let number = number(), (1...365).contains(number) else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(), number <= 365 else { return nil }
                day = .zeroBased(number)
            }
            guard take("/") else { return Change(day: day, second: 2 * 3600) }
            // RFC 8536 §3.3.1 lets a change be up to a week away from its day.
            return offset(hoursMax: 167).map { Change(day: day, second: $0) }
        }
    }
}
