import fc from "fast-check";
import {
    kindOf,
    normalStatement,
    placeholdersOf,
    settingOf,
    statementsOf,
    staysInSession,
    withSecrets,
} from "../../../../resources/flink/statements";

/** Words, literals, quoted names and hints: what a statement's meaning is made of. */
const TOKENS = fc.array(
    fc.constantFrom(
        "INSERT",
        "INTO",
        "t",
        "'a  b'",
        "'it''s; --x'",
        "`a  b`",
        "/*+ OPTIONS('k'='v') */",
        "(",
        ")",
        "=",
        "n",
        "2",
    ),
    { minLength: 1, maxLength: 12 },
);
const FILLERS = fc.constantFrom(" ", "\n", "\t  ", " -- it's; \n", " /* why; ' */ ", "\n\n");

describe("a statement's normal form", () => {
    it("does not depend on white space, comments, or a semicolon at the end", () => {
        const forms = TOKENS.chain((tokens) =>
            fc.tuple(fc.constant(tokens), fc.array(FILLERS, { minLength: tokens.length, maxLength: tokens.length })),
        );
        fc.assert(
            fc.property(forms, ([tokens, fillers]) => {
                const loose = tokens.map((token, index) => `${fillers[index]}${token}`).join("");
                expect(normalStatement(`${loose} ;\n`)).toBe(tokens.join(" "));
            }),
        );
    });

    it("is its own normal form", () => {
        fc.assert(
            fc.property(fc.string(), (text) => {
                const once = normalStatement(text);
                expect(normalStatement(once)).toBe(once);
            }),
        );
    });

    it("keeps what is meant: literals, names, hints and case", () => {
        expect(normalStatement("SELECT 'a  --b', `x  y` /*+ STATE_TTL('1d') */ FROM T")).toBe(
            "SELECT 'a  --b', `x  y` /*+ STATE_TTL('1d') */ FROM T",
        );
        expect(normalStatement("select a - b")).not.toBe(normalStatement("select A - b"));
    });
});

describe("statements in a text", () => {
    it("are told apart by semicolons outside of literals and comments", () => {
        expect(statementsOf("SET 'a' = 'b;c'; -- d;\n INSERT INTO t SELECT ';' ;;")).toEqual([
            "SET 'a' = 'b;c'",
            "INSERT INTO t SELECT ';'",
        ]);
        expect(statementsOf(" -- nothing\n ; ")).toEqual([]);
    });

    it.each<[string, string]>([
        ["INSERT INTO t SELECT 1", "insert"],
        ["insert overwrite t select 1", "insert"],
        ["SET 'a' = 'b'", "setting"],
        ["CREATE TEMPORARY TABLE t (n INT) WITH ('x' = ' AS SELECT ')", "setup"],
        ["CREATE TEMPORARY VIEW v AS SELECT 1", "setup"],
        ["CREATE TEMPORARY VIEW v(a) AS SELECT 1", "setup"],
        ["USE CATALOG c", "setup"],
        ["ADD JAR 'x.jar'", "setup"],
        ["CREATE TABLE t WITH ('connector' = 'x') AS SELECT 1", "forbidden"],
        ["SELECT 1", "forbidden"],
        ["STOP JOB 'x' WITH SAVEPOINT", "forbidden"],
        ["EXECUTE STATEMENT SET BEGIN", "forbidden"],
        ["DELETE FROM t", "forbidden"],
    ])("are of a kind: %s is %s", (sql, kind) => {
        expect(kindOf(normalStatement(sql))).toBe(kind);
    });

    it("name what they set", () => {
        expect(settingOf(normalStatement("set 'pipeline.name'  = 'it''s';"))).toEqual({
            key: "pipeline.name",
            value: "it's",
        });
        expect(settingOf("SET")).toBeUndefined();
    });

    it("stay in their session unless they write into a catalog of somebody's own", () => {
        const here = (sql: string, ...before: string[]) =>
            staysInSession(normalStatement(sql), before.map(normalStatement));
        expect(here("CREATE TEMPORARY TABLE c.d.t (n INT)", "USE CATALOG c")).toBe(true);
        expect(here("CREATE TABLE t (n INT) WITH ('path' = 'a.b.c')")).toBe(true);
        expect(here("CREATE VIEW d.t AS SELECT a.b.c FROM a")).toBe(true);
        expect(here("CREATE TABLE c.d.t (n INT)")).toBe(false);
        expect(here("CREATE TABLE t (n INT)", "CREATE CATALOG c WITH ('type' = 'jdbc')")).toBe(false);
        expect(here("DROP TABLE t")).toBe(false);
        expect(here("ALTER TABLE t ADD x INT")).toBe(false);
    });
});

describe("secrets in a statement", () => {
    const sql = ["'p' = '$", "{PASSWORD}'"].join("");

    it("are named, and put in place with their quotes doubled inside of literals", () => {
        expect(placeholdersOf(sql)).toEqual(["PASSWORD"]);
        expect(withSecrets(sql, { PASSWORD: "it's" }, true)).toBe("'p' = 'it''s'");
        expect(withSecrets(sql, { PASSWORD: "$&$1" }, false)).toBe("'p' = '$&$1'");
        expect(withSecrets(sql, {}, true)).toBe(sql);
    });
});
