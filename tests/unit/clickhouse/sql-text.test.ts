import * as fc from "fast-check";
import { NotOneStatement, readStatement } from "../../../build/images/clickhouse/server/sql-text";

const whole = (text: string) => readStatement(Buffer.from(text), true);

describe("a statement's text", () => {
    it.each([
        "SELECT 1",
        "  -- a note\nselect 1",
        "WITH 1 AS x SELECT x",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "FROM t SELECT a",
        "SHOW TABLES",
        "DESCRIBE t",
        "EXPLAIN INSERT INTO t SELECT 1",
        "EXISTS TABLE t",
    ])("reads: %s", (text) => {
        expect(whole(text)).toMatchObject({ kind: "read", format: undefined });
    });

    it.each([
        ["SELECT 1 FORMAT JSON", "SELECT 1 ", "JSON"],
        ["SELECT 1 format CSV;", "SELECT 1 ", "CSV"],
        ["SELECT 1 FORMAT JSON SETTINGS max_threads = 1", "SELECT 1 ", "JSON"],
        ["SELECT 1 SETTINGS max_threads = 1 FORMAT TSV -- end", "SELECT 1 SETTINGS max_threads = 1 ", "TSV"],
    ])("finds where the format of a result is named: %s", (text, body, format) => {
        const statement = whole(text);
        expect(statement).toMatchObject({ kind: "read", format });
        expect(statement?.kind === "read" && statement.body.toString()).toBe(body);
    });

    it.each([
        "SELECT format FROM t",
        "SELECT 'x FORMAT JSON'",
        "SELECT 1 -- FORMAT JSON",
        "SELECT $$ FORMAT JSON $$",
        "SELECT * FROM (SELECT 1 AS `FORMAT`) /* FORMAT CSV */",
        "SELECT 1 AS format",
    ])("does not take other words for it: %s", (text) => {
        expect(whole(text)).toMatchObject({ kind: "read", format: undefined });
    });

    it.each([
        ["INSERT INTO t FORMAT CSV\n1,2", "CSV", "1,2"],
        ["INSERT INTO t (a, b) SETTINGS async_insert = 1 FORMAT RowBinary \r\n\n1", "RowBinary", "\n1"],
        ["insert into `db`.`format` (a) format TSV 5", "TSV", "5"],
        ["INSERT INTO TABLE FUNCTION file('x', 'CSV') FORMAT CSV\n1", "CSV", "1"],
        ["INSERT INTO values VALUES (1), (2)", "Values", "(1), (2)"],
        ["INSERT INTO t (a) VALUES(1)", "Values", "(1)"],
        ["INSERT INTO t FORMAT JSONEachRow", "JSONEachRow", ""],
    ])("finds where rows begin: %j", (text, format, rows) => {
        const statement = whole(text);
        expect(statement).toMatchObject({ kind: "insert", format });
        if (statement?.kind === "insert") expect(text.slice(statement.dataStart)).toBe(rows);
    });

    it("takes rows as bytes, whatever they are", () => {
        const head = Buffer.from("INSERT INTO t FORMAT RowBinary\n");
        fc.assert(
            fc.property(fc.uint8Array(), (rows) => {
                const statement = readStatement(Buffer.concat([head, rows]), true);
                return statement?.kind === "insert" && statement.dataStart === head.length;
            }),
        );
    });

    it("says the same wherever the text is cut: nothing, or what the whole text says", () => {
        const texts = [
            "INSERT INTO t (a) SETTINGS x = 'FORMAT y' FORMAT JSONEachRow\n{}",
            "INSERT INTO t VALUES (1)",
            "INSERT INTO t SELECT a FROM input('a UInt8, b String') WHERE a > 1 FORMAT CSV\n1,2",
        ];
        for (const text of texts) {
            const expected = whole(text);
            for (let cut = 0; cut < text.length; cut++) {
                const part = readStatement(Buffer.from(text.slice(0, cut)), false);
                if (part === undefined) continue;
                expect(part.kind).toBe(expected?.kind);
                if ("format" in part) expect(part.format).toBe(expected && "format" in expected && expected.format);
            }
        }
    });

    it("waits for the end of what has no rows", () => {
        expect(readStatement(Buffer.from("SELECT 1"), false)).toBeUndefined();
        expect(readStatement(Buffer.from("INSERT INTO t SELECT 1"), false)).toBeUndefined();
        expect(readStatement(Buffer.from("INSERT INTO t FORMAT"), false)).toBeUndefined();
        expect(readStatement(Buffer.from("INSERT INTO t FORMAT JSON"), false)).toBeUndefined();
    });

    it("takes input() apart, so that its rows can go another way", () => {
        const statement = whole("INSERT INTO t SELECT a FROM input('a UInt8') WHERE a > 1 FORMAT CSV\n1");
        expect(statement).toMatchObject({ kind: "insertThroughInput", structure: "'a UInt8'", format: "CSV" });
        if (statement?.kind === "insertThroughInput") {
            expect(`${statement.before}X${statement.behind}`).toBe("INSERT INTO t SELECT a FROM X WHERE a > 1 ");
        }
    });

    it.each([
        ["INSERT INTO t SELECT 1", "INSERT"],
        ["INSERT INTO t (a) WITH 1 AS x SELECT x", "INSERT"],
        ["WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", "INSERT"],
        ["CREATE TABLE t (a UInt8) ENGINE = Memory;", "CREATE"],
        ["SET max_threads = 1", "SET"],
    ])("changes: %s", (text, verb) => {
        expect(whole(text)).toMatchObject({ kind: "other", verb });
    });

    it("knows which query is to be killed", () => {
        expect(whole("KILL QUERY WHERE query_id = 'a\\'b' SYNC")).toMatchObject({
            kind: "kill",
            queryId: "a'b",
            mode: "SYNC",
        });
        expect(whole("KILL QUERY WHERE user = 'x'")).toMatchObject({ kind: "other" });
    });

    it("refuses a second statement and a file of its own", () => {
        expect(() => whole("SELECT 1; SELECT 2")).toThrow(NotOneStatement);
        expect(() => whole("SELECT 1 INTO OUTFILE '/tmp/x'")).toThrow(NotOneStatement);
        expect(whole("SELECT ';' ; -- nothing")).toMatchObject({ kind: "read" });
    });
});
