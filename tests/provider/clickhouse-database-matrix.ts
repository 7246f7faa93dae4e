import { type ClickHouseUnderTest, ObjectUnderTest } from "./clickhouse-matrix";

/** What every ClickHouse server must do with databases and named collections, fake or real. */
export function databaseMatrix(subject: () => ClickHouseUnderTest): void {
    let count = 0;
    let database: ObjectUnderTest;
    const others: ObjectUnderTest[] = [];
    const other = (name: string): ObjectUnderTest => {
        const made = new ObjectUnderTest(subject(), "database", name);
        others.push(made);
        return made;
    };
    const inputs = (changed: object = {}) => ({ server: database.server, database: database.name, ...changed });
    const held = async (name = database.name) =>
        (
            await database.rows<{ engine: string; comment: string }>(
                `SELECT engine, comment FROM system.databases WHERE name = '${name}'`,
            )
        )[0];
    const fill = (): Promise<void> =>
        database.command(
            `CREATE TABLE ${database.name}.full (id UInt64) ENGINE = MergeTree ORDER BY id`,
            `INSERT INTO ${database.name}.full (id) VALUES (1), (2)`,
            `CREATE TABLE ${database.name}.nothing (id UInt64) ENGINE = Null`,
        );
    beforeEach(() => {
        database = new ObjectUnderTest(subject(), "database", `database_${++count}`);
    });
    afterEach(async () => {
        for (const made of [database, ...others.splice(0)]) {
            await made.command(`DROP DATABASE IF EXISTS ${made.name} SYNC`);
            await made.close();
        }
    });

    it("creates a database; a second preview and refresh find nothing", async () => {
        expect(await database.resource.up(inputs({ comment: "for tests" }))).toBe("create");
        expect(await held()).toEqual({ engine: "Atomic", comment: "for tests" });
        expect(await database.resource.refresh()).toBe(false);
        const same = inputs({ comment: "for tests", engine: "Atomic" });
        expect(await database.resource.preview(same)).toMatchObject({ failures: [], step: "same" });
    });

    it("changes the comment in place, with everything in it, shows drift of it, and repairs it", async () => {
        await database.resource.up(inputs({ comment: "for tests" }));
        await fill();
        expect(await database.resource.up(inputs({ comment: "it's another" }))).toBe("update");
        expect(await held()).toMatchObject({ comment: "it's another" });
        await database.command(`ALTER DATABASE ${database.name} MODIFY COMMENT 'changed'`);
        expect(await database.resource.refresh()).toBe(true);
        expect(await database.resource.up(inputs())).toBe("update");
        expect(await held()).toMatchObject({ comment: "" });
        expect(await database.rows(`SELECT count() AS rows FROM ${database.name}.full`)).toEqual([{ rows: 2 }]);
    });

    it("creates again what was dropped outside, with or without a refresh before", async () => {
        await database.resource.up(inputs());
        const drop = () => database.command(`DROP DATABASE ${database.name} SYNC`);
        await drop();
        expect([await database.resource.refresh(), database.resource.state]).toEqual([true, undefined]);
        await database.resource.up(inputs());
        await drop();
        expect(await database.resource.up(inputs({ forceDestroy: true }))).toBe("update");
        expect(await held()).toBeDefined();
    });

    it("refuses another engine, and what the server cannot read as one", async () => {
        await database.resource.up(inputs({ deletionProtection: false }));
        const { failures } = await database.resource.preview(inputs({ engine: "Memory" }));
        expect(failures.map(({ property }) => property)).toEqual(["engine"]);
        expect(failures[0]?.reason).toMatch(/cannot change from Atomic to Memory.*declare a second database/s);
        const wrong = await database.resource.preview(inputs({ engine: "Memory(" }));
        expect(wrong.failures[0]?.reason).toContain("engine is no SQL that the server can read");
    });

    it("refuses to destroy what is protected, then what is not empty, and names the tables", async () => {
        await database.resource.up(inputs());
        await fill();
        const tables = /2 tables: full with 2 rows \(\d+ bytes\), nothing/;
        await expect(database.resource.destroy()).rejects.toThrow(/is protected .*\n.*forceDestroy: true is needed/s);
        await expect(database.resource.destroy()).rejects.toThrow(tables);
        await database.resource.up(inputs({ deletionProtection: false }));
        await expect(database.resource.destroy()).rejects.toThrow(/will not be dropped: it is not empty/);
        await expect(database.resource.destroy()).rejects.toThrow(tables);
        expect(await held()).toBeDefined();
        await database.resource.up(inputs({ deletionProtection: false, forceDestroy: true }));
        await database.resource.destroy();
        expect(await held()).toBeUndefined();
    });

    it("refuses another name while it is protected, or while the old one is not empty; otherwise replaces", async () => {
        const renamed = { database: `${database.name}_renamed` };
        other(renamed.database);
        await database.resource.up(inputs());
        const { failures } = await database.resource.preview(inputs(renamed));
        expect(failures[0]).toMatchObject({ property: "database", reason: expect.stringContaining("RENAME TABLE") });
        const open = { deletionProtection: false };
        await database.resource.up(inputs(open));
        await fill();
        const full = await database.resource.preview(inputs({ ...open, ...renamed }));
        expect(full.failures[0]?.reason).toMatch(/it is not empty\n.*full with 2 rows/s);
        await database.command(`DROP TABLE ${database.name}.full SYNC`, `DROP TABLE ${database.name}.nothing SYNC`);
        expect(await database.resource.up(inputs({ ...open, ...renamed }))).toBe("replace");
        expect([await held(), (await held(renamed.database))?.engine]).toEqual([undefined, "Atomic"]);
    });

    it("takes over what is there only when asked, and only when it is equal or asked to change it", async () => {
        await database.resource.up(inputs({ comment: "ours" }));
        const second = other(database.name);
        expect((await second.resource.preview(inputs())).failures.map(({ property }) => property)).toEqual([
            "onExists",
        ]);
        const equal = { onExists: "adoptIfEqual", deletionProtection: false };
        await expect(second.resource.up(inputs({ ...equal, comment: "mine" }))).rejects.toThrow(
            /is not what is declared\n {2}database.comment: declared mine, there is ours/,
        );
        expect(await second.resource.up(inputs({ ...equal, comment: "ours" }))).toBe("create");
        const third = other(database.name);
        expect(await third.resource.up(inputs({ onExists: "adopt", comment: "mine" }))).toBe("create");
        expect(await held()).toMatchObject({ comment: "mine" });
    });

    it("goes on after a crash between create and record", async () => {
        await database.resource.up(inputs());
        database.resource.state = undefined;
        const again = inputs({ onExists: "adoptIfEqual" });
        expect(await database.resource.up(again)).toBe("create");
        expect((await database.resource.preview(again)).step).toBe("same");
    });

    it("calls a wrong password by its name, never gone", async () => {
        await database.resource.up(inputs());
        const server = { ...database.server, password: "planted-password" };
        expect((await database.resource.preview(inputs({ server }))).failures[0]).toMatchObject({
            property: "server.password",
            reason: expect.stringMatching(/516 AUTHENTICATION_FAILED.*does not know this user and password/s),
        });
    });
}

/** What every ClickHouse server must do with named collections, fake or real. */
export function namedCollectionMatrix(subject: () => ClickHouseUnderTest): void {
    let count = 0;
    let collection: ObjectUnderTest;
    const others: ObjectUnderTest[] = [];
    const VALUES = { url: "http://s3:9000/lake", access_key: "planted-key", secret: "planted-secret" };
    const inputs = (changed: object = {}) => ({
        server: collection.server,
        collection: collection.name,
        values: VALUES,
        overridable: { secret: false },
        ...changed,
    });
    const held = async () =>
        (
            await collection.rows<{ create: string }>(
                `SELECT create_query AS create FROM system.named_collections WHERE name = '${collection.name}'`,
            )
        )[0]?.create;
    beforeEach(() => {
        collection = new ObjectUnderTest(subject(), "named-collection", `collection_${++count}`);
    });
    afterEach(async () => {
        await collection.command(`DROP NAMED COLLECTION IF EXISTS ${collection.name}`);
        for (const made of [collection, ...others.splice(0)]) await made.close();
    });

    it("creates a collection; a second preview and refresh find nothing", async () => {
        expect(await collection.resource.up(inputs())).toBe("create");
        expect(await held()).toBe(
            `CREATE NAMED COLLECTION ${collection.name} AS access_key = '[HIDDEN]', ` +
                "secret = '[HIDDEN]' NOT OVERRIDABLE, url = '[HIDDEN]'",
        );
        expect(await collection.resource.refresh()).toBe(false);
        expect(await collection.resource.preview(inputs())).toMatchObject({ failures: [], step: "same" });
    });

    it("keeps values under their own input only, and out of errors", async () => {
        await collection.resource.up(inputs());
        const { id, outputs } = collection.resource.state ?? {};
        const { values, ...rest } = outputs ?? {};
        expect(values).toEqual(VALUES);
        expect(JSON.stringify([id, rest])).not.toContain("planted");
        const wrong = new ObjectUnderTest(subject(), "named-collection", "no name\0of planted-secret");
        others.push(wrong);
        await expect(wrong.resource.up(inputs({ collection: wrong.name, values: { a: 7 } }))).rejects.toThrow(
            /values.a: .*the value is no text/,
        );
    });

    it("changes, adds and removes values in one statement, and sees that another password is a change", async () => {
        await collection.resource.up(inputs());
        const { access_key: _gone, ...kept } = VALUES;
        const changed = inputs({ values: { ...kept, secret: "planted-other", region: "here" } });
        expect(await collection.resource.up(changed)).toBe("update");
        expect(await held()).toBe(
            `CREATE NAMED COLLECTION ${collection.name} AS region = '[HIDDEN]', ` +
                "secret = '[HIDDEN]' NOT OVERRIDABLE, url = '[HIDDEN]'",
        );
        expect((await collection.resource.preview(inputs({ values: { ...kept, region: "here" } }))).step).toBe(
            "update",
        );
        expect((await collection.resource.preview(changed)).step).toBe("same");
    });

    it("shows a value that was added or removed at refresh, and repairs it", async () => {
        await collection.resource.up(inputs());
        await collection.command(`ALTER NAMED COLLECTION ${collection.name} SET extra = 'x' DELETE url`);
        expect(await collection.resource.refresh()).toBe(true);
        expect(await collection.resource.up(inputs())).toBe("update");
        expect(await held()).toMatch(/ AS access_key = '\[HIDDEN\]', secret = .*, url = '\[HIDDEN\]'$/);
        expect(await collection.resource.refresh()).toBe(false);
    });

    it("creates again what was dropped outside", async () => {
        await collection.resource.up(inputs());
        await collection.command(`DROP NAMED COLLECTION ${collection.name}`);
        expect([await collection.resource.refresh(), collection.resource.state]).toEqual([true, undefined]);
        expect(await collection.resource.up(inputs())).toBe("create");
    });

    it("takes over what is there when asked to give it its values, and never for equal", async () => {
        await collection.resource.up(inputs());
        const second = new ObjectUnderTest(subject(), "named-collection", collection.name);
        others.push(second);
        const { failures } = await second.resource.preview(inputs({ onExists: "adoptIfEqual" }));
        expect(failures[0]?.reason).toMatch(/cannot be seen.*shows the values of a collection to nobody.*"adopt"/s);
        await expect(second.resource.up(inputs({ deletionProtection: false }))).rejects.toThrow(/exists already/);
        expect(await second.resource.up(inputs({ onExists: "adopt" }))).toBe("create");
    });

    it("refuses to destroy, or rename, what is protected, and destroys what is not", async () => {
        await collection.resource.up(inputs());
        await expect(collection.resource.destroy()).rejects.toThrow(/is protected .*that name it would fail/s);
        const { failures } = await collection.resource.preview(inputs({ collection: "other" }));
        expect(failures.map(({ property }) => property)).toEqual(["collection"]);
        await collection.resource.up(inputs({ deletionProtection: false }));
        await collection.resource.destroy();
        expect(await held()).toBeUndefined();
    });
}
