import Testing

@testable import Core

@Suite("SQL of authors and of the catalog")
struct SourceTextTests {
    @Test(arguments: [
        "deleted_at IS NULL", "a = ';--' AND (b[1] > 2)", #""odd;name" = E'\';' "#, "x = $$;)$$", "x = $q$ $$ ;( $q$",
        "a$b = 1", "a - -1 > 0", "'it''s'", "a / 2 * 3", "name = 'ü)'",
    ])
    func accepts(sql: String) {
        #expect(throws: Never.self) { try ExpressionGuard.check(sql) }
    }

    @Test(arguments: [
        ("", ExpressionGuard.Problem.empty), (" \n", .empty), ("true; DROP TABLE x", .semicolon),
        ("true -- x", .comment),
        ("true /* x", .comment), ("true) OR (true", .parentheses), ("(true", .parentheses), ("(a]", .parentheses),
        ("'open", .openQuote), ("\"open", .openQuote), ("E'\\'", .openQuote), ("$$open", .openQuote),
        ("a = $1", .parameter),
        ("a\u{0}", .nul), ("'\\' ; '", .semicolon), ("name'\\' ; '", .semicolon), ("$a$ $A$ ;", .openQuote),
    ])
    func refuses(sql: String, problem: ExpressionGuard.Problem) {
        #expect(throws: problem) { try ExpressionGuard.check(sql) }
    }

    @Test(arguments: [
        ("(status = ANY (ARRAY['a'::text, 'b'::text]))", "status", ["a", "b"], false),
        (
            "((status)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[]))", "status",
            ["a", "it's"], false
        ),
        ("(c = ANY (ARRAY['x'::bpchar, 'y'::bpchar]))", "c", ["x", "y"], false),
        ("(status = 'only'::text)", "status", ["only"], false),
        ("((status IS NULL) OR (status = ANY (ARRAY['a'::text, 'a'::text])))", "status", ["a"], false),
        ("(tags <@ ARRAY['a'::text, 'b,c'::text])", "tags", ["a", "b,c"], true),
        (#"(tags <@ '{a,"b c","q\"\\"}'::text[])"#, "tags", ["a", "b c", #"q"\"#], true),
        (#"("Odd ""Name" = ANY (ARRAY[E'back\\slash'::text]))"#, #"Odd "Name"#, [#"back\slash"#], false),
        ("((VALUE)::text = ANY (ARRAY['a'::text]))", "VALUE", ["a"], false),
    ])
    func readsChoices(expression: String, column: String, values: [String], isSubset: Bool) {
        #expect(
            CheckExpression.choices(expression)
                == CheckExpression.Choices(column: column, values: values, isSubset: isSubset))
    }

    /// A row may have either, and each is allowed.
    @Test func composedAndDecomposedLettersAreTwoChoices() {
        let choices = CheckExpression.choices(
            "(status = ANY (ARRAY['\u{e9}'::text, 'e\u{301}'::text, '\u{e9}'::text]))")
        #expect(choices?.values.map { Array($0.utf8) } == [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
    }

    @Test(arguments: [
        "", "(", "status", "(status <> 'a'::text)", "(n = ANY (ARRAY[1, 2]))",
        "(lower(status) = ANY (ARRAY['a'::text]))",
        "((a = 'x'::text) OR (b = 'y'::text))", "((a = 'x'::text) AND (b = 'y'::text))",
        "((status = 'a'::text) OR (status = 'b'::text))", "((a IS NULL) OR (b = 'x'::text))",
        "(status = ANY (ARRAY['a'::text, NULL::text]))", "(status = ANY (ARRAY['a'::text, other]))",
        "(status = ANY (ARRAY['abc'::character varying(2)]))", "(status = ANY (ARRAY['a'::public.citext]))",
        "(tags <@ '{a,NULL}'::text[])", "(status = ANY (ARRAY[]::text[]))", "(status = 'a'::text) extra",
        "(status = 'open", "(status ~ '^a'::text)", "(tags @> ARRAY['a'::text])", "(status = ANY (ARRAY['a'::text,]))",
    ])
    func ignoresOtherChecks(expression: String) {
        #expect(CheckExpression.choices(expression) == nil)
    }
}
