import * as pulumi from "@pulumi/pulumi";
import type { PostgresArgs } from "../../../components/postgres";
import { checkDatabases, type PostgresPlan, postgresSpec, postgresUsers } from "../../../components/postgres-spec";
import { PlanHost } from "../../../hosts/plan-host";
import type { ServiceSpec } from "../../../hosts/service-spec";
import { SIZES, type Size } from "../../../lib/sizes";
import { throwingMocks } from "../../support/mocks";

const DATABASES = { source: { changeCapture: true, init: "SELECT 1" }, metastore: { owner: "hive" } };
const PASSWORDS = { postgres: "secretOfPostgres", source: "secretOfSource" };

const resolved = <T>(output: pulumi.Input<T>): Promise<T> =>
    new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));

/** Text of a config file of a service. */
function file(spec: ServiceSpec | undefined, name: string): Promise<string> {
    const entry = Object.entries(spec?.files ?? {}).find(([path]) => path.endsWith(`/${name}`));
    if (entry === undefined) throw new Error(`no file ${name}`);
    return resolved(entry[1]);
}

function spec(plan: Partial<PostgresPlan> = {}): ServiceSpec {
    return postgresSpec({ databases: DATABASES, memory: SIZES.small.postgres, ...plan }, PASSWORDS);
}

async function settings(plan?: Partial<PostgresPlan>): Promise<Record<string, string>> {
    const lines = (await file(spec(plan), "postgresql.conf")).trim().split("\n");
    return Object.fromEntries(lines.map((line) => line.split(" = ") as [string, string]));
}

describe("Postgres", () => {
    it("is ready for logical replication, and bounds what a forgotten slot keeps", async () => {
        expect(await settings()).toMatchObject({
            wal_level: "'logical'",
            max_replication_slots: "10",
            max_wal_senders: "10",
            max_slot_wal_keep_size: "'1024MB'",
            wal_sender_timeout: "'60s'",
        });
        const bounds = { maxSlotWalKeepMegabytes: 64, maxReplicationSlots: 3, walSenderTimeoutSeconds: 5 };
        expect(await settings({ settings: bounds })).toMatchObject({
            max_replication_slots: "3",
            max_wal_senders: "3",
            max_slot_wal_keep_size: "'64MB'",
            wal_sender_timeout: "'5s'",
        });
    });

    it("takes further settings as they are, quoted, over its own", async () => {
        const configuration = { jit: "on", search_path: "it's", autovacuum: false, work_mem: 8192 };
        expect(await settings({ settings: { configuration } })).toMatchObject({
            jit: "'on'",
            search_path: "'it''s'",
            autovacuum: "false",
            work_mem: "8192",
        });
    });

    it.each(Object.keys(SIZES) as Size[])("of size %s has room beside its buffers for connections", async (size) => {
        const memory = SIZES[size].postgres;
        expect((await settings({ memory })).shared_buffers).toBe(`'${memory.sharedBuffers}MB'`);
        expect(spec({ memory }).memoryMegabytes).toBe(memory.limit);
        expect(memory.limit - memory.sharedBuffers).toBeGreaterThanOrEqual(200);
    });

    it("wants a password of everybody who comes over the network", async () => {
        const rules = (await file(spec(), "pg_hba.conf")).trim().split("\n");
        expect(rules.filter((rule) => rule.startsWith("host"))).toEqual(["host all all all scram-sha-256"]);
        expect(rules.join("\n")).not.toContain("trust");
    });

    it("keeps passwords out of variables and command, in one secret file", async () => {
        const { files = {}, command, env = {} } = spec();
        const clear = JSON.stringify([command, env, Object.values(files).filter((text) => typeof text === "string")]);
        for (const password of Object.values(PASSWORDS)) expect(clear).not.toContain(password);
        const passwords = files["/etc/millrace/postgres/passwords"];
        expect(await resolved(passwords ?? "")).toBe("postgres:secretOfPostgres\nsource:secretOfSource\n");
        expect(await (passwords as unknown as { isSecret: Promise<boolean> }).isSecret).toBe(true);
    });

    it("tells the start script which databases there are, whose they are, and what is run in them", async () => {
        expect(await file(spec(), "databases")).toBe("source:source:source_capture\nmetastore:hive:\n");
        expect(await file(spec(), "source.sql")).toBe("SELECT 1");
        expect(Object.keys(spec().files ?? {})).not.toContain("/etc/millrace/postgres/init/metastore.sql");
    });

    it("has one user for each owner and each reader of changes", () => {
        expect(postgresUsers(DATABASES)).toEqual(["postgres", "source", "source_capture", "hive"]);
        expect(postgresUsers({ a: { owner: "team" }, b: { owner: "team" } })).toEqual(["postgres", "team"]);
    });

    it("runs as the image's own user, and publishes its one port", () => {
        expect(spec().user).toBe("999:999");
        expect(spec().ports).toEqual({ client: { port: 5432 } });
    });

    it("refuses names that are PostgreSQL's own or need quoting, all at once", () => {
        const databases = { "my-db": {}, postgres: {}, fine: { owner: "pg_owner" }, a: { owner: "b_capture" }, b: {} };
        const check = () => checkDatabases("postgres", databases);
        expect(check).toThrow(/database "my-db" of databases.my-db must be a small letter/);
        expect(check).toThrow(/database "postgres" of databases.postgres is a name of PostgreSQL's own/);
        expect(check).toThrow(/owner "pg_owner" of databases.fine is a name of PostgreSQL's own/);
        expect(check).toThrow(/owner "b_capture" of databases.a is kept for change capture/);
        expect(() => checkDatabases("postgres", DATABASES)).not.toThrow();
    });

    describe("as a component", () => {
        let create: (
            databases: PostgresArgs["databases"],
        ) => InstanceType<typeof import("../../../components/postgres").Postgres>;
        const host = new PlanHost();

        beforeAll(async () => {
            const mocks = throwingMocks(["pulumi-nodejs:dynamic/secret:GeneratedSecret"]);
            await pulumi.runtime.setMocks(
                {
                    ...mocks,
                    newResource: async (args) => {
                        const { id, state } = await mocks.newResource(args);
                        return { id, state: { ...state, value: `random-${args.name}` } };
                    },
                },
                "millrace",
                "test",
                false,
            );
            const { Postgres } = await import("../../../components/postgres");
            create = (databases) => new Postgres("postgres", { host, databases });
        });

        it("gives a database's address to each side, with the owner's own password", async () => {
            const database = create(DATABASES).database("metastore");
            expect(await resolved(database.url.inNetwork)).toBe(
                "postgresql://hive:random-postgres-hive@postgres:5432/metastore",
            );
            expect(await resolved(database.url.onHost)).toMatch(/@127\.0\.0\.1:15432\/metastore$/);
            expect(await (database.url.onHost as unknown as { isSecret: Promise<boolean> }).isSecret).toBe(true);
            expect(await resolved(database.jdbcUrl.inNetwork)).toBe("jdbc:postgresql://postgres:5432/metastore");
        });

        it("has a reader of changes only where one was declared", () => {
            const server = create(DATABASES);
            expect(server.database("source").changeCapture?.user).toBe("source_capture");
            expect(server.database("metastore").changeCapture).toBeUndefined();
        });

        it("names the databases that there are when asked for another", () => {
            expect(() => create(DATABASES).database("airflow")).toThrow(/"airflow", only source, metastore/);
        });
    });
});
