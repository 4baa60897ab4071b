import Testing

@testable import Core

@Suite("Values and their canonical form")
struct ValueTests {
    /// Golden vectors of canon v1: another implementation must give the same bytes.
    @Test(arguments: [
        (Value.null, "00"),
        (.text("ab"), "01000000026162"),
        (.text("é"), "0100000002c3a9"),
        (.number(0), "02000000080000000000000000"),
        (.number(-0.0), "02000000080000000000000000"),
        (.number(1.5), "02000000083ff8000000000000"),
        (.boolean(true), "030000000101"),
        (.instant(Instant(seconds: 1_356_998_400)), "04000000080000000050e22700"),
        (.date(CivilDate(days: 15_706)), "050000000400003d5a"),
        (.date(CivilDate(days: -1)), "0500000004ffffffff"),
        (.set(of: ["b", "a", "b"]), "060000000a0000000161" + "0000000162"),
        (.set(of: [String]()), "00"),
    ])
    func canonicalBytes(value: Value, expected: String) {
        var bytes: [UInt8] = []
        CanonicalForm.append(value, to: &bytes)
        #expect(Hexadecimal.text(bytes) == expected)
    }

    @Test func hashOfAProjection() {
        let hash = ContentHash(of: [.text("Bridge"), .null, .number(12.5)])
        #expect(hash.fields.count == 3)
        #expect(hash.fields[1] == ContentHash.noValue)
        #expect(hash.whole.hexadecimal == "3d3452dbe894b7ce16c414110530bbdcf6b34dff009a6fcf2d4dfc8b6d6c79aa")
    }

    @Test(arguments: [
        ("-12.50", "-12.5"), ("0.000", "0"), ("-0", "0"), ("1e3", "1000"), (".5", "0.5"), ("1E-3", "0.001"),
        ("100", "100"), ("00012", "12"),
    ])
    func decimalsArePlain(text: String, expected: String) { #expect(DecimalNumber(text)?.text == expected) }

    @Test func decimalsCompareRoundAndMultiply() throws {
        let ordered = try ["-100", "-2.5", "-2.49", "0", "0.001", "2", "10", "10.01"].map {
            try #require(DecimalNumber($0))
        }
        #expect(ordered.shuffled().sorted() == ordered)
        #expect(DecimalNumber("2.675")?.rounded(places: 2).text == "2.68")
        #expect(DecimalNumber("-2.5")?.rounded(places: 0).text == "-3")
        #expect(DecimalNumber("9.99")?.rounded(places: 1).text == "10")
        #expect(DecimalNumber("0.004")?.rounded(places: 2).text == "0")
        let product = try #require(DecimalNumber("123.45")) * #require(DecimalNumber("-0.01"))
        #expect(product.text == "-1.2345")
        #expect(DecimalNumber("NaN") == nil)
        #expect(DecimalNumber("1e999999999") == nil)
    }

    @Test func textsOfPostgreSQL() {
        #expect(PostgreSQLText.date("0044-03-15 BC") == .finite(-735_160))
        #expect(PostgreSQLText.isoText(days: -735_160) == "0044-03-15 BC")
        #expect(PostgreSQLText.timestamp("1970-01-02 00:00:00.000001+00") == .finite(86_400_000_001))
        #expect(PostgreSQLText.timestamp("yesterday") == nil)
    }
}
