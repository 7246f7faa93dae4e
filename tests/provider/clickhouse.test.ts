import { UNKNOWN } from "../../resources/lifecycle";
import { FakeClickHouse } from "../support/fakes/clickhouse";
import { ProviderProcess } from "../support/provider-process";
import { databaseMatrix, namedCollectionMatrix } from "./clickhouse-database-matrix";
import { type ClickHouseUnderTest, ObjectUnderTest } from "./clickhouse-matrix";
import { tableMatrix } from "./clickhouse-table-matrix";
import { viewMatrix } from "./clickhouse-view-matrix";

const COLUMNS = [
    { name: "id", type: "UInt64" },
    { name: "name", type: "String" },
];

describe("what a server holds that answers like ClickHouse", () => {
    let process: ProviderProcess;
    let fake: FakeClickHouse;
    let subject: ClickHouseUnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
    });
    afterAll(() => process.stop());
    beforeEach(async () => {
        fake = await new FakeClickHouse().up();
        fake.databases.set("matrix", { engine: "Atomic", comment: "", objects: new Map() });
        const { url, username, password } = fake;
        subject = { url, username, password, process, database: "matrix" };
    });
    afterEach(() => fake.down());

    describe("tables", () => tableMatrix(() => subject));
    describe("views", () => viewMatrix(() => subject));
    describe("databases", () => databaseMatrix(() => subject));
    describe("named collections", () => namedCollectionMatrix(() => subject));

    describe("when something goes wrong", () => {
        const objects: ObjectUnderTest[] = [];
        const object = (kind: ConstructorParameters<typeof ObjectUnderTest>[1], name: string): ObjectUnderTest => {
            const made = new ObjectUnderTest(subject, kind, name);
            objects.push(made);
            return made;
        };
        let table: ObjectUnderTest;
        const inputs = (changed: object = {}): Record<string, unknown> => ({
            server: table.server,
            database: "matrix",
            table: "data",
            columns: COLUMNS,
            orderBy: "id",
            settings: { min_bytes_for_wide_part: 0 },
            ...changed,
        });
        beforeEach(() => {
            table = object("table", "data");
        });
        afterEach(async () => {
            for (const each of objects.splice(0)) await each.close();
        });

        it("keeps secrets under their own inputs only, also where the server shows them to everybody", async () => {
            const settings = { kafka_topic_list: "t", kafka_sasl_password: `\${password}` };
            const kafka = { engine: "Kafka", orderBy: undefined, settings, secrets: { password: "planted-secret" } };
            await table.resource.up(inputs(kafka));
            expect(fake.requests.some(({ body }) => String(body).includes("= 'planted-secret'"))).toBe(true);
            const { id, outputs } = table.resource.state ?? {};
            const { server, secrets, __provider, ...rest } = outputs ?? {};
            expect([server, secrets]).toEqual([table.server, { password: "planted-secret" }]);
            expect(await table.resource.refresh()).toBe(false);
            expect(await table.held()).toContain("planted-secret");
            expect(JSON.stringify([id, rest])).not.toMatch(/planted-secret|fake-password/);
            fake.refusing = {
                statement: /^CREATE OR REPLACE/,
                code: 36,
                type: "BAD_ARGUMENTS",
                words: "bad 'planted-secret' of fake-password",
            };
            const changed = { ...kafka, settings: { ...settings, kafka_topic_list: "u" } };
            await expect(table.resource.up(inputs(changed))).rejects.toThrow(
                /answered 36 BAD_ARGUMENTS: bad '\[secret\]' of \[secret\]\.\n {2}Nothing was changed/,
            );
        });

        it("does not fail a preview for a server that does not exist yet, and touches nothing when it does not come", async () => {
            await fake.down();
            expect((await table.resource.preview(inputs())).failures).toEqual([]);
            await expect(table.resource.up(inputs())).rejects.toThrow(
                /SELECT at .* got no answer: ECONNREFUSED\n {2}Nothing was changed/,
            );
            expect(table.resource.state).toBeUndefined();
            await fake.up();
        });

        it("does not take a server that is down, or not well, for a table that is gone", async () => {
            await table.resource.up(inputs());
            await fake.down();
            await expect(table.resource.refresh()).rejects.toThrow(/got no answer/);
            await fake.up();
            fake.refusing = { statement: /system.tables/, code: 241, type: "MEMORY_LIMIT_EXCEEDED", words: "too much" };
            await expect(table.resource.refresh()).rejects.toThrow(/answered 241 MEMORY_LIMIT_EXCEEDED: too much/);
            expect((await table.resource.preview(inputs({ comment: "x" }))).failures).toEqual([]);
            expect(table.resource.state?.id).toBe("matrix.data");
        });

        it("takes a create, a change and a removal whose replies were lost for what they were", async () => {
            fake.fail({ after: "CREATE TABLE", loseReply: true });
            expect(await table.resource.up(inputs({ deletionProtection: false }))).toBe("create");
            expect(fake.writes()).toEqual(["CREATE TABLE"]);
            expect(await table.resource.refresh()).toBe(false);

            fake.fail({ after: "ALTER TABLE", loseReply: true });
            await expect(table.resource.up(inputs({ comment: "x", deletionProtection: false }))).rejects.toThrow(
                /ALTER TABLE at .* got no answer.*recorded: the next up goes on/s,
            );
            expect(await table.resource.up(inputs({ comment: "x", deletionProtection: false }))).toBe("update");
            expect(fake.writes()).toEqual(["CREATE TABLE", "ALTER TABLE"]);

            fake.fail({ after: "DROP TABLE", loseReply: true });
            await table.resource.destroy();
            expect(await table.held()).toBeUndefined();
        });

        it("records what the first of two statements did when the second is refused, and goes on", async () => {
            await table.resource.up(inputs());
            const changed = inputs({ settings: { min_rows_for_wide_part: 5 }, comment: "x" });
            fake.refusing = { statement: /RESET SETTING/, code: 36, type: "BAD_ARGUMENTS", words: "not now" };
            // The rehearsal would find it: it is not there for whoever may not make temporary tables.
            const lacking = {
                statement: /TEMPORARY|RESET SETTING/,
                code: 497,
                type: "ACCESS_DENIED",
                words: "not now",
            };
            expect((await table.resource.preview(changed)).failures[0]?.reason).toContain("not now");
            fake.refusing = lacking;
            await expect(table.resource.up(changed)).rejects.toThrow(/not now.*recorded: the next up goes on/s);
            expect(await table.held()).toContain("min_rows_for_wide_part = 5");
            fake.refusing = undefined;
            expect(await table.resource.up(changed)).toBe("update");
            expect(await table.held()).not.toContain("min_bytes_for_wide_part");
            expect(await table.resource.refresh()).toBe(false);
        });

        it("does without a rehearsal where the server, or the user, has no temporary tables", async () => {
            fake.refusing = { statement: /TEMPORARY/, code: 497, type: "ACCESS_DENIED", words: "not granted" };
            const columns = [...COLUMNS, { name: "day", type: "DATE", codec: "ZSTD" }];
            expect(await table.resource.up(inputs())).toBe("create");
            expect(await table.resource.up(inputs({ columns }))).toBe("update");
            expect(await table.resource.refresh()).toBe(false);
            expect((await table.resource.preview(inputs({ columns }))).step).toBe("same");
            const [id, name, day] = columns;
            // The same in the server's own words: changed in vain, once, and no error.
            const same = inputs({ columns: [id, name, { ...day, codec: "ZSTD(1) " }] });
            expect(await table.resource.up(same)).toBe("same");
            expect(await table.resource.up(inputs({ columns, comment: "x" }))).toBe("update");
            expect(await table.resource.refresh()).toBe(false);
        });

        it("names a change that the server takes and does not make", async () => {
            await table.resource.up(inputs());
            fake.ignoring = /^ALTER TABLE .* MODIFY COMMENT/;
            await expect(table.resource.up(inputs({ comment: "x" }))).rejects.toThrow(
                /comment: accepted by the server, and not changed.*Way out: declare what is there/s,
            );
        });

        it("checks offline what it can while values are not known yet, and plans an update", async () => {
            const unknown = { server: UNKNOWN, database: UNKNOWN, table: UNKNOWN, columns: UNKNOWN, settings: UNKNOWN };
            expect((await table.resource.preview(inputs(unknown))).failures).toEqual([]);
            const wrong = inputs({ server: { ...table.server, url: UNKNOWN }, engine: "", columns: [UNKNOWN] });
            expect((await table.resource.preview(wrong)).failures.map(({ property }) => property)).toEqual(["engine"]);
            expect(fake.requests).toEqual([]);
            await table.resource.up(inputs());
            for (const changed of [
                { columns: UNKNOWN },
                { settings: { kafka_broker_list: UNKNOWN } },
                { orderBy: UNKNOWN },
                { comment: UNKNOWN },
            ]) {
                expect(await table.resource.preview(inputs(changed))).toMatchObject({ failures: [], step: "update" });
            }
        });

        it("asks the server nothing at a preview that changes nothing", async () => {
            await table.resource.up(inputs());
            const before = fake.requests.length;
            expect((await table.resource.preview(inputs())).step).toBe("same");
            expect(fake.requests).toHaveLength(before);
        });

        it("writes nothing for a refused change, nor when only its own code is newer", async () => {
            await table.resource.up(inputs());
            await expect(table.resource.up(inputs({ orderBy: "name" }))).rejects.toThrow(/orderBy cannot change/);
            await expect(table.resource.destroy()).rejects.toThrow(/is protected/);
            table.resource.provider += "\n";
            expect(await table.resource.up(inputs())).toBe("update");
            expect((await table.resource.preview(inputs())).step).toBe("same");
            expect(fake.writes()).toEqual(["CREATE TABLE"]);
        });

        it("looks for the table at a new address, and leaves the one at the old address alone", async () => {
            await table.resource.up(inputs());
            const elsewhere = await new FakeClickHouse().up();
            elsewhere.databases.set("matrix", { engine: "Atomic", comment: "", objects: new Map() });
            const server = { ...table.server, url: elsewhere.url };
            expect(await table.resource.up(inputs({ server }))).toBe("update");
            expect(fake.databases.get("matrix")?.objects.has("data")).toBe(true);
            expect(elsewhere.databases.get("matrix")?.objects.has("data")).toBe(true);
            await elsewhere.down();
        });

        it("does not take a view, or a table, for the other", async () => {
            await table.resource.up(inputs());
            const view = object("view", "data");
            const declared = { server: view.server, database: "matrix", view: "data", query: "SELECT 1 AS n" };
            await expect(view.resource.up({ ...declared, deletionProtection: false })).rejects.toThrow(
                /matrix.data is a table of engine MergeTree, no view/,
            );
        });

        it("keeps a database whose comment its server cannot change", async () => {
            const database = object("database", "old");
            await database.resource.up({ server: database.server, database: "old" });
            fake.refusing = { statement: /MODIFY COMMENT/, code: 62, type: "SYNTAX_ERROR", words: "Syntax error" };
            await expect(
                database.resource.up({ server: database.server, database: "old", comment: "new" }),
            ).rejects.toThrow(/cannot change the comment of a database.*the database is not dropped for a comment/s);
            expect(fake.databases.has("old")).toBe(true);
        });

        it("says which view was made when its reply was lost, and which collection", async () => {
            fake.fail({ after: "CREATE VIEW", loseReply: true });
            const view = object("view", "seven");
            const query = "SELECT 7 AS n";
            expect(await view.resource.up({ server: view.server, database: "matrix", view: "seven", query })).toBe(
                "create",
            );
            fake.fail({ after: "CREATE NAMED", loseReply: true });
            const lake = object("named-collection", "lake");
            const values = { secret: "planted-secret" };
            expect(await lake.resource.up({ server: lake.server, collection: "lake", values })).toBe("create");
            fake.fail({ after: "CREATE DATABASE", loseReply: true });
            const shop = object("database", "shop");
            expect(await shop.resource.up({ server: shop.server, database: "shop" })).toBe("create");
            expect(fake.writes()).toEqual(["CREATE VIEW", "CREATE NAMED", "CREATE DATABASE"]);
        });
    });
});
