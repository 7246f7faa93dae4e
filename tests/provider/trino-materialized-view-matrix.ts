import type { StackResource } from "../support/provider-process";
import { dropCatalog, resourceOf, sayingsWith, statement, type TrinoUnderTest } from "./trino-subject";

const QUERY = "select regionkey, count(*) as nations from tpch.tiny.nation group by regionkey";

/** What every Trino must do about materialized views beyond what it must do about views, fake or real. */
export function materializedViewMatrix(subject: () => TrinoUnderTest): void {
    let count = 0;
    let catalog: string;
    let name: string;
    let resource: StackResource;
    const inputs = (changed: object = {}): Record<string, unknown> => ({
        server: subject().access,
        catalog,
        schema: "marts",
        view: name,
        sql: QUERY,
        comment: "by region",
        properties: { format: "ORC" },
        ...changed,
    });
    const sql = (text: string) => statement(subject(), text);
    const full = (view = name) => `"${catalog}"."marts"."${view}"`;
    const shown = async (view = name) =>
        sql(`SHOW CREATE MATERIALIZED VIEW ${full(view)}`).then(
            (rows) => String(rows[0]?.[0]),
            () => undefined,
        );

    beforeAll(async () => {
        catalog = `${subject().prefix}_lake`;
        const properties = {
            "iceberg.catalog.type": "TESTING_FILE_METASTORE",
            "hive.metastore.catalog.dir": `local:///${catalog}_files`,
            "fs.native-local.enabled": "true",
            "local.location": subject().folder,
        };
        const list = Object.entries(properties).map(([property, value]) => `"${property}" = '${value}'`);
        await sql(`CREATE CATALOG "${catalog}" USING iceberg WITH (${list.join(", ")})`);
        await sql(`CREATE SCHEMA "${catalog}"."marts"`);
    }, 60_000);
    afterAll(() => dropCatalog(subject(), catalog));
    beforeEach(() => {
        name = `rollup_${++count}`;
        resource = resourceOf(subject(), "materializedView");
    });

    it("creates one with its rows, and changes nothing the second time, whatever the connector adds", async () => {
        expect(await resource.up(inputs())).toBe("create");
        expect(await shown()).toMatch(
            /COMMENT 'by region'\s+WITH \(\s+format = 'ORC'[^)]*location = [^)]*\) AS\s+SELECT/,
        );
        expect(resource.state).toMatchObject({ id: `${catalog}.marts.${name}`, outputs: { usable: true } });
        expect(await resource.refresh()).toBe(false);
        expect(await resource.preview(inputs({ refresh: true }))).toMatchObject({ failures: [], step: "same" });
    });

    it("shows at refresh that somebody made it another view, and makes it again what is declared", async () => {
        await resource.up(inputs());
        await sql(`CREATE OR REPLACE MATERIALIZED VIEW ${full()} COMMENT 'mine' AS\nSELECT 1 one`);
        expect(await resource.refresh()).toBe(true);
        expect(resource.state?.inputs).toMatchObject({ sql: "SELECT 1 one", comment: "mine" });
        expect(resource.state?.inputs).toMatchObject({ properties: { format: "PARQUET" } });
        expect(await resource.up(inputs())).toBe("update");
        expect(await shown()).toMatch(/by region.*ORC.*regionkey/s);
        expect(await resource.refresh()).toBe(false);
    });

    it("creates again what was dropped outside", async () => {
        await resource.up(inputs());
        await sql(`DROP MATERIALIZED VIEW IF EXISTS ${full()}`);
        expect([await resource.refresh(), resource.state]).toEqual([true, undefined]);
        expect(await resource.up(inputs())).toBe("create");
    });

    it("changes query, comment and properties in place, and leaves alone what is not declared", async () => {
        await resource.up(inputs());
        expect(await resource.up(inputs({ comment: "each", sql: "SELECT 2 AS two" }))).toBe("update");
        expect(await shown()).toMatch(/each.*ORC.*SELECT 2 two/s);
        const bare = { ...inputs({ sql: "SELECT 2 AS two" }), comment: undefined, properties: undefined };
        expect(await resource.up(bare)).toBe("update");
        expect(await resource.refresh()).toBe(false);
        expect((await resource.preview(bare)).step).toBe("same");
    });

    it("records one whose rows cannot be computed, and goes on from there", async () => {
        const broken = inputs({ sql: "SELECT regionkey / 0 AS x FROM tpch.tiny.nation" });
        await expect(resource.up(broken)).rejects.toThrow(/DIVISION_BY_ZERO.*\n.*recorded: the next up goes on/);
        expect(resource.state).toMatchObject({ outputs: { usable: false } });
        await expect(resource.up(broken)).rejects.toThrow(/DIVISION_BY_ZERO/);
        expect(await resource.up({ ...broken, refresh: false })).toBe("update");
        expect(await resource.up(inputs())).toBe("update");
        expect(resource.state).toMatchObject({ outputs: { usable: true } });
    });

    it("refuses at preview what Trino would refuse, and a catalog that keeps none", async () => {
        const unnamed = await resource.preview(inputs({ sql: "SELECT 1 AS one, 2" }));
        expect(unnamed.failures[0]?.reason).toMatch(/sql is not accepted\n.*position 2/);
        const elsewhere = await resource.preview(inputs({ catalog: "tpch" }));
        expect(elsewhere.failures.map(({ property }) => property)).toEqual(["catalog"]);
        expect(elsewhere.failures[0]?.reason).toMatch(/keeps no materialized views\n.*\n.*catalog of iceberg/);
    });

    it("does not touch a plain view that has its name", async () => {
        await sql(`CREATE VIEW ${full()} AS\nSELECT 1 one`);
        const { failures } = await resource.preview(inputs({ onExists: "adopt" }));
        expect(failures.map(({ property }) => property)).toEqual(["view"]);
        expect(failures[0]?.reason).toMatch(/is a view, not a materialized view/);
    });

    it("refuses to destroy what is protected; otherwise drops it, and one that is gone already", async () => {
        await resource.up(inputs({ refresh: false }));
        await expect(resource.destroy()).rejects.toThrow(/is protected .*\n.*computed again.*\n.*Way out/);
        await resource.up(inputs({ deletionProtection: false, refresh: false }));
        const again = resource.state;
        await resource.destroy();
        expect(await shown()).toBeUndefined();
        resource.state = again;
        await resource.destroy();
    });

    it("takes over what is there only when asked, and only when it means the same, after a crash too", async () => {
        await resource.up(inputs());
        resource.state = undefined;
        expect((await resource.preview(inputs())).failures.map(({ property }) => property)).toEqual(["onExists"]);
        const equal = { onExists: "adoptIfEqual", deletionProtection: false };
        await expect(resource.up(inputs({ ...equal, properties: { format: "AVRO" } }))).rejects.toThrow(
            /is not what is declared\n {2}view.properties.format: declared AVRO, there is ORC/,
        );
        expect(await resource.up(inputs({ ...equal, sql: QUERY.replace(" as ", " ") }))).toBe("create");
    });

    it("calls wrong credentials by their name, never gone", async () => {
        await resource.up(inputs({ refresh: false }));
        const server = { ...subject().access, password: "planted-password" };
        const wrong = inputs({ server, deletionProtection: false });
        expect((await resource.preview(wrong)).failures.map(({ property }) => property)).toEqual(["server.password"]);
        for (const text of await sayingsWith(subject(), resource, wrong)) expect(text).toMatch(/does not accept user/);
        expect(await shown()).toBeDefined();
    });
}
