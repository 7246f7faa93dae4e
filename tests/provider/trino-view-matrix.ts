import type { StackResource } from "../support/provider-process";
import { dropCatalog, resourceOf, sayingsWith, statement, type TrinoUnderTest } from "./trino-subject";

const QUERY = `-- Who is where
select n.name as nation, r.name region
  from tpch.tiny.nation n
  join tpch.tiny.region r using (regionkey);`;

/** What every Trino must do about views, fake or real. */
export function viewMatrix(subject: () => TrinoUnderTest): void {
    let count = 0;
    let catalog: string;
    let name: string;
    let resource: StackResource;
    const inputs = (changed: object = {}): Record<string, unknown> => ({
        server: subject().access,
        catalog,
        schema: "views",
        view: name,
        sql: QUERY,
        comment: "It's größer",
        ...changed,
    });
    const sql = (text: string) => statement(subject(), text);
    const full = (view = name) => `"${catalog}"."views"."${view}"`;
    const shown = async (view = name) =>
        sql(`SHOW CREATE VIEW ${full(view)}`).then(
            (rows) => String(rows[0]?.[0]),
            () => undefined,
        );

    beforeAll(async () => {
        catalog = `${subject().prefix}_views`;
        await sql(`CREATE CATALOG "${catalog}" USING memory`);
        await sql(`CREATE SCHEMA "${catalog}"."views"`);
    }, 30_000);
    afterAll(() => dropCatalog(subject(), catalog));
    beforeEach(() => {
        name = `view_${++count}`;
        resource = resourceOf(subject(), "view");
    });

    it("creates a view, and changes nothing the second time, however the server writes it", async () => {
        expect(await resource.up(inputs({ security: "INVOKER" }))).toBe("create");
        expect(await shown()).toMatch(/COMMENT 'It''s größer' SECURITY INVOKER AS\s+SELECT\s+n.name nation/);
        expect(resource.state).toMatchObject({
            id: `${catalog}.views.${name}`,
            outputs: {
                view: name,
                observed: { sql: expect.stringMatching(/^select n \. name nation , r \. name region/) },
            },
        });
        expect(await resource.refresh()).toBe(false);
        expect(await resource.preview(inputs({ security: "INVOKER" }))).toMatchObject({ failures: [], step: "same" });
    });

    it("sees no change in blanks, comments, capitals, a semicolon, a spelled-out default or the server's own form", async () => {
        await resource.up(inputs());
        const held = (await shown())?.replace(/^.*? AS\n/s, "");
        for (const same of [
            { security: "DEFINER" },
            {
                sql: QUERY.replace(/--.*\n/, "")
                    .toUpperCase()
                    .replaceAll("\n", "\t"),
            },
            { sql: held },
            { onExists: "fail" },
        ]) {
            expect((await resource.preview(inputs(same))).step).toBe("same");
        }
    });

    it("shows drift at refresh, and repairs it", async () => {
        await resource.up(inputs());
        await sql(`CREATE OR REPLACE VIEW ${full()} COMMENT 'mine' SECURITY INVOKER AS\nSELECT 1 one`);
        expect(await resource.refresh()).toBe(true);
        expect(resource.state?.inputs).toMatchObject({ sql: "SELECT 1 one", security: "INVOKER", comment: "mine" });
        expect(await resource.up(inputs())).toBe("update");
        expect(await shown()).toMatch(/größer' SECURITY DEFINER AS\s+SELECT\s+n.name nation/);
        expect(await resource.refresh()).toBe(false);

        await sql(`COMMENT ON VIEW ${full()} IS NULL`);
        expect(await resource.refresh()).toBe(true);
        expect(resource.state?.inputs).not.toHaveProperty("comment");
        expect(await resource.up(inputs())).toBe("update");
        expect(await shown()).toContain("größer");
    });

    it("creates again what was dropped outside, with or without a refresh before", async () => {
        await resource.up(inputs());
        await sql(`DROP VIEW IF EXISTS ${full()}`);
        expect([await resource.refresh(), resource.state]).toEqual([true, undefined]);
        await resource.up(inputs());
        await sql(`DROP VIEW IF EXISTS ${full()}`);
        expect(await resource.up(inputs({ comment: "again" }))).toBe("update");
        expect(await shown()).toContain("again");
    });

    it("changes query, security and comment in place", async () => {
        await resource.up(inputs());
        expect(await resource.up(inputs({ sql: "SELECT 2 AS two" }))).toBe("update");
        expect(await shown()).toMatch(/SELECT 2 two/);
        expect(await resource.up(inputs({ sql: "SELECT 2 AS two", security: "INVOKER" }))).toBe("update");
        expect(await shown()).toMatch(/INVOKER AS\s+SELECT 2 two/);
        expect(await resource.up({ ...inputs({ sql: "SELECT 2 AS two" }), comment: undefined })).toBe("update");
        expect(await shown()).toMatch(/views"?\."?\w+"? SECURITY DEFINER AS\s+SELECT 2 two/);
        expect(await resource.refresh()).toBe(false);
    });

    it("writes nothing when the same query is only written otherwise", async () => {
        await resource.up(inputs());
        const before = await shown();
        expect(await resource.up(inputs({ sql: QUERY.replace("r.name region", "r.name AS region") }))).toBe("update");
        expect(await shown()).toBe(before);
        expect(await resource.refresh()).toBe(false);
    });

    it("refuses at preview what Trino would refuse, with the place in the query", async () => {
        await resource.up(inputs());
        const { failures } = await resource.preview(inputs({ sql: "SELECT 1 AS one,\n       2" }));
        expect(failures.map(({ property }) => property)).toEqual(["sql"]);
        expect(failures[0]?.reason).toMatch(
            /sql is not accepted\n.*MISSING_COLUMN_NAME: Column name not specified at position 2/,
        );
        const twice = await resource.preview(inputs({ sql: "SELECT 1 AS one, 2 AS one" }));
        expect(twice.failures[0]?.reason).toMatch(/'one' specified more than once/);
        await expect(resource.up(inputs({ sql: "SELECT 1 AS one, 2" }))).rejects.toThrow(/position 2/);
        expect(await shown()).toContain("nation");
    });

    it("tells at preview of a relation that is not there yet, and fails at up with the place in the query", async () => {
        const missing = inputs({ sql: `SELECT id AS one\n  FROM ${full("not_yet")}` });
        expect((await resource.preview(missing)).failures).toEqual([]);
        const told = `TrinoView "${catalog}.views.${name}": line 2, column 8: TABLE_NOT_FOUND`;
        expect(subject().process.output).toContain(told);
        await expect(resource.up(missing)).rejects.toThrow(
            /sql is not accepted: line 2, column 8\n.*not_yet' does not exist.*\n.*Nothing was changed/,
        );
        expect(resource.state).toBeUndefined();
    });

    it("says at preview that a catalog keeps no views, and nothing about one that is not there yet", async () => {
        const { failures } = await resource.preview(inputs({ catalog: "tpch" }));
        expect(failures.map(({ property }) => property)).toEqual(["catalog"]);
        expect((await resource.preview(inputs({ catalog: "not_yet" }))).failures).toEqual([]);
    });

    it("does not touch a table that has its name", async () => {
        await sql(`CREATE TABLE ${full()} AS SELECT 1 AS id`);
        const { failures } = await resource.preview(inputs({ onExists: "adopt" }));
        expect(failures.map(({ property }) => property)).toEqual(["view"]);
        expect(failures[0]?.reason).toMatch(/taken by what is no such view\n.*is a table, not a view/);
        await sql(`DROP TABLE ${full()}`);

        await resource.up(inputs({ deletionProtection: false }));
        await sql(`DROP VIEW IF EXISTS ${full()}`);
        await sql(`CREATE TABLE ${full()} AS SELECT 1 AS id`);
        await resource.destroy();
        await expect(sql(`SHOW CREATE VIEW ${full()}`)).rejects.toThrow(/is a table, not a view/);
        await sql(`DROP TABLE ${full()}`);
    });

    it("refuses to destroy what is protected; otherwise drops it, and one that is gone already", async () => {
        await resource.up(inputs());
        await expect(resource.destroy()).rejects.toThrow(/is protected .*\n.*find nothing.*\n.*Way out/);
        expect(await shown()).toBeDefined();
        await resource.up(inputs({ deletionProtection: false }));
        const again = resource.state;
        await resource.destroy();
        expect(await shown()).toBeUndefined();
        resource.state = again;
        await resource.destroy();
    });

    it("refuses another name while it is protected; otherwise replaces", async () => {
        const renamed = { view: `${name}_renamed` };
        await resource.up(inputs());
        expect((await resource.preview(inputs(renamed))).failures.map(({ property }) => property)).toEqual(["view"]);
        await resource.up(inputs({ deletionProtection: false }));
        expect(await resource.up(inputs({ ...renamed, deletionProtection: false }))).toBe("replace");
        expect([await shown(), await shown(renamed.view)]).toEqual([undefined, expect.any(String)]);
    });

    it("takes over what is there only when asked, and only when it means the same or asked to change it", async () => {
        await sql(`CREATE VIEW ${full()} COMMENT 'theirs' AS\nSELECT 1 AS one`);
        const theirs = { sql: "select 1 one", comment: "theirs" };
        expect((await resource.preview(inputs(theirs))).failures.map(({ property }) => property)).toEqual(["onExists"]);
        const open = { deletionProtection: false };
        await expect(resource.up(inputs({ ...theirs, ...open }))).rejects.toThrow(/exists already .*adoptIfEqual/s);
        const equal = { ...open, onExists: "adoptIfEqual" };
        await expect(resource.up(inputs({ ...theirs, ...equal, sql: "SELECT 2 AS one" }))).rejects.toThrow(
            /is not what is declared\n {2}view.sql: declared select 2 one, there is select 1 one/,
        );
        expect(resource.state).toBeUndefined();
        expect(await resource.up(inputs({ ...theirs, ...equal, sql: "SELECT /* the */ 1 AS one" }))).toBe("create");
        const third = resourceOf(subject(), "view");
        expect(await third.up(inputs({ onExists: "adopt" }))).toBe("create");
        expect(await shown()).toContain("nation");
    });

    it("goes on after a crash between create and record", async () => {
        await resource.up(inputs());
        resource.state = undefined;
        const again = inputs({ onExists: "adoptIfEqual" });
        expect(await resource.up(again)).toBe("create");
        expect((await resource.preview(again)).step).toBe("same");
    });

    it("calls wrong credentials by their name, never gone", async () => {
        await resource.up(inputs());
        const server = { ...subject().access, password: "planted-password" };
        const wrong = inputs({ server, deletionProtection: false });
        expect((await resource.preview(wrong)).failures.map(({ property }) => property)).toEqual(["server.password"]);
        for (const text of await sayingsWith(subject(), resource, wrong)) expect(text).toMatch(/does not accept user/);
        expect(await shown()).toBeDefined();
    });
}
