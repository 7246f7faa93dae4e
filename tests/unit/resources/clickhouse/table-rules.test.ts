import fc from "fast-check";
import type { TableDocument } from "../../../../resources/clickhouse/documents";
import { serverProblems } from "../../../../resources/clickhouse/server-problems";
import { tableProblems } from "../../../../resources/clickhouse/table-rules";
import { UNKNOWN } from "../../../../resources/lifecycle";
import { anyTable } from "./tables";

/** A secret's name, as texts have it. */
const KEY = `\${key}`;
const ID = { name: "id", type: "UInt64" };

function problems(changed: object, secrets?: unknown): string[] {
    return tableProblems({ columns: [ID], ...changed } as TableDocument, secrets).map(
        ({ property, what }) => `${property}: ${what}`,
    );
}

describe("a table's declaration", () => {
    it("is taken as it is when nothing is wrong with it", () => {
        const whole = {
            columns: [ID, { name: "odd name", type: "Array(Nullable(String))", default: "[]", codec: "ZSTD(3)" }],
            engine: "ReplacingMergeTree(id)",
            orderBy: ["id", "`odd name`"],
            primaryKey: "id",
            settings: { index_granularity: 1024, a: true },
            constraints: [{ name: "c", check: "id > 0" }],
        };
        expect(problems(whole)).toEqual([]);
        expect(problems({ engine: `S3('url', '${KEY}')`, settings: { s: KEY } }, { key: "x" })).toEqual([]);
    });

    it.each<[object, string]>([
        [{ columns: undefined }, "columns: a table has one column at least"],
        [{ columns: [] }, "columns: a table has one column at least"],
        [{ columns: [7] }, "columns[0]: columns[0] is no column"],
        [{ columns: [{ type: "UInt8" }] }, "columns[0].name: name is missing"],
        [{ columns: [{ ...ID, name: "x".repeat(300) }] }, "columns[0].name: name is longer than 206 bytes"],
        [{ columns: [ID, { ...ID, type: "String" }] }, 'columns[1].name: column "id" is there twice'],
        [{ columns: [{ name: "a" }] }, "columns[0].type: type is missing"],
        [{ columns: [{ ...ID, type: " " }] }, "columns[0].type: type is missing"],
        [{ columns: [{ ...ID, type: "Nested(a UInt8)" }] }, "columns[0].type: Nested is no type of one column"],
        [{ columns: [{ ...ID, type: "UInt8 DEFAULT 1" }] }, "columns[0].type: DEFAULT is no part of a type"],
        [{ columns: [{ ...ID, type: "String CODEC(LZ4)" }] }, "columns[0].type: CODEC is no part of a type"],
        [{ columns: [{ ...ID, default: "1", alias: "2" }] }, "columns[0].alias: a column has one of"],
        [{ columns: [{ ...ID, default: 0 }] }, "columns[0].default: default is 0, no text"],
        [{ columns: [{ ...ID, alias: "1", codec: "LZ4" }] }, "columns[0].codec: an alias is not stored"],
        [{ columns: [{ ...ID, alias: "1", ttl: "x" }] }, "columns[0].ttl: an alias is not stored"],
        [{ engine: 7 }, "engine: engine is no text"],
        [{ engine: "" }, "engine: engine is no text"],
        [{ engine: "MergeTree ORDER BY id" }, "engine: ORDER BY is no part of the engine"],
        [{ engine: "Kafka SETTINGS a = 1" }, "engine: SETTINGS is no part of the engine"],
        [{ engine: "Kafka", orderBy: "id" }, "orderBy: engine Kafka has no orderBy"],
        [{ engine: "Null", ttl: "x" }, "ttl: engine Null has no ttl"],
        [{ orderBy: ["a", "b"], primaryKey: "b" }, "primaryKey: primaryKey b is not the beginning of orderBy a, b"],
        [{ settings: [] }, "settings: settings is no object"],
        [{ settings: { "a b": 1 } }, 'settings.a b: "a b" is no name of a setting'],
        [{ settings: { a: {} } }, "settings.a: settings.a is {}, no text, number or boolean"],
        [{ settings: { a: KEY } }, `settings.a: it names ${KEY}, which is not among secrets`],
        [{ engine: `X('${KEY}')` }, `engine: it names ${KEY}, which is not among secrets`],
        [{ indices: {} }, "indices: indices is no list"],
        [{ indices: [null] }, "indices[0]: indices[0] is no object"],
        [{ indices: [{ name: "i", type: "minmax" }] }, "indices[0].expression: expression is missing"],
        [{ indices: [{ name: "i", expression: "a" }] }, "indices[0].type: type is missing"],
        [{ projections: [{ name: "p" }] }, "projections[0].query: query is missing"],
        [
            { projections: [1, 2].map(() => ({ name: "p", query: "SELECT id" })) },
            'projections[1].name: name "p" is there twice',
        ],
        [{ constraints: [{ name: "c" }] }, "constraints[0]: a constraint has either check or assume"],
        [{ constraints: [{ name: "c", check: "a", assume: "b" }] }, "constraints[0]: a constraint has either check or"],
    ])("is refused with %j", (changed, words) => {
        const found = problems(changed);
        expect(found).toHaveLength(1);
        expect(found[0]).toContain(words);
    });

    it("says all problems at once", () => {
        expect(problems({ columns: [{}], settings: [], indices: 7 })).toHaveLength(4);
    });

    it("does not judge what is not known yet", () => {
        const parts = ["columns", "engine", "orderBy", "primaryKey", "settings", "indices", "constraints"];
        expect(problems(Object.fromEntries(parts.map((part) => [part, UNKNOWN])))).toEqual([]);
        expect(problems({ columns: [UNKNOWN, { name: UNKNOWN, type: UNKNOWN, default: UNKNOWN }] })).toEqual([]);
        expect(problems({ engine: `X('${KEY}')` }, UNKNOWN)).toEqual([]);
    });

    it("is not refused where people may well write it", () => {
        fc.assert(
            fc.property(anyTable, (table) => {
                const { orderBy, partitionBy, ttl, ...rest } = table;
                const keys = { orderBy, partitionBy, ttl };
                const columns = table.columns.map(({ codec, ttl: _ttl, ...column }) =>
                    column.alias === undefined && codec !== undefined ? { ...column, codec } : column,
                );
                const isMergeTree = (table.engine ?? "MergeTree").includes("MergeTree");
                expect(problems({ ...rest, ...(isMergeTree ? keys : {}), columns })).toEqual([]);
            }),
        );
    });
});

describe("a server's address", () => {
    const SERVER = { url: "http://127.0.0.1:8123", username: "millrace", password: "secret" };
    const found = (changed: object) =>
        serverProblems({ ...SERVER, ...changed } as never).map(({ property }) => property);

    it("is refused when it is none, carries credentials, or lacks them", () => {
        expect(found({})).toEqual([]);
        expect(found({ password: "" })).toEqual([]);
        expect(found({ url: "127.0.0.1:8123" })).toEqual(["server.url"]);
        expect(found({ url: "http://a:b@host:8123" })).toEqual(["server.url"]);
        expect(found({ url: "http://host:8123/shop" })).toEqual(["server.url"]);
        expect(found({ url: "https://host:8443/" })).toEqual([]);
        expect(found({ username: undefined, password: undefined })).toEqual(["server.username", "server.password"]);
        expect(found({ url: UNKNOWN, password: UNKNOWN })).toEqual([]);
    });
});
