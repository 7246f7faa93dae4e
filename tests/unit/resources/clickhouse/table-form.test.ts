import fc from "fast-check";
import { tableOfCreate, viewOfCreate } from "../../../../resources/clickhouse/create-query";
import { TABLE_RULES, tableForm, typeText } from "../../../../resources/clickhouse/table-form";
import { tableSql } from "../../../../resources/clickhouse/table-sql";
import { viewForm } from "../../../../resources/clickhouse/view-form";
import { mismatch } from "../../../../resources/document";
import { anyTable } from "./tables";

const COLUMNS = [{ name: "id", type: "UInt64" }];

describe("a table's form", () => {
    it("is the same for a declaration and for what the server says of it", () => {
        fc.assert(
            fc.property(anyTable, (table) => {
                const held = tableOfCreate(`CREATE TABLE d.t ${tableSql(table)}`);
                expect(mismatch(tableForm(table), tableForm(held), TABLE_RULES)).toEqual([]);
            }),
        );
    });

    it("is read out of the server's own words", () => {
        const held = tableOfCreate(
            "CREATE TABLE d.t (`id` Int32, `odd name` Nullable(String) CODEC(ZSTD(1)), `at` DateTime DEFAULT now(), " +
                "`day` Date MATERIALIZED toDate(at) COMMENT 'it\\'s, a day', `old` String TTL at + toIntervalDay(1), " +
                "`ep` UInt8 EPHEMERAL, INDEX i (id, price * 2) TYPE minmax GRANULARITY 1, CONSTRAINT c CHECK id > 0, " +
                "PROJECTION p (SELECT name, count() GROUP BY name)) ENGINE = ReplacingMergeTree(at) " +
                "PARTITION BY toYYYYMM(at) PRIMARY KEY id ORDER BY (id, name) TTL at + toIntervalDay(30) WHERE id > 3 " +
                "SETTINGS deduplicate_merge_projection_mode = 'drop', index_granularity = 8192 COMMENT 'the table'",
        );
        expect(held).toEqual({
            columns: [
                { name: "id", type: "Int32" },
                { name: "odd name", type: "Nullable(String)", codec: "ZSTD(1)" },
                { name: "at", type: "DateTime", default: "now()" },
                { name: "day", type: "Date", materialized: "toDate(at)", comment: "it's, a day" },
                { name: "old", type: "String", ttl: "at + toIntervalDay(1)" },
                { name: "ep", type: "UInt8", ephemeral: true },
            ],
            engine: "ReplacingMergeTree(at)",
            partitionBy: "toYYYYMM(at)",
            primaryKey: "id",
            orderBy: "(id, name)",
            ttl: "at + toIntervalDay(30) WHERE id > 3",
            settings: { deduplicate_merge_projection_mode: "drop", index_granularity: "8192" },
            indices: [{ name: "i", expression: "(id, price * 2)", type: "minmax", granularity: 1 }],
            projections: [{ name: "p", query: "(SELECT name, count() GROUP BY name)" }],
            constraints: [{ name: "c", check: "id > 0" }],
            comment: "the table",
        });
    });

    it.each<[string, object, object]>([
        ["brackets around a key", { orderBy: "(a, b)" }, { orderBy: ["a", "b"] }],
        ["tuple()", { orderBy: "tuple()" }, {}],
        ["a primary key that is the sorting key", { orderBy: "a", primaryKey: "(a)" }, { orderBy: "a" }],
        ["DELETE, which a TTL does anyway", { ttl: "a + INTERVAL 1 DAY DELETE" }, { ttl: ["a + toIntervalDay(1)"] }],
        ["an engine that is the default", { engine: "MergeTree()" }, {}],
        ["quotes around an engine", { engine: "`Null`" }, { engine: "Null" }],
        ["the form of a setting", { settings: { a: true, b: "3" } }, { settings: { a: 1, b: 3 } }],
        ["what is empty", { settings: {}, indices: [], comment: "" }, {}],
        ["a secret", { engine: `X('a', '\${key}')` }, { engine: "X('a', '[HIDDEN]')" }],
    ])("does not tell apart %s", (_, one, other) => {
        expect(tableForm({ columns: COLUMNS, ...one })).toEqual(tableForm({ columns: COLUMNS, ...other }));
    });

    it.each([
        ["INT", "Int32"],
        ["varchar(20)", "String"],
        ["Nullable(varchar(20))", "Nullable(String)"],
        ["Int32 NOT NULL", "Int32"],
        ["Int32 NULL", "Nullable(Int32)"],
        ["numeric(10,2)", "Decimal(10, 2)"],
        ["Tuple(text UInt8)", "Tuple(String UInt8)"],
    ])("knows %s as %s", (type, canonical) => {
        // The last is a name that looks like a type: wrong in the same way on both sides, so that it makes no difference.
        expect(typeText(type)).toBe(canonical);
    });
});

describe("a view's form", () => {
    it("is read out of the server's own words", () => {
        const create =
            "CREATE MATERIALIZED VIEW d.v REFRESH EVERY 1 HOUR APPEND TO d.t (`id` UInt64) DEFINER = default " +
            "SQL SECURITY DEFINER COMMENT 'x' AS SELECT id AS n FROM d.s";
        expect(viewOfCreate(create, "SELECT id AS n FROM d.s")).toEqual({
            query: "SELECT id AS n FROM d.s",
            to: "d.t",
            refresh: "EVERY 1 HOUR APPEND",
            comment: "x",
        });
        expect(viewOfCreate("CREATE VIEW d.v (`id` UInt64) AS SELECT 1 AS id", "SELECT 1 AS id")).toEqual({
            query: "SELECT 1 AS id",
        });
    });

    it("is the same for a table with and without its database, and for all spellings of a query", () => {
        const one = viewForm({ database: "d", query: "select a from t;", to: "t", refresh: "every 2 hours" });
        const other = viewForm({ database: "d", query: "SELECT a\nFROM t", to: "`d`.`t`", refresh: "EVERY 2 HOUR" });
        expect(one).toEqual(other);
    });
});
