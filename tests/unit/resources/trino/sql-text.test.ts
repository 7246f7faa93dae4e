import fc from "fast-check";
import { UNKNOWN } from "../../../../resources/lifecycle";
import { quotedName, quotedText } from "../../../../resources/trino/api";
import { propertyList } from "../../../../resources/trino/properties";
import { canonicalQuery, queryTrouble, shown, statementText } from "../../../../resources/trino/sql-text";

describe("a query's canonical form", () => {
    const meaning = fc.array(
        fc.oneof(
            fc.constantFrom(
                "select",
                "a",
                "b1",
                "from",
                "t",
                ",",
                "(",
                ")",
                "=",
                "<",
                "1",
                "1.5",
                "$$return 'x' -- y$$",
            ),
            fc.string({ maxLength: 8 }).map((text) => `'${text.replaceAll("'", "''")}'`),
            fc.string({ minLength: 1, maxLength: 8 }).map((text) => `"${text.replaceAll('"', '""')}"`),
        ),
        { minLength: 1, maxLength: 12 },
    );
    const nothing = fc.constantFrom(" ", "\n", "\t  ", ' -- it\'s "so"\n', "/* 'a' ; */", " /**/ ");
    const ends = fc.constantFrom("", ";", " ;\n", "; -- done", "\n");

    it("is the same whatever blanks, comments, capitals and semicolons at the end there are", () => {
        fc.assert(
            fc.property(meaning, fc.array(nothing, { minLength: 13, maxLength: 13 }), ends, (tokens, between, end) => {
                const spread = tokens.map((token, index) => {
                    const isText = /^['"$]/.test(token);
                    return `${between[index]}${isText ? token : token.toUpperCase()}`;
                });
                expect(canonicalQuery(`${spread.join("")}${end}`)).toBe(canonicalQuery(tokens.join(" ")));
            }),
        );
    });

    it("is another for another text or name in quotes", () => {
        fc.assert(
            fc.property(fc.string(), fc.string(), fc.constantFrom("'", '"'), (one, other, quote) => {
                fc.pre(one !== other);
                const query = (text: string) => `select ${quote}${text.replaceAll(quote, quote + quote)}${quote} a`;
                expect(canonicalQuery(query(one))).not.toBe(canonicalQuery(query(other)));
            }),
        );
    });

    it("of what is not known yet is not known either", () => {
        expect(canonicalQuery(UNKNOWN)).toBe(UNKNOWN);
    });

    it("is its own canonical form", () => {
        fc.assert(
            fc.property(meaning, (tokens) => {
                const once = canonicalQuery(tokens.join(" "));
                expect(canonicalQuery(once)).toBe(once);
            }),
        );
    });
});

describe("a query", () => {
    it.each([
        ["SELECT 1 AS one;", undefined],
        ["with a as (select 1 b) select * from a", undefined],
        ["(SELECT ';' AS x)", undefined],
        ["VALUES 1 -- ; and that's it", undefined],
        ["", "It says nothing."],
        ["  -- nothing\n;", "It says nothing."],
        ["SELECT 1;\nSELECT 2", "A second statement begins at line 1, column 9."],
        ["SELECT 'a\n, b", "Nothing ends what begins with ' at line 1, column 8."],
        ["SELECT 1\n  /* b", "Nothing ends what begins with / at line 2, column 3."],
        ["CREATE VIEW a AS SELECT 1", "It begins with CREATE."],
    ])("%j is judged offline", (sql, trouble) => {
        if (trouble === undefined) expect(queryTrouble(sql)).toBeUndefined();
        else expect(queryTrouble(sql)).toContain(trouble);
    });

    it("goes to the server without the semicolon, and what follows it, at its end", () => {
        expect(statementText("SELECT ';' a ; -- end\n;")).toBe("SELECT ';' a");
    });
});

describe("what SHOW CREATE says", () => {
    it("is taken apart: clauses and query", () => {
        const text = `CREATE VIEW m."as".v COMMENT 'it''s AS' SECURITY INVOKER AS\nWITH\n  t AS (\n   SELECT 1 a\n)\nSELECT * FROM t`;
        expect(shown(text)).toEqual({
            comment: "it's AS",
            security: "INVOKER",
            properties: {},
            query: "WITH\n  t AS (\n   SELECT 1 a\n)\nSELECT * FROM t",
        });
    });

    it("is read right where a name is a word of SQL", () => {
        expect(shown("CREATE VIEW m.security.comment SECURITY DEFINER AS\nSELECT 1 a")).toMatchObject({
            security: "DEFINER",
            query: "SELECT 1 a",
        });
        expect(shown("CREATE VIEW m.s.comment SECURITY DEFINER AS\nSELECT 1 a").comment).toBeUndefined();
    });

    it("gives properties with texts as they are meant", () => {
        const text = `CREATE SCHEMA c.s\nAUTHORIZATION USER ann\nWITH (\n   location = 's3://a/b''c',\n   "x y" = ARRAY['a', 'b'],\n   n = 3\n)`;
        expect(shown(text)).toEqual({
            properties: { location: "s3://a/b'c", "x y": "ARRAY [ 'a' , 'b' ]", n: "3" },
            query: "",
        });
    });

    it("gives back any comment, query and property, whatever characters they have", () => {
        const properties = fc.dictionary(
            fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== "__proto__"),
            fc.oneof(fc.string(), fc.integer(), fc.boolean()),
            { maxKeys: 3 },
        );
        fc.assert(
            fc.property(fc.string(), properties, fc.string({ minLength: 1 }), (comment, values, name) => {
                const list = Object.keys(values).length === 0 ? "" : ` WITH (${propertyList(values)})`;
                const head = `CREATE VIEW ${quotedName("c", "s", name)} COMMENT ${quotedText(comment)}${list} AS`;
                expect(shown(`${head}\nSELECT 1 "as"`)).toEqual({
                    comment,
                    properties: Object.fromEntries(
                        Object.entries(values).map(([property, value]) => [property, String(value)]),
                    ),
                    query: 'SELECT 1 "as"',
                });
            }),
        );
    });

    it("gives back what is written in code points", () => {
        expect(
            shown("CREATE VIEW v COMMENT U&'gr\\00F6\\00DFer \\+01F600 \\\\' SECURITY DEFINER AS SELECT 1 a").comment,
        ).toBe("größer 😀 \\");
    });
});
