import fc from "fast-check";
import { canonicalSql, literal, name, splitList, textOf, tokensOf } from "../../../../resources/clickhouse/sql-text";

describe("the canonical form of SQL", () => {
    it.each([
        ["toYYYYMM( at )", "toYYYYMM(at)"],
        ["at + interval 1 day", "at + toIntervalDay(1)"],
        ["at + INTERVAL '3' MONTHS", "at + toIntervalMonth(3)"],
        ["select a,b from t -- all\n where `a`>1 /* or so */", "SELECT a, b FROM t WHERE a > 1"],
        ["'it''s'", "'it\\'s'"],
        ["a<>b", "a != b"],
        ["`odd name`", "`odd name`"],
        ["x::UInt8", "x::UInt8"],
        ["tup.1", "tup.1"],
        ["arr[1]", "arr[1]"],
        ["map['a']", "map['a']"],
        ["{p:UInt8}", "{p:UInt8}"],
        ["count( ) ", "count()"],
        ["id in (1,2) and not (x)", "id IN (1, 2) AND NOT (x)"],
        ["Decimal(10,2)", "Decimal(10, 2)"],
    ])("of %s is %s", (sql, canonical) => {
        expect(canonicalSql(sql)).toBe(canonical);
    });

    it("keeps apart what is not the same", () => {
        for (const [one, other] of [
            ["'a'", "a"],
            ["Date", "date"],
            ["a", "A"],
            ["1", "'1'"],
            ["'select'", "'SELECT'"],
        ]) {
            expect(canonicalSql(one ?? "")).not.toBe(canonicalSql(other ?? ""));
        }
    });

    it("is its own canonical form, whatever the text", () => {
        const pieces = fc.constantFrom(
            "a",
            "`b c`",
            "'t'",
            "1.5",
            "(",
            ")",
            ",",
            "+",
            "select",
            "INTERVAL",
            "1",
            "day",
            ".",
            "[",
            "]",
            "::",
            "-",
        );
        fc.assert(
            fc.property(
                fc.oneof(
                    fc.string(),
                    fc.array(pieces).map((parts) => parts.join(" ")),
                ),
                (sql) => {
                    const once = canonicalSql(sql);
                    expect(canonicalSql(once)).toBe(once);
                },
            ),
        );
    });

    it("quotes names and texts so that they are read back as they were", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                expect(tokensOf(literal(text))).toEqual([{ text, kind: "string" }]);
                expect(tokensOf(name(text))).toEqual([{ text, kind: "quoted" }]);
            }),
        );
    });

    it("splits lists at commas outside of brackets and texts only", () => {
        expect(splitList(tokensOf("a, f(b, c), 'd, e', [1, 2]")).map(textOf)).toEqual([
            "a",
            "f(b, c)",
            "'d, e'",
            "[1, 2]",
        ]);
    });
});
