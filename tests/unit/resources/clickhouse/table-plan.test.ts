import fc from "fast-check";
import type { TableDocument } from "../../../../resources/clickhouse/documents";
import { TABLE_RULES, tableForm } from "../../../../resources/clickhouse/table-form";
import { alterSql, planTable } from "../../../../resources/clickhouse/table-plan";
import { losesNothing } from "../../../../resources/clickhouse/type-change";
import { mismatch } from "../../../../resources/document";
import { anyTable } from "./tables";

const ID = { name: "id", type: "UInt64" };
const NAME = { name: "name", type: "String" };
const AT = { name: "at", type: "DateTime" };
const TABLE: TableDocument = { columns: [ID, NAME, AT], orderBy: "id" };

function plan(declared: object, held: object = {}) {
    const [next, before] = [
        { ...TABLE, ...declared },
        { ...TABLE, ...held },
    ];
    return planTable(next, mismatch(tableForm(next), tableForm(before), TABLE_RULES), tableForm(before));
}

describe("the way from a table to its declaration", () => {
    it("is nothing where both are the same, and something where they are not", () => {
        fc.assert(
            fc.property(anyTable, anyTable, (one, other) => {
                const found = mismatch(tableForm(one), tableForm(other), TABLE_RULES);
                const { alters, recreated, losses } = planTable(one, found, tableForm(other));
                expect(alters.length + recreated.length > 0).toBe(found.length > 0);
                // Whatever is lost goes by one of the commands.
                expect(losses.length === 0 || alters.length > 0).toBe(true);
                expect(planTable(one, [], tableForm(one))).toEqual({ alters: [], recreated: [], losses: [] });
            }),
        );
    });

    it.each<[string, object, object, string[][]]>([
        [
            "adds a column in its place",
            { columns: [ID, { name: "shop", type: "UInt8", default: "7" }, NAME, AT] },
            {},
            [["ADD COLUMN `shop` UInt8 DEFAULT 7 AFTER `id`"]],
        ],
        [
            "adds the first column, and drops one",
            { columns: [{ name: "x", type: "UInt8" }, ID, NAME] },
            {},
            [["DROP COLUMN `at`", "ADD COLUMN `x` UInt8 FIRST"]],
        ],
        ["moves a column", { columns: [ID, AT, NAME] }, {}, [["MODIFY COLUMN `at` DateTime AFTER `id`"]]],
        [
            "changes and takes away parts of a column",
            { columns: [ID, { ...NAME, codec: "ZSTD" }, AT] },
            { columns: [ID, { ...NAME, default: "'x'", comment: "c", ttl: "at + INTERVAL 1 DAY" }, AT] },
            [
                [
                    "MODIFY COLUMN `name` String CODEC(ZSTD)",
                    "MODIFY COLUMN `name` REMOVE DEFAULT",
                    "MODIFY COLUMN `name` REMOVE COMMENT",
                    "MODIFY COLUMN `name` REMOVE TTL",
                ],
            ],
        ],
        [
            "takes a default away before the type to which it may not fit",
            { columns: [ID, { ...NAME, type: "UInt8" }, AT] },
            { columns: [ID, { ...NAME, default: "'x'" }, AT] },
            [["MODIFY COLUMN `name` REMOVE DEFAULT"], ["MODIFY COLUMN `name` UInt8"]],
        ],
        [
            "makes another index of the same name",
            { indices: [{ name: "i", expression: "id, at", type: "minmax" }] },
            { indices: [{ name: "i", expression: "id", type: "minmax" }] },
            [["DROP INDEX `i`", "ADD INDEX `i` (id, at) TYPE minmax GRANULARITY 1"]],
        ],
        [
            "makes a column anew that was not stored",
            { columns: [ID, { ...NAME, default: "'x'" }, AT] },
            { columns: [ID, { ...NAME, alias: "'x'" }, AT] },
            [["DROP COLUMN `name`", "ADD COLUMN `name` String DEFAULT 'x' AFTER `id`"]],
        ],
        [
            "changes statistics by words of their own",
            { columns: [{ ...ID, statistics: "tdigest" }, NAME, { ...AT, comment: "c" }] },
            { columns: [ID, { ...NAME, statistics: "uniq" }, AT] },
            [
                [
                    "MODIFY STATISTICS `id` TYPE tdigest",
                    "DROP STATISTICS `name`",
                    "MODIFY COLUMN `at` DateTime COMMENT 'c'",
                ],
            ],
        ],
        ["takes a TTL away", {}, { ttl: "at + INTERVAL 1 DAY" }, [["REMOVE TTL"]]],
        [
            "puts the list of settings last, and their reset into a statement of its own",
            { settings: { a: 1, b: "x'y" }, comment: "c" },
            { settings: { c: 2 } },
            [["MODIFY COMMENT 'c'", "MODIFY SETTING a = 1, b = 'x\\'y'"], ["RESET SETTING c"]],
        ],
        [
            "lets the sorting key grow",
            { columns: [ID, NAME, AT, { name: "x", type: "UInt8" }], orderBy: ["id", "x"] },
            {},
            [["ADD COLUMN `x` UInt8 AFTER `at`", "MODIFY ORDER BY (id, x)"]],
        ],
    ])("%s", (_, declared, held, alters) => {
        expect(plan(declared, held)).toMatchObject({ alters, recreated: [] });
    });

    it("makes the table anew where no ALTER helps", () => {
        const changed = {
            engine: "ReplacingMergeTree(at)",
            orderBy: ["id", "at"],
            partitionBy: "at",
            primaryKey: "id",
        };
        expect(plan(changed).recreated.map(({ path }) => path)).toEqual([
            "engine",
            "partitionBy",
            "primaryKey",
            "orderBy",
        ]);
    });

    it("knows which columns lose values", () => {
        const held = { columns: [ID, NAME, AT, { name: "loud", type: "String", alias: "upper(name)" }] };
        expect(
            plan(
                {
                    columns: [
                        { ...ID, type: "UInt8" },
                        { ...NAME, alias: "'x'" },
                    ],
                },
                held,
            ).losses,
        ).toMatchObject([
            { column: "at", path: "columns.at" },
            { column: "id", path: "columns.id.type", to: "UInt8" },
            { column: "name", what: "column name would be ALIAS, and its values dropped" },
        ]);
        expect(plan({ columns: [{ ...ID, type: "Nullable(UInt64)" }, NAME, AT] }).losses).toEqual([]);
    });

    it("keeps commands apart by brackets", () => {
        expect(alterSql("t", ["DROP COLUMN a"])).toBe("ALTER TABLE t DROP COLUMN a");
        expect(alterSql("t", ["DROP COLUMN a", "REMOVE TTL"])).toBe("ALTER TABLE t (DROP COLUMN a), (REMOVE TTL)");
    });
});

describe("a change of type", () => {
    it.each([
        ["UInt8", "UInt16"],
        ["UInt8", "Int16"],
        ["Int32", "Float64"],
        ["String", "Nullable(String)"],
        ["Nullable(UInt8)", "Nullable(UInt64)"],
        ["String", "LowCardinality(String)"],
        ["LowCardinality(Nullable(String))", "Nullable(String)"],
        ["LowCardinality(String)", "LowCardinality(Nullable(String))"],
        ["FixedString(3)", "FixedString(5)"],
        ["FixedString(3)", "String"],
        ["UInt64", "String"],
        ["Enum8('a' = 1)", "Enum16('a' = 1, 'b' = 2)"],
        ["Enum8('a', 'b')", "Enum8('a' = 1, 'b' = 2, 'c' = -3)"],
        ["Decimal(10, 2)", "Decimal(12, 4)"],
        ["DateTime", "DateTime64(3)"],
        ["Date", "Date32"],
        ["Array(UInt8)", "Array(UInt16)"],
        ["INT", "Int32"],
    ])("from %s to %s loses nothing", (from, to) => {
        expect(losesNothing(from, to)).toBe(true);
    });

    it.each([
        ["UInt16", "UInt8"],
        ["UInt8", "Int8"],
        ["Int8", "UInt64"],
        ["Int64", "Float64"],
        ["Float64", "Float32"],
        ["Nullable(String)", "String"],
        ["LowCardinality(Nullable(String))", "String"],
        ["String", "UInt8"],
        ["FixedString(5)", "FixedString(3)"],
        ["Enum8('a' = 1, 'b' = 2)", "Enum8('a' = 1)"],
        ["Enum8('a' = 1)", "Enum8('a' = 2)"],
        ["Decimal(10, 2)", "Decimal(10, 4)"],
        ["DateTime64(3)", "DateTime"],
        ["DateTime64(3)", "DateTime64(9)"],
        ["DateTime", "Date"],
        ["Array(String)", "String"],
        ["JSON", "String"],
    ])("from %s to %s may lose something", (from, to) => {
        expect(losesNothing(from, to)).toBe(false);
    });

    it("loses nothing there and back only between names of the same type", () => {
        const types = [
            "UInt8",
            "Int16",
            "Float32",
            "Nullable(UInt8)",
            "String",
            "Date",
            "Decimal(9, 2)",
            "Enum8('a' = 1)",
        ];
        fc.assert(
            fc.property(fc.constantFrom(...types), fc.constantFrom(...types), (one, other) => {
                if (one !== other) expect(losesNothing(one, other) && losesNothing(other, one)).toBe(false);
            }),
        );
    });
});
