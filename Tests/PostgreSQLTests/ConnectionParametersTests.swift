import Testing

@testable import PostgreSQL

@Suite("Connection parameters")
struct ConnectionParametersTests {
    @Test(arguments: [
        ("postgresql://reader:s3cret@db.example:6432/sales", "db.example:6432/sales as reader", "verify-full"),
        (
            "host=db.example user=reader password=s3cret dbname=sales port=6432", "db.example:6432/sales as reader",
            "verify-full"
        ),
        ("postgresql://reader@127.0.0.1/sales", "127.0.0.1:5432/sales as reader", "prefer"),
        ("postgresql://reader@[::1]/sales", "::1:5432/sales as reader", "prefer"),
        ("postgresql://reader@/sales?host=/run/postgresql", "/run/postgresql:5432/sales as reader", "prefer"),
        ("postgresql://reader@localhost", "localhost:5432/reader as reader", "prefer"),
        ("postgresql://reader@localhost,db.example/sales", "localhost,db.example:5432/sales as reader", "verify-full"),
        ("postgresql://reader@localhost/sales?hostaddr=10.0.0.1", "localhost:5432/sales as reader", "verify-full"),
        ("postgresql://reader@127.example/sales", "127.example:5432/sales as reader", "verify-full"),
        ("postgresql://reader@db.example/sales?sslmode=require", "db.example:5432/sales as reader", "require"),
    ])
    func completes(dsn: String, description: String, sslMode: String) throws {
        let parameters = try ConnectionParameters(dsn: dsn)
        #expect(parameters.description == description)
        #expect(parameters.sslMode.rawValue == sslMode)
        #expect(parameters.options["application_name"] == "syncbridge")
    }

    @Test func partsMeanWhatAStringMeans() throws {
        let parts = try ConnectionParameters(
            host: "db.example", port: 6432, database: "sa les", user: "reader", password: Hidden("a b'c"),
            sslMode: .verifyCA, sslRootCert: "/ca.pem")
        let string = try ConnectionParameters(
            dsn: "postgresql://reader:a%20b'c@db.example:6432/sa%20les?sslmode=verify-ca&sslrootcert=/ca.pem")
        #expect(parts == string)
    }

    @Test(arguments: [
        "postgresql://u:geheim@h:port/d", "host=h password='geheim", "user=u geheim", "postgresql://u:geheim%zz@h/d",
        "postgresql://u:geheim@h/d?sslmode=maybe", "service=geheim", "host=a\u{0}geheim",
        "postgresql://u:geheim@h/d?nonsense=1", "postgresql://u:geheim@h/d?connect_timeout=soon",
    ])
    func refusesWithoutQuoting(dsn: String) {
        let error = #expect(throws: PostgreSQLError.self) { try ConnectionParameters(dsn: dsn) }
        #expect(error?.kind == .invalidValue)
        #expect(error.map { "\($0)\(String(reflecting: $0))" }?.contains("geheim") == false)
    }

    @Test func passwordIsPrintedByNothing() throws {
        let parameters = try ConnectionParameters(dsn: "postgresql://reader:s3cret@db.example/sales")
        var dumped = ""
        dump(parameters, to: &dumped)
        for text in ["\(parameters)", String(reflecting: parameters), dumped, "\([parameters])"] {
            #expect(!text.contains("s3cret"))
        }
        #expect(parameters.password?.reveal() == "s3cret")
    }

    struct Protection: Sendable, CustomTestStringConvertible {
        var dsn: String
        var old: ConnectionParameters.PasswordProtection
        var new: ConnectionParameters.PasswordProtection
        var testDescription: String { dsn }
    }

    @Test(arguments: [
        Protection(dsn: "host=/tmp", old: .any, new: .any),
        Protection(dsn: "host=127.0.0.1 sslmode=disable", old: .any, new: .any),
        Protection(dsn: "host=db.example", old: .any, new: .any),
        Protection(dsn: "host=db.example sslmode=verify-ca", old: .any, new: .any),
        Protection(dsn: "host=db.example sslmode=require", old: .none, new: .challengeOnly),
        Protection(dsn: "host=db.example sslmode=prefer", old: .none, new: .challengeOnly),
        Protection(dsn: "host=localhost,db.example sslmode=disable", old: .none, new: .challengeOnly),
        Protection(
            dsn: "host=db.example sslmode=require channel_binding=require", old: .challengeOnly, new: .challengeOnly),
    ])
    func passwordTravelsProtected(_ c: Protection) throws {
        let parameters = try ConnectionParameters(dsn: c.dsn)
        #expect(parameters.passwordProtection(canRequireMethods: false) == c.old)
        #expect(parameters.passwordProtection(canRequireMethods: true) == c.new)
    }

    @Test func timeLimitIsNeverForEver() throws {
        #expect(try ConnectionParameters(dsn: "host=h").connectSeconds == 10)
        #expect(try ConnectionParameters(dsn: "host=h connect_timeout=3").connectSeconds == 3)
        #expect(try ConnectionParameters(dsn: "host=h connect_timeout=0").connectSeconds == 3600)
    }
}
