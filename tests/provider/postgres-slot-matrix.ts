import { Client } from "pg";
import { UNKNOWN } from "../../resources/lifecycle";
import { inDatabase, LossyWire, PostgresObject, type PostgresUnderTest } from "./postgres-subject";

/** What every server must do with replication slots. A table `person` has to be there, and a publication of it. */
export function slotMatrix(subject: () => PostgresUnderTest): void {
    let count = 0;
    let name: string;
    let slot: PostgresObject;
    const made = (): PostgresObject => new PostgresObject(subject(), "slot", subject().capture);
    const inputs = (changed: object = {}): Record<string, unknown> => ({ server: slot.server, slot: name, ...changed });
    const open = (changed: object = {}) => inputs({ deletionProtection: false, ...changed });
    const asCapture = (...sql: string[]) => inDatabase(subject(), subject().capture, ...sql);
    const change = (id: number) =>
        inDatabase(subject(), subject().owner, `INSERT INTO person VALUES (${1_000 * count + id}, 'somebody')`);
    const held = async (which = name) =>
        (await asCapture(`SELECT plugin, database, active FROM pg_replication_slots WHERE slot_name = '${which}'`))[0];
    const drop = (which: string) =>
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${which}'`;
    beforeEach(() => {
        name = `matrix_${++count}`;
        slot = made();
    });
    afterEach(() => asCapture(drop(name), drop(`${name}_renamed`)));

    it("creates a logical slot of pgoutput, and says how much log is kept for it", async () => {
        expect(await slot.resource.up(inputs())).toBe("create");
        expect(await held()).toEqual({ plugin: "pgoutput", database: subject().database, active: false });
        expect(slot.resource.state).toMatchObject({ id: name, outputs: { slot: name, usable: true } });
        expect(subject().process.output).toMatch(
            new RegExp(`"${name}": [\\d.]+ MB of write-ahead log kept, [\\d.]+ MB before it is lost; nobody reads it`),
        );
    });

    it("changes nothing the second time, and refresh finds nothing", async () => {
        await slot.resource.up(inputs());
        await change(1);
        expect(await slot.resource.refresh()).toBe(false);
        const same = inputs({ plugin: "pgoutput", forceDestroy: false });
        expect(await slot.resource.preview(same)).toMatchObject({ failures: [], step: "same" });
    });

    it("creates again what was deleted outside, with or without a refresh before, and says what that means", async () => {
        await slot.resource.up(inputs());
        await asCapture(drop(name));
        expect([await slot.resource.refresh(), slot.resource.state]).toEqual([true, undefined]);
        await slot.resource.up(inputs());
        await asCapture(drop(name));
        expect(await slot.resource.up(inputs({ forceDestroy: true }))).toBe("update");
        expect(await held()).toBeDefined();
        expect(subject().process.output).toMatch(/made anew; changes since its loss will never be told.*snapshot/);
    });

    it("changes in place what is not the slot's own", async () => {
        await slot.resource.up(inputs());
        expect(await slot.resource.up(inputs({ forceDestroy: true }))).toBe("update");
        expect((await slot.resource.preview(inputs({ forceDestroy: true }))).step).toBe("same");
    });

    it("refuses another plugin, another database and, while protected, another name", async () => {
        await slot.resource.up(inputs());
        const changed = inputs({ plugin: "test_decoding", server: { ...slot.server, database: "other" } });
        const { failures } = await slot.resource.preview(changed);
        expect(failures.map(({ property }) => property)).toEqual(["plugin", "server.database"]);
        expect(failures[0]?.reason).toMatch(/cannot change from pgoutput to test_decoding.*second slot/s);
        const renamed = await slot.resource.preview(inputs({ slot: `${name}_renamed` }));
        expect(renamed.failures.map(({ property }) => property)).toEqual(["slot"]);
        await slot.resource.up(open());
        expect(await slot.resource.up(open({ slot: `${name}_renamed` }))).toBe("replace");
        expect([await held(), (await held(`${name}_renamed`))?.plugin]).toEqual([undefined, "pgoutput"]);
    });

    it("refuses to destroy what is protected, with what would be lost", async () => {
        await slot.resource.up(inputs());
        await change(1);
        await expect(slot.resource.destroy()).rejects.toThrow(
            /is protected .*nobody reads it. 1 change would be lost.*snapshot/s,
        );
        expect(await held()).toBeDefined();
    });

    it("refuses to drop unread changes, with their number, and drops them when told", async () => {
        await slot.resource.up(open());
        for (const id of [1, 2, 3]) await change(id);
        await expect(slot.resource.destroy()).rejects.toThrow(
            /will not be dropped: its reader has not been told everything\n.*3 changes would be lost.*forceDestroy.*Nothing was changed/s,
        );
        expect(await slot.resource.up(open({ forceDestroy: true }))).toBe("update");
        await slot.resource.destroy();
        expect(await held()).toBeUndefined();
    });

    it("drops one in which everything is read, though the log has grown by what nobody publishes", async () => {
        await slot.resource.up(open());
        await inDatabase(
            subject(),
            subject().owner,
            "CREATE TABLE noise AS SELECT generate_series(1, 1000) AS n",
            "DROP TABLE noise",
        );
        await change(1);
        await asCapture(
            `SELECT FROM pg_logical_slot_get_binary_changes('${name}', NULL, NULL, 'proto_version', '1', 'publication_names', 'people')`,
        );
        const again = slot.resource.state;
        await slot.resource.destroy();
        expect(await held()).toBeUndefined();
        slot.resource.state = again;
        await slot.resource.destroy();
    });

    it("refuses to drop one that is being read, and ends its reader when told", async () => {
        await slot.resource.up(open());
        const reader = await reading(subject(), name);
        await expect(slot.resource.destroy()).rejects.toThrow(
            /will not be dropped while it is being read.*connector first/s,
        );
        await slot.resource.up(open({ forceDestroy: true }));
        await slot.resource.destroy();
        expect(await held()).toBeUndefined();
        await reader.end().catch(() => undefined);
    }, 60_000);

    it("takes over what is there only when asked, and only when it is equal", async () => {
        await slot.resource.up(inputs());
        const second = made();
        const preview = await second.resource.preview(inputs());
        expect(preview.failures.map(({ property }) => property)).toEqual(["onExists"]);
        await expect(second.resource.up(open())).rejects.toThrow(/exists already and was not created by this stack/);
        for (const onExists of ["adopt", "adoptIfEqual"]) {
            await expect(second.resource.up(open({ onExists, plugin: "test_decoding" }))).rejects.toThrow(/plugin/);
        }
        expect(second.resource.state).toBeUndefined();
        expect(await second.resource.up(inputs({ onExists: "adoptIfEqual" }))).toBe("create");
    });

    it("goes on after a crash between create and record, and after an answer that was lost", async () => {
        await slot.resource.up(inputs());
        slot.resource.state = undefined;
        const equal = open({ onExists: "adoptIfEqual" });
        expect(await slot.resource.up(equal)).toBe("create");
        expect((await slot.resource.preview(equal)).step).toBe("same");
        await slot.resource.destroy();

        const wire = await LossyWire.before(subject().address);
        wire.loseAnswerTo("pg_create_logical_replication_slot");
        expect(await slot.resource.up(inputs({ server: { ...slot.server, address: wire.address } }))).toBe("create");
        expect(await held()).toBeDefined();
        wire.close();
    });

    it("names the transaction that it would wait for", async () => {
        const [host, port] = subject().address.split(":");
        const { database, owner } = subject();
        const client = new Client({ host: host ?? "", port: Number(port), database, ...owner });
        await client.connect();
        await client.query("BEGIN");
        await client.query(`INSERT INTO person VALUES (${1_000 * count + 900}, 'slow')`);
        try {
            await expect(slot.resource.up(inputs({ timeouts: { ready: 2 } }))).rejects.toThrow(
                /cannot be created within 2 s\n.*process \d+ of \w+.*Way out: end these transactions/s,
            );
        } finally {
            await client.query("ROLLBACK");
            await client.end();
        }
        // PostgreSQL drops what it was making; the next run makes it.
        expect(await slot.resource.up(inputs())).toBe("create");
    }, 60_000);

    it("says at preview that the user may not, and what is wrong with a declaration", async () => {
        const asOwner = inputs({ server: { ...slot.server, ...subject().owner } });
        const { failures } = await slot.resource.preview(asOwner);
        expect(failures.map(({ property }) => property)).toEqual(["server.user"]);
        const wrong = await slot.resource.preview(inputs({ slot: "No-Slot", plugin: "", server: {} }));
        expect(wrong.failures.map(({ property }) => property)).toEqual([
            "server.address",
            "server.database",
            "server.user",
            "server.password",
            "slot",
            "plugin",
        ]);
        const unknown = { server: UNKNOWN, slot: UNKNOWN, plugin: UNKNOWN };
        expect((await slot.resource.preview(unknown)).failures).toEqual([]);
    });

    it("calls wrong credentials and a server that is down by their names, never gone", async () => {
        await slot.resource.up(inputs());
        const outputs = { ...slot.resource.state?.outputs, deletionProtection: false };
        const wrong = { ...slot.server, password: "planted-password" };
        await expect(subject().process.read(name, { ...outputs, server: wrong })).rejects.toThrow(/28P01.*Way out/s);
        await expect(subject().process.delete(name, { ...outputs, server: wrong })).rejects.toThrow(/28P01/);
        const down = { ...slot.server, address: "127.0.0.1:9" };
        await expect(subject().process.read(name, { ...outputs, server: down })).rejects.toThrow(/got no answer/);
        expect((await slot.resource.preview(inputs({ server: down }))).failures).toEqual([]);
        expect(subject().process.output).not.toContain("planted-password");
        expect(await held()).toBeDefined();
    }, 60_000);
}

/** A reader as Debezium is one: the replication protocol, without an end. */
async function reading(under: PostgresUnderTest, slot: string): Promise<Client> {
    const [host, port] = under.address.split(":");
    const config = { host: host ?? "", port: Number(port), database: under.database, ...under.capture };
    // pg hands the parameter on; its types do not know it.
    const reader = new Client({ ...config, replication: "database" } as object);
    reader.on("error", () => undefined);
    await reader.connect();
    const started = `START_REPLICATION SLOT ${slot} LOGICAL 0/0 (proto_version '1', publication_names 'people')`;
    reader.query(started).catch(() => undefined);
    for (let attempt = 0; attempt < 50; attempt++) {
        const [row] = await inDatabase(
            under,
            under.capture,
            `SELECT active FROM pg_replication_slots WHERE slot_name = '${slot}'`,
        );
        if (row?.active === true) return reader;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`nobody reads ${slot}`);
}
