import type { StackResource } from "../support/provider-process";
import { connectorOf, dropCatalog, resourceOf, sayingsWith, statement, type TrinoUnderTest } from "./trino-subject";

const SIZE = "memory.max-data-per-node";

/** What every Trino must do about catalogs, fake or real. */
export function catalogMatrix(subject: () => TrinoUnderTest): void {
    let count = 0;
    let name: string;
    let resource: StackResource;
    // Another connector is jmx here: every catalog of tpch first makes a text of 300 MB.
    const inputs = (changed: object = {}): Record<string, unknown> => ({
        server: subject().access,
        catalog: name,
        connector: "memory",
        properties: { [SIZE]: "10MB" },
        ...changed,
    });
    const sql = (text: string) => statement(subject(), text);
    const held = (catalog = name) => connectorOf(subject(), catalog);
    const fill = async () => {
        await sql(`CREATE SCHEMA "${name}"."sales"`);
        await sql(`CREATE TABLE "${name}"."sales"."orders" AS SELECT 1 AS id`);
    };
    beforeEach(() => {
        name = `${subject().prefix}_catalog_${++count}`;
        resource = resourceOf(subject(), "catalog");
    });
    afterEach(async () => {
        for (const catalog of [name, `${name}_renamed`]) await dropCatalog(subject(), catalog);
    });

    it("creates a catalog, and changes nothing the second time", async () => {
        expect(await resource.up(inputs())).toBe("create");
        expect(await held()).toBe("memory");
        expect(resource.state).toMatchObject({ id: name, outputs: { catalog: name, usable: true } });
        expect(await resource.refresh()).toBe(false);
        const same = inputs({ onExists: "fail", forceDestroy: false, allowPlainSecrets: false });
        expect(await resource.preview(same)).toMatchObject({ failures: [], step: "same" });
    });

    it("sees no change in the order of properties, or in a number for its text", async () => {
        const properties = { [SIZE]: "10MB", "memory.splits-per-node": "2" };
        await resource.up(inputs({ properties }));
        const same = { "memory.splits-per-node": 2, [SIZE]: "10MB" };
        expect((await resource.preview(inputs({ properties: same }))).step).toBe("same");
    });

    it("gives the server a reference in place of a secret", async () => {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Trino's own form of a reference.
        const reference = "${ENV:NOBODY}";
        const known = reference.replace("NOBODY", subject().secret);
        await expect(resource.up(inputs({ properties: { [SIZE]: reference } }))).rejects.toThrow(
            /cannot be created\n.*Environment variable is not set: NOBODY.*\n.*Way out: .*secrets: \{ NOBODY: … \}.*\n.*Nothing was changed/,
        );
        expect([resource.state, await held()]).toEqual([undefined, undefined]);
        expect(await resource.up(inputs({ properties: { [SIZE]: known } }))).toBe("create");
    });

    it("shows at refresh that somebody made it another catalog, and makes it again what is declared", async () => {
        await resource.up(inputs());
        await dropCatalog(subject(), name);
        await sql(`CREATE CATALOG "${name}" USING jmx`);
        expect(await resource.refresh()).toBe(true);
        expect(resource.state?.inputs).toMatchObject({ connector: "jmx" });
        expect(await resource.up(inputs())).toBe("update");
        expect(await held()).toBe("memory");
        expect(await resource.refresh()).toBe(false);
    });

    it("creates again what was dropped outside, with or without a refresh before", async () => {
        await resource.up(inputs());
        await dropCatalog(subject(), name);
        expect([await resource.refresh(), resource.state]).toEqual([true, undefined]);
        await resource.up(inputs());
        await dropCatalog(subject(), name);
        expect(await resource.up(inputs({ forceDestroy: true }))).toBe("update");
        expect(await held()).toBe("memory");
    });

    it("changes properties and connector in place", async () => {
        await resource.up(inputs());
        expect(await resource.up(inputs({ properties: { [SIZE]: "20MB" } }))).toBe("update");
        expect(await held()).toBe("memory");
        expect(await resource.up(inputs({ connector: "jmx", properties: {} }))).toBe("update");
        expect(await held()).toBe("jmx");
        expect(await resource.refresh()).toBe(false);
    });

    it("puts the old definition back when the new one does not work, and says why", async () => {
        await resource.up(inputs());
        await expect(resource.up(inputs({ properties: { [SIZE]: "much", "no.such": "1" } }))).rejects.toThrow(
            /the new definition does not work\n(.*\n)+.*Invalid value 'much'(.*\n)+.*'no.such' was not used(.*\n)+.*old definition was put back/,
        );
        expect(await held()).toBe("memory");
        expect(resource.state?.inputs).toMatchObject({ properties: { [SIZE]: "10MB" } });
        const silent = {
            connector: "postgresql",
            properties: { "connection-url": "jdbc:postgresql://nowhere:5432/x" },
        };
        await expect(resource.up(inputs({ ...silent, timeouts: { ready: 1 } }))).rejects.toThrow(
            /does not work\n.*Error listing schemas(.*\n)+.*old definition was put back/,
        );
        expect(await held()).toBe("memory");
        expect(await resource.refresh()).toBe(false);
        expect(await resource.up(inputs())).toBe("same");
    });

    it("refuses at preview a change that would lose what lives in the catalog, unless told", async () => {
        await resource.up(inputs());
        await fill();
        const changed = inputs({ properties: { [SIZE]: "20MB" } });
        const { failures } = await resource.preview(changed);
        expect(failures.map(({ property }) => property)).toEqual([`properties["${SIZE}"]`]);
        expect(failures[0]?.reason).toMatch(/no ALTER CATALOG.*keeps 1 schema and 1 table in the catalog.*\n.*Way out/);
        expect(await sql(`SHOW SCHEMAS FROM "${name}"`)).toContainEqual(["sales"]);
        expect(await resource.up({ ...changed, forceDestroy: true })).toBe("update");
        expect(await sql(`SHOW SCHEMAS FROM "${name}"`)).not.toContainEqual(["sales"]);
    });

    it("records a catalog that does not answer, and goes on from there", async () => {
        const silent = inputs({
            connector: "postgresql",
            properties: { "connection-url": "jdbc:postgresql://nowhere:5432/x", "connection-user": "ann" },
            timeouts: { ready: 1 },
        });
        await expect(resource.up(silent)).rejects.toThrow(
            /is loaded, and does not answer within 1 s\n.*SHOW SCHEMAS.*Error listing schemas.*\n.*Way out.*\n.*recorded/,
        );
        expect(resource.state).toMatchObject({ id: name, outputs: { usable: false } });
        await expect(resource.up(silent)).rejects.toThrow(/does not answer within 1 s/);
        expect(await resource.up(inputs())).toBe("update");
        expect(resource.state).toMatchObject({ outputs: { usable: true } });
        expect((await resource.preview(inputs())).step).toBe("same");
    });

    it("refuses to destroy what is protected or full, with what would be lost", async () => {
        await resource.up(inputs());
        await fill();
        await expect(resource.destroy()).rejects.toThrow(/is protected .*\n.*It holds 1 schema and 1 table/);
        await resource.up(inputs({ deletionProtection: false }));
        await expect(resource.destroy()).rejects.toThrow(
            /will not be deleted: it is not empty\n.*1 schema and 1 table would be lost.*\n.*forceDestroy: true/,
        );
        expect(await held()).toBe("memory");
        await resource.up(inputs({ deletionProtection: false, forceDestroy: true }));
        const again = resource.state;
        await resource.destroy();
        expect(await held()).toBeUndefined();
        resource.state = again;
        await resource.destroy();
    });

    it("refuses another name while it is protected or full; otherwise replaces", async () => {
        const renamed = { catalog: `${name}_renamed` };
        await resource.up(inputs());
        const { failures } = await resource.preview(inputs(renamed));
        expect(failures.map(({ property }) => property)).toEqual(["catalog"]);
        expect(failures[0]?.reason).toMatch(/while deletionProtection is on\n.*does not rename/);
        const open = { deletionProtection: false };
        await resource.up(inputs(open));
        await fill();
        expect((await resource.preview(inputs({ ...open, ...renamed }))).failures[0]?.reason).toMatch(
            /it is not empty\n.*1 schema and 1 table/,
        );
        await sql(`DROP TABLE "${name}"."sales"."orders"`);
        await sql(`DROP SCHEMA "${name}"."sales"`);
        expect(await resource.up(inputs({ ...open, ...renamed }))).toBe("replace");
        expect([await held(), await held(renamed.catalog)]).toEqual([undefined, "memory"]);
    });

    it("takes over what is there only when asked to make it anew, since properties cannot be compared", async () => {
        await sql(`CREATE CATALOG "${name}" USING memory`);
        const { failures } = await resource.preview(inputs());
        expect(failures.map(({ property }) => property)).toEqual(["onExists"]);
        const equal = { onExists: "adoptIfEqual", deletionProtection: false };
        await expect(resource.up(inputs(equal))).rejects.toThrow(/cannot be known\n.*\n.*Way out: .*"adopt"/);
        await expect(resource.up(inputs({ ...equal, connector: "tpch", properties: {} }))).rejects.toThrow(
            /is not what is declared\n {2}catalog.connector: declared tpch, there is memory/,
        );
        expect(resource.state).toBeUndefined();
        await fill();
        const adopt = inputs({ onExists: "adopt" });
        expect((await resource.preview(adopt)).failures[0]?.reason).toMatch(
            /cannot be taken over\n.*1 schema and 1 table/,
        );
        await sql(`DROP TABLE "${name}"."sales"."orders"`);
        await sql(`DROP SCHEMA "${name}"."sales"`);
        expect(await resource.up(adopt)).toBe("create");
        expect((await resource.preview(adopt)).step).toBe("same");
    });

    it("leaves a catalog of somebody else alone when what is declared would not work in its place", async () => {
        await sql(`CREATE CATALOG "${name}" USING memory`);
        const wrong = inputs({ onExists: "adopt", properties: { "no.such": "1" } });
        await expect(resource.up(wrong)).rejects.toThrow(
            /cannot be taken over: what is declared does not work, tried under another name\n(.*\n)*.*'no.such' was not used(.*\n)+.*Nothing was changed/,
        );
        expect([resource.state, await held()]).toEqual([undefined, "memory"]);
        expect(await held(`millrace_trial_${name}`)).toBeUndefined();
    });

    it("goes on after a crash between create and record", async () => {
        await resource.up(inputs());
        resource.state = undefined;
        const again = inputs({ onExists: "adopt" });
        expect(await resource.up(again)).toBe("create");
        expect((await resource.preview(again)).step).toBe("same");
    });

    it("calls wrong credentials by their name, never gone, and keeps them to itself", async () => {
        await resource.up(inputs());
        const server = { ...subject().access, password: "planted-password" };
        const wrong = inputs({ server, deletionProtection: false });
        const { failures } = await resource.preview(wrong);
        expect(failures.map(({ property }) => property)).toEqual(["server.password"]);
        const said = await sayingsWith(subject(), resource, wrong);
        for (const text of said) expect(text).toMatch(/answered 401.*\n.*does not accept user/);
        expect([...said, failures[0]?.reason, subject().process.output].join()).not.toContain("planted-password");
        expect(await held()).toBe("memory");
    });
}
