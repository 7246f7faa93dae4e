import { databaseProvider } from "../../../../resources/clickhouse/database-provider";
import { namedCollectionProvider } from "../../../../resources/clickhouse/named-collection-provider";
import { viewProvider } from "../../../../resources/clickhouse/view-provider";
import { viewRefusals, viewStatements } from "../../../../resources/clickhouse/view-reconcile";
import { UNKNOWN } from "../../../../resources/lifecycle";

/** A server whose address is not known yet: nobody is asked. */
const SERVER = { url: UNKNOWN, username: "millrace", password: UNKNOWN };

type Checked = { failures?: { property: string; reason: string }[] };

async function problems(
    provider: { check?: (olds: never, news: never) => Promise<unknown> },
    inputs: object,
): Promise<string[]> {
    const checked = (await provider.check?.({} as never, { server: SERVER, ...inputs } as never)) as
        | Checked
        | undefined;
    const { failures = [] } = checked ?? {};
    return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

describe("the declaration of", () => {
    const secret = `\${secret}`;

    it.each<[string, Parameters<typeof problems>[0], object]>([
        ["a view", viewProvider, { view: "v", query: "WITH 1 AS x SELECT x", to: "t", refresh: "EVERY 1 DAY" }],
        ["a view", viewProvider, { view: UNKNOWN, query: UNKNOWN, to: UNKNOWN, comment: UNKNOWN }],
        ["a database", databaseProvider, { database: "d", engine: `X('${secret}')`, secrets: { secret: "s" } }],
        ["a database", databaseProvider, { database: UNKNOWN, engine: UNKNOWN, secrets: UNKNOWN }],
        ["a collection", namedCollectionProvider, { collection: "c", values: { a: "" }, overridable: { a: true } }],
        ["a collection", namedCollectionProvider, { collection: UNKNOWN, values: UNKNOWN, overridable: UNKNOWN }],
    ])("%s is taken as it is when nothing is wrong with it", async (_, provider, inputs) => {
        expect(await problems(provider, inputs)).toEqual([]);
    });

    it.each<[string, Parameters<typeof problems>[0], object, RegExp]>([
        ["a view", viewProvider, { query: "SELECT 1" }, /^view: .*view is missing/],
        ["a view", viewProvider, { view: "v" }, /^query: .*query is missing/],
        ["a view", viewProvider, { view: "v", query: 7 }, /^query: .*query is no text/],
        ["a view", viewProvider, { view: "v", query: "INSERT INTO t SELECT 1" }, /^query: .*query begins with INSERT/],
        ["a view", viewProvider, { view: "v", query: "SELECT 1", to: "" }, /^to: .*to is no text/],
        ["a view", viewProvider, { view: "v", query: "SELECT 1", refresh: "EVERY 1 DAY" }, /^to: .*holds its rows/],
        ["a view", viewProvider, { view: "v", query: "SELECT 1", materialized: true }, /^to: .*ClickHouseTable/s],
        ["a view", viewProvider, { view: "v", database: "", query: "SELECT 1" }, /^database: .*database is missing/],
        ["a database", databaseProvider, {}, /^database: .*database is missing/],
        ["a database", databaseProvider, { database: "system" }, /^database: .*is the server's own/],
        ["a database", databaseProvider, { database: "d", engine: 7 }, /^engine: .*engine is no text/],
        ["a database", databaseProvider, { database: "d", comment: 7 }, /^comment: .*comment is no text/],
        ["a database", databaseProvider, { database: "d", engine: `X('${secret}')` }, /^engine: .*not among secrets/],
        ["a collection", namedCollectionProvider, { values: { a: "b" } }, /^collection: .*collection is missing/],
        ["a collection", namedCollectionProvider, { collection: "c" }, /^values: .*one value at least/],
        ["a collection", namedCollectionProvider, { collection: "c", values: {} }, /^values: .*one value at least/],
        ["a collection", namedCollectionProvider, { collection: "c", values: { a: 7 } }, /^values.a: .*no text/],
        [
            "a collection",
            namedCollectionProvider,
            { collection: "c", values: { a: "b" }, overridable: { x: true } },
            /^overridable.x: .*x is not among values/,
        ],
    ])("%s is refused with what is wrong, at its property", async (_, provider, inputs, words) => {
        const found = await problems(provider, inputs);
        expect(found).toHaveLength(1);
        expect(found[0]).toMatch(words);
    });
});

describe("the way from a view to its declaration", () => {
    const inputs = { server: SERVER, database: "d", view: "v", query: "SELECT a FROM t" };
    const difference = (path: string, expected?: string, actual?: string) => ({ path, expected, actual });

    it("is one step for each change, and leaves the table alone", () => {
        const query = difference("query", "SELECT a FROM t", "SELECT b FROM t");
        const plain = viewStatements(inputs, [query], "SELECT a FROM d.t");
        expect(plain).toEqual(["CREATE OR REPLACE VIEW `d`.`v` AS SELECT a FROM t"]);
        const materialised = { ...inputs, to: "kept", refresh: "EVERY 1 DAY", comment: "it's" };
        expect(viewStatements(materialised, [query], "SELECT a FROM d.t")).toEqual([
            "ALTER TABLE `d`.`v` MODIFY QUERY SELECT a FROM d.t",
        ]);
        const others = [difference("refresh", "EVERY 1 DAY", "EVERY 2 DAY"), difference("comment", "it's")];
        expect(viewStatements(materialised, others, undefined)).toEqual([
            "ALTER TABLE `d`.`v` MODIFY REFRESH EVERY 1 DAY",
            "ALTER TABLE `d`.`v` MODIFY COMMENT 'it\\'s'",
        ]);
        for (const found of [[difference("to", "`d`.`kept`", "`d`.`old`")], [difference("refresh", "EVERY 1 DAY")]]) {
            expect(viewStatements(materialised, found, undefined)).toEqual([
                "CREATE OR REPLACE MATERIALIZED VIEW `d`.`v` REFRESH EVERY 1 DAY TO `d`.`kept` COMMENT 'it\\'s' " +
                    "AS SELECT a FROM t",
            ]);
        }
    });

    it("does not use a query whose tables the server could not name with their databases", () => {
        const query = difference("query", "SELECT a FROM t", "SELECT b FROM t");
        expect(viewStatements({ ...inputs, to: "kept" }, [query], undefined)).toEqual([
            "CREATE OR REPLACE MATERIALIZED VIEW `d`.`v` TO `d`.`kept` AS SELECT a FROM t",
        ]);
    });

    it("is refused where rows would go with it", () => {
        const held = { document: { query: "" }, hasInnerTable: true };
        expect(viewRefusals(held, [difference("comment", "x")])).toMatchObject([{ property: "view" }]);
        expect(viewRefusals(held, [])).toEqual([]);
        const kind = difference("kind", "materialised view", "plain view");
        expect(viewRefusals({ ...held, hasInnerTable: false }, [kind])).toMatchObject([{ property: "to" }]);
    });
});
