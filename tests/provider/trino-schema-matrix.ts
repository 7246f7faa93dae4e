import type { StackResource } from "../support/provider-process";
import { dropCatalog, resourceOf, sayingsWith, statement, type TrinoUnderTest } from "./trino-subject";

/** What every Trino must do about schemas, fake or real. */
export function schemaMatrix(subject: () => TrinoUnderTest): void {
    let count = 0;
    let catalog: string;
    let folder: string;
    let name: string;
    let resource: StackResource;
    const inputs = (changed: object = {}): Record<string, unknown> => ({
        server: subject().access,
        catalog,
        schema: name,
        ...changed,
    });
    const sql = (text: string) => statement(subject(), text);
    const exists = async (schema = name) =>
        (await sql(`SHOW SCHEMAS FROM "${catalog}"`)).some(([found]) => found === schema);
    const at = (place: string) => ({ properties: { location: `local:///${folder}/${place}` } });

    beforeAll(async () => {
        catalog = `${subject().prefix}_schemas`;
        folder = `${catalog}_files`;
        const properties = {
            "hive.metastore": "file",
            "hive.metastore.catalog.dir": `local:///${folder}`,
            "fs.native-local.enabled": "true",
            "local.location": subject().folder,
        };
        const list = Object.entries(properties).map(([property, value]) => `"${property}" = '${value}'`);
        await sql(`CREATE CATALOG "${catalog}" USING hive WITH (${list.join(", ")})`);
    }, 30_000);
    afterAll(() => dropCatalog(subject(), catalog));
    beforeEach(() => {
        name = `schema_${++count}`;
        resource = resourceOf(subject(), "schema");
    });

    it("creates a schema, and changes nothing the second time, though the connector adds a location", async () => {
        expect(await resource.up(inputs())).toBe("create");
        expect(await exists()).toBe(true);
        expect(resource.state).toMatchObject({
            id: `${catalog}.${name}`,
            outputs: { schema: name, observed: { "properties.location": `local:///${folder}/${name}` } },
        });
        expect(await resource.refresh()).toBe(false);
        const same = inputs({ forceDestroy: false, onExists: "fail", ...at(name) });
        expect(await resource.preview(same)).toMatchObject({ failures: [], step: "same" });
    });

    it("puts it where it is declared to be, with or without a slash at the end", async () => {
        await resource.up(inputs(at("elsewhere")));
        expect(await resource.refresh()).toBe(false);
        expect((await resource.preview(inputs(at("elsewhere/")))).step).toBe("same");
    });

    it("says what the connector has against a property", async () => {
        await expect(resource.up(inputs({ properties: { nonsense: "x" } }))).rejects.toThrow(
            /schema property 'nonsense' does not exist.*\n.*Nothing was changed/,
        );
        expect(resource.state).toBeUndefined();
    });

    it("refuses at preview to move it, and at up when somebody else has", async () => {
        await resource.up(inputs(at("one")));
        const { failures } = await resource.preview(inputs(at("two")));
        expect(failures.map(({ property }) => property)).toEqual(["properties.location"]);
        expect(failures[0]?.reason).toMatch(/location cannot change from .*one to .*two\n.*no statement.*\n.*Way out/);
        await sql(`DROP SCHEMA "${catalog}"."${name}"`);
        await sql(`CREATE SCHEMA "${catalog}"."${name}" WITH ("location" = 'local:///${folder}/two')`);
        expect(await resource.refresh()).toBe(true);
        expect(resource.state?.inputs).toMatchObject(at("two"));
        await expect(resource.up(inputs(at("one")))).rejects.toThrow(/location cannot change from .*two to .*one/);
        expect(await resource.up(inputs(at("two")))).toBe("same");
    });

    it("creates again what was dropped outside, with or without a refresh before", async () => {
        await resource.up(inputs());
        await sql(`DROP SCHEMA "${catalog}"."${name}"`);
        expect([await resource.refresh(), resource.state]).toEqual([true, undefined]);
        await resource.up(inputs());
        await sql(`DROP SCHEMA "${catalog}"."${name}"`);
        expect(await resource.up(inputs({ forceDestroy: true }))).toBe("update");
        expect(await exists()).toBe(true);
    });

    it("refuses to destroy what is protected or full, with what it holds", async () => {
        await resource.up(inputs());
        await sql(`CREATE VIEW "${catalog}"."${name}"."v" AS\nSELECT 1 one`);
        await expect(resource.destroy()).rejects.toThrow(/is protected .*\n.*It holds 1 view\. forceDestroy/);
        await resource.up(inputs({ deletionProtection: false }));
        await expect(resource.destroy()).rejects.toThrow(
            /it is not empty\n.*1 view would be lost.*\n.*forceDestroy: true/,
        );
        expect(await exists()).toBe(true);
        await resource.up(inputs({ deletionProtection: false, forceDestroy: true }));
        const again = resource.state;
        await resource.destroy();
        expect(await exists()).toBe(false);
        resource.state = again;
        await resource.destroy();
    });

    it("refuses another name while it is protected or full; otherwise replaces", async () => {
        const renamed = { schema: `${name}_renamed` };
        await resource.up(inputs());
        const refused = (await resource.preview(inputs(renamed))).failures;
        expect(refused.map(({ property }) => property)).toEqual(["schema"]);
        const open = { deletionProtection: false };
        await resource.up(inputs(open));
        await sql(`CREATE VIEW "${catalog}"."${name}"."v" AS\nSELECT 1 one`);
        const { failures } = await resource.preview(inputs({ ...open, ...renamed }));
        expect(failures[0]?.reason).toMatch(/it is not empty\n.*1 view would be lost/);
        await sql(`DROP VIEW IF EXISTS "${catalog}"."${name}"."v"`);
        expect(await resource.up(inputs({ ...open, ...renamed }))).toBe("replace");
        expect([await exists(), await exists(renamed.schema)]).toEqual([false, true]);
    });

    it("takes over what is there only when asked, and only when it is what is declared", async () => {
        await resource.up(inputs(at("taken")));
        const second = resourceOf(subject(), "schema");
        expect((await second.preview(inputs())).failures.map(({ property }) => property)).toEqual(["onExists"]);
        const open = { deletionProtection: false };
        await expect(second.up(inputs(open))).rejects.toThrow(/exists already .*adoptIfEqual/s);
        const elsewhere = { ...open, ...at("elsewhere") };
        await expect(second.up(inputs({ ...elsewhere, onExists: "adoptIfEqual" }))).rejects.toThrow(
            /is not what is declared\n {2}schema.properties.location: declared .*elsewhere, there is .*taken/,
        );
        await expect(second.up(inputs({ ...elsewhere, onExists: "adopt" }))).rejects.toThrow(/location cannot change/);
        expect(second.state).toBeUndefined();
        expect(await second.up(inputs({ ...at("taken"), onExists: "adoptIfEqual" }))).toBe("create");
    });

    it("goes on after a crash between create and record", async () => {
        await resource.up(inputs());
        resource.state = undefined;
        const again = inputs({ onExists: "adoptIfEqual" });
        expect(await resource.up(again)).toBe("create");
        expect((await resource.preview(again)).step).toBe("same");
    });

    it("says at preview that a catalog takes no schemas, and nothing about one that is not there yet", async () => {
        const { failures } = await resource.preview(inputs({ catalog: "tpch" }));
        expect(failures.map(({ property }) => property)).toEqual(["catalog"]);
        expect((await resource.preview(inputs({ catalog: "not_yet" }))).failures).toEqual([]);
        await expect(resource.up(inputs({ catalog: "not_yet" }))).rejects.toThrow(/Catalog 'not_yet' not found/);
    });

    it("calls wrong credentials by their name, never gone", async () => {
        await resource.up(inputs());
        const server = { ...subject().access, password: "planted-password" };
        const wrong = inputs({ server, deletionProtection: false });
        expect((await resource.preview(wrong)).failures.map(({ property }) => property)).toEqual(["server.password"]);
        for (const text of await sayingsWith(subject(), resource, wrong)) expect(text).toMatch(/does not accept user/);
        expect(await exists()).toBe(true);
    });
}
