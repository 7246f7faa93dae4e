import { Postgres } from "../../../components/postgres";
import { PostgresPublication } from "../../../resources/postgres/postgres-publication";
import { PostgresReplicationSlot } from "../../../resources/postgres/postgres-replication-slot";
import { postgresAccess } from "../../../resources/postgres/session";
import { publicationMatrix } from "../../provider/postgres-publication-matrix";
import { slotMatrix } from "../../provider/postgres-slot-matrix";
import { inDatabase, PostgresObject, type PostgresUnderTest } from "../../provider/postgres-subject";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";
import { ProviderProcess } from "../../support/provider-process";

jest.setTimeout(60_000);

const TABLES = [
    "CREATE TABLE person (id int PRIMARY KEY, name text);",
    "CREATE TABLE orders (id int PRIMARY KEY);",
    "CREATE TABLE note (text text);",
    "CREATE PUBLICATION people FOR TABLE person;",
    "",
].join("\n");

/** The server, and beside it what a test declares; 1 MB of log is kept for a slot. */
function program(what: "nothing" | "both"): AloneProgram {
    return (host) => {
        const databases = { source: { init: TABLES, changeCapture: true } };
        const configuration = { min_wal_size: "32MB", max_wal_size: "64MB" };
        const postgres = new Postgres("postgres", { host, databases, configuration, maxSlotWalKeepMegabytes: 32 });
        const source = postgres.database("source");
        if (what === "both") {
            const opts = { parent: postgres, deletedWith: postgres.storage };
            const owner = postgresAccess(source, "owner");
            new PostgresPublication("shop", { server: owner, publication: "shop", tables: ["person", "orders"] }, opts);
            new PostgresReplicationSlot(
                "shop",
                { server: postgresAccess(source, "changeCapture"), slot: "shop" },
                opts,
            );
        }
        return {
            address: postgres.address.onHost,
            owner: source.owner,
            capture: source.changeCapture,
            administrator: postgres.administrator,
        };
    };
}

describe("publications and replication slots on a real server", () => {
    let servers: Alone;
    let process: ProviderProcess;
    let subject: PostgresUnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
        servers = await startAlone("postgres-resources", program("nothing"));
        const { address, owner, capture, administrator } = servers.outputs;
        subject = { process, address, database: "source", owner, capture, administrator };
    }, 180_000);

    let stopped = false;
    afterAll(async () => {
        await process?.stop();
        if (servers !== undefined && !stopped) await servers.stop();
    }, 60_000);

    describe("publications", () => publicationMatrix(() => subject));
    describe("replication slots", () => slotMatrix(() => subject));

    it("sees that a slot is lost, says so, and makes it anew when it may", async () => {
        const slot = new PostgresObject(subject, "slot", subject.capture);
        const inputs = { server: slot.server, slot: "matrix_lost", deletionProtection: false };
        await slot.resource.up(inputs);
        // More log than is kept for it, and a checkpoint, which throws it away.
        for (let round = 0; round < 5; round++) {
            await inDatabase(
                subject,
                subject.administrator,
                "CREATE TABLE noise AS SELECT repeat(md5(n::text), 30) AS text FROM generate_series(1, 20000) AS n",
                "DROP TABLE noise",
                "SELECT pg_switch_wal()",
                "CHECKPOINT",
            );
        }
        expect(await slot.resource.refresh()).toBe(true);
        expect(slot.resource.state?.outputs).toMatchObject({ usable: false });
        await expect(slot.resource.up(inputs)).rejects.toThrow(/is lost.*forceDestroy: true, and it is made anew/s);
        expect(await slot.resource.up({ ...inputs, forceDestroy: true })).toBe("update");
        expect(await slot.resource.refresh()).toBe(false);
        await slot.resource.destroy();
    }, 120_000);

    it("lives in a stack: created, kept, protected, its password encrypted, and gone with the server", async () => {
        expect(await servers.up(program("both"))).toEqual({ changes: 2 });
        expect(await servers.up()).toEqual({ changes: 0 });
        await expect(servers.up(program("nothing"))).rejects.toThrow(/Postgres\w+ "shop": is protected/);
        expect(clearState(await servers.state()).includes(servers.outputs.owner.password)).toBe(false);
        expect(clearState(await servers.state()).includes(servers.outputs.capture.password)).toBe(false);
        stopped = true;
        await servers.stop();
    }, 180_000);
});
