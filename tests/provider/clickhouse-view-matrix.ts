import { type ClickHouseUnderTest, ObjectUnderTest } from "./clickhouse-matrix";

/** What every ClickHouse server must do with views, fake or real. */
export function viewMatrix(subject: () => ClickHouseUnderTest): void {
    let count = 0;
    let view: ObjectUnderTest;
    let source: string;
    let target: string;
    const others: ObjectUnderTest[] = [];
    const other = (name: string): ObjectUnderTest => {
        const made = new ObjectUnderTest(subject(), "view", name);
        others.push(made);
        return made;
    };
    const plain = (changed: object = {}): Record<string, unknown> => ({
        server: view.server,
        database: view.under.database,
        view: view.name,
        query: `select id, name from ${view.name}_source where id>1`,
        comment: "what is of interest",
        ...changed,
    });
    const materialised = (changed: object = {}): Record<string, unknown> =>
        plain({
            query: `SELECT id, upper(name) AS name FROM ${view.name}_source`,
            to: `${view.name}_target`,
            ...changed,
        });
    const targetRows = () => view.rows(`SELECT id, name FROM ${target} ORDER BY id`);

    beforeEach(async () => {
        view = new ObjectUnderTest(subject(), "view", `view_${++count}`);
        source = `${view.path}_source`;
        target = `${view.path}_target`;
        await view.command(
            `CREATE TABLE ${source} (id UInt64, name String) ENGINE = MergeTree ORDER BY id`,
            `CREATE TABLE ${target} (id UInt64, name String) ENGINE = MergeTree ORDER BY id`,
        );
    });
    afterEach(async () => {
        for (const made of [...others.splice(0), view]) {
            await made.command(`DROP VIEW IF EXISTS ${made.path} SYNC`).catch(() => undefined);
        }
        await view.command(`DROP TABLE IF EXISTS ${source} SYNC`, `DROP TABLE IF EXISTS ${target} SYNC`);
        await view.close();
    });

    it("creates a plain view, and finds the tables that its query names without a database", async () => {
        expect(await view.resource.up(plain())).toBe("create");
        expect(await view.held()).toBe(
            `CREATE VIEW ${view.path} (\`id\` UInt64, \`name\` String) COMMENT 'what is of interest' ` +
                `AS SELECT id, name FROM ${source} WHERE id > 1`,
        );
        expect(view.resource.state?.id).toBe(view.path);
    });

    it("creates a materialised view that fills its table", async () => {
        expect(await view.resource.up(materialised())).toBe("create");
        await view.command(`INSERT INTO ${source} (id, name) VALUES (1, 'a')`);
        expect(await targetRows()).toEqual([{ id: 1, name: "A" }]);
    });

    it("changes nothing the second time, refresh finds nothing, and another spelling is no change", async () => {
        for (const inputs of [plain(), materialised({ view: `${view.name}_other` })]) {
            const each = other(String(inputs.view));
            await each.resource.up(inputs);
            expect(await each.resource.refresh()).toBe(false);
            expect(await each.resource.preview(inputs)).toMatchObject({ failures: [], step: "same" });
        }
        await view.resource.up(plain({ onExists: "adoptIfEqual" }));
        const query = `SELECT  id,name\nFROM ${view.name}_source -- all\nWHERE id > 1;`;
        const same = plain({ query, onExists: "adoptIfEqual" });
        expect(await view.resource.preview(same)).toMatchObject({ failures: [], step: "same" });
    });

    it("changes the query of a plain view in place", async () => {
        await view.resource.up(plain());
        expect(await view.resource.up(plain({ query: `SELECT id FROM ${source}`, comment: "ids" }))).toBe("update");
        expect(await view.held()).toBe(
            `CREATE VIEW ${view.path} (\`id\` UInt64) COMMENT 'ids' AS SELECT id FROM ${source}`,
        );
        expect(await view.resource.refresh()).toBe(false);
    });

    it("changes the query of a materialised view in place, and loses no row of its table", async () => {
        await view.resource.up(materialised());
        await view.command(`INSERT INTO ${source} (id, name) VALUES (1, 'a')`);
        const query = `SELECT id, lower(name) AS name FROM ${view.name}_source`;
        expect(await view.resource.up(materialised({ query }))).toBe("update");
        await view.command(`INSERT INTO ${source} (id, name) VALUES (2, 'B')`);
        expect(await targetRows()).toEqual([
            { id: 1, name: "A" },
            { id: 2, name: "b" },
        ]);
        expect(await view.held()).toContain(`AS SELECT id, lower(name) AS name FROM ${source}`);
        expect(await view.resource.refresh()).toBe(false);
        expect((await view.resource.preview(materialised({ query }))).step).toBe("same");
    });

    it("lets a materialised view write to another table, and leaves the first as it is", async () => {
        await view.resource.up(materialised());
        await view.command(`INSERT INTO ${source} (id, name) VALUES (1, 'a')`);
        const second = `${view.path}_second`;
        await view.command(`CREATE TABLE ${second} (id UInt64, name String) ENGINE = MergeTree ORDER BY id`);
        expect(await view.resource.up(materialised({ to: second }))).toBe("update");
        await view.command(`INSERT INTO ${source} (id, name) VALUES (2, 'b')`);
        expect(await targetRows()).toEqual([{ id: 1, name: "A" }]);
        expect(await view.rows(`SELECT id FROM ${second}`)).toEqual([{ id: 2 }]);
        await view.command(`DROP VIEW ${view.path} SYNC`, `DROP TABLE ${second} SYNC`);
    });

    it("refuses to become materialised, or plain, and a table of its own", async () => {
        await view.resource.up(plain());
        const switched = await view.resource.preview(materialised());
        expect(switched.failures.map(({ property }) => property)).toEqual(["to"]);
        expect(switched.failures[0]?.reason).toMatch(
            /cannot change from plain view to materialised view\n.*\n {2}Way out: remove it/,
        );
        const own = await view.resource.preview(plain({ materialized: true }));
        expect(own.failures[0]?.reason).toMatch(/names the table that holds its rows.*declare that table/s);
    });

    it("does not touch a view of somebody else that keeps its rows in a table of its own", async () => {
        await view.command(
            `CREATE MATERIALIZED VIEW ${view.path} ENGINE = MergeTree ORDER BY id AS SELECT id, name FROM ${source}`,
        );
        const { failures } = await view.resource.preview(materialised({ onExists: "adopt" }));
        expect(failures[0]?.reason).toMatch(/keeps its rows in a table of its own.*declare a ClickHouseTable/s);
    });

    it("shows drift at refresh, and repairs it", async () => {
        await view.resource.up(materialised());
        await view.command(
            `ALTER TABLE ${view.path} MODIFY QUERY SELECT id, name FROM ${source}`,
            `ALTER TABLE ${view.path} MODIFY COMMENT 'changed'`,
        );
        expect(await view.resource.refresh()).toBe(true);
        expect(view.resource.state?.inputs).toMatchObject({
            query: `SELECT id, name FROM ${source}`,
            comment: "changed",
        });
        expect(await view.resource.up(materialised())).toBe("update");
        expect(await view.held()).toMatch(/COMMENT 'what is of interest' AS SELECT id, upper\(name\)/);
        expect(await view.resource.refresh()).toBe(false);
    });

    it("creates again what was dropped outside, with or without a refresh before", async () => {
        await view.resource.up(plain());
        const drop = () => view.command(`DROP VIEW ${view.path} SYNC`);
        await drop();
        expect([await view.resource.refresh(), view.resource.state]).toEqual([true, undefined]);
        await view.resource.up(plain());
        await drop();
        expect(await view.resource.up(plain({ deletionProtection: false }))).toBe("update");
        expect(await view.held()).toContain("WHERE id > 1");
    });

    it("takes over what is there only when asked, and only when it is equal or asked to change it", async () => {
        await view.resource.up(plain());
        const second = other(view.name);
        const preview = await second.resource.preview(plain());
        expect(preview.failures.map(({ property }) => property)).toEqual(["onExists"]);
        const equal = { onExists: "adoptIfEqual", deletionProtection: false };
        await expect(second.resource.up(plain({ ...equal, query: "SELECT 1 AS id" }))).rejects.toThrow(
            /is not what is declared\n {2}view.query: declared SELECT 1 AS id, there is SELECT id, name FROM/,
        );
        expect(await second.resource.up(plain(equal))).toBe("create");
        const third = other(view.name);
        expect(await third.resource.up(plain({ onExists: "adopt", comment: "mine" }))).toBe("create");
        expect(await view.held()).toContain("COMMENT 'mine'");
    });

    it("goes on after a crash between create and record", async () => {
        await view.resource.up(materialised());
        view.resource.state = undefined;
        const again = materialised({ onExists: "adoptIfEqual" });
        expect(await view.resource.up(again)).toBe("create");
        expect((await view.resource.preview(again)).step).toBe("same");
    });

    it("refuses to destroy, or rename, what is protected, and leaves the rows of its table", async () => {
        await view.resource.up(materialised());
        await view.command(`INSERT INTO ${source} (id, name) VALUES (1, 'a')`);
        await expect(view.resource.destroy()).rejects.toThrow(
            /is protected .*\n {2}Its rows stay in .*_target; new ones would not come there any more/s,
        );
        const renamed = await view.resource.preview(materialised({ view: "other" }));
        expect(renamed.failures.map(({ property }) => property)).toEqual(["view"]);
        await view.resource.up(materialised({ deletionProtection: false }));
        await view.resource.destroy();
        expect(await view.held()).toBeUndefined();
        expect(await targetRows()).toHaveLength(1);
    });

    it("says at preview what the server cannot read, and nothing of tables that may still come", async () => {
        const { failures } = await view.resource.preview(plain({ query: "SELECT FROM WHERE" }));
        expect(failures.map(({ property }) => property)).toEqual(["query"]);
        expect((await view.resource.preview(plain({ query: "SELECT a FROM not_there_yet" }))).failures).toEqual([]);
        const whole = await view.resource.preview(plain({ query: "CREATE VIEW v AS SELECT 1" }));
        expect(whole.failures[0]?.reason).toMatch(/begins with CREATE.*give the SELECT alone/s);
        expect(await view.held()).toBeUndefined();
    });

    it("calls a wrong password by its name, never gone", async () => {
        await view.resource.up(plain());
        const server = { ...view.server, password: "planted-password" };
        const recorded = { ...plain({ server }), __provider: view.resource.provider };
        const error: Error = await view.under.process.read(view.path, recorded).then(
            () => new Error("nothing was thrown"),
            (thrown) => thrown,
        );
        expect(error.message).toMatch(/answered 516 AUTHENTICATION_FAILED.*Way out/s);
        expect(error.message).not.toContain("planted-password");
    });
}
