import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Client as Postgresql } from "pg";
import { Kafka } from "../../../components/kafka";
import { KafkaConnect } from "../../../components/kafka-connect";
import { Postgres } from "../../../components/postgres";
import { debeziumPostgres } from "../../../resources/connect/debezium";
import { KafkaConnector, type KafkaConnectorArgs } from "../../../resources/connect/kafka-connector";
import { connectServer } from "../../../resources/connect/session";
import { ConnectorUnderTest, type ConnectUnderTest, connectorMatrix } from "../../provider/connector-matrix";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";
import { ProviderProcess } from "../../support/provider-process";

// A start takes half a minute on an idle machine.
jest.setTimeout(120_000);

const PEOPLE = [
    "CREATE TABLE person (id int PRIMARY KEY, name text);",
    "INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace');",
    "CREATE PUBLICATION people FOR TABLE person;",
    "",
].join("\n");

/** A connector that a test declares. */
interface Declared extends Partial<KafkaConnectorArgs> {
    /** Its password stands in its configuration, instead of a reference. */
    readonly inClear?: true;
}

/** The cluster with its source, and beside it the connectors that a test declares. */
function program(connectors: Readonly<Record<string, Declared>>): AloneProgram {
    return (host) => {
        const kafka = new Kafka("kafka", { host });
        const postgres = new Postgres("postgres", {
            host,
            databases: { source: { init: PEOPLE, changeCapture: true } },
        });
        const database = postgres.database("source");
        const secrets = { "source.password": database.changeCapture?.password ?? "" };
        const connect = new KafkaConnect("kafka-connect", { host, kafka, secrets });
        const password = connect.secretReference("source.password");
        for (const [name, { inClear, ...args }] of Object.entries(connectors)) {
            const { "database.password": reference = "", ...rest } = debeziumPostgres({
                database,
                password,
                topicPrefix: name,
                publication: "people",
                tables: ["public.person"],
                settings: { "topic.creation.default.replication.factor": 1, "topic.creation.default.partitions": 1 },
            });
            const config = inClear ? rest : { ...rest, "database.password": reference };
            const secretConfig = { "database.password": database.changeCapture?.password ?? "" };
            new KafkaConnector(
                name,
                { server: connectServer(connect), name, config, ...(inClear && { secretConfig }), ...args },
                { parent: connect, deletedWith: connect.storage },
            );
        }
        return {
            restUrl: connect.restUrl.onHost,
            password,
            user: database.changeCapture?.user,
            source: database.url.onHost,
            secret: database.changeCapture?.password,
        };
    };
}

describe("connectors on a real worker", () => {
    let servers: Alone;
    let process: ProviderProcess;
    let guard: Server;
    let subject: ConnectUnderTest;

    /** @param as user who may do that: the owner has the tables, the other one the slots. */
    async function inSource(as: "owner" | "capture", sql: string): Promise<void> {
        const url = new URL(servers.outputs.source);
        if (as === "capture") Object.assign(url, { username: servers.outputs.user, password: servers.outputs.secret });
        const client = new Postgresql(url.href);
        await client.connect();
        await client.query(sql).finally(() => client.end());
    }

    beforeAll(async () => {
        process = await ProviderProcess.start();
        servers = await startAlone("connector", program({}));
        const { restUrl, password, user } = servers.outputs;
        const authorization = "Basic cmlnaHQ6cmlnaHQ=";
        guard = await guardOf(restUrl, authorization);
        subject = {
            restUrl,
            guardedUrl: `http://127.0.0.1:${(guard.address() as AddressInfo).port}`,
            authorization,
            process,
            prefix: "matrix",
            login: {
                "database.user": user,
                "database.dbname": "source",
                "database.password": password,
                "topic.creation.default.replication.factor": "1",
                "topic.creation.default.partitions": "1",
            },
            lag: 3,
            publication: (name, exists) =>
                inSource("owner", exists ? `CREATE PUBLICATION ${name} FOR TABLE person` : `DROP PUBLICATION ${name}`),
            // The server's process for a connector that has just gone may hold the slot for a moment.
            async forget(slot) {
                const drop = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${slot}'`;
                for (let attempt = 0; ; attempt++) {
                    try {
                        return await inSource("capture", drop);
                    } catch (error) {
                        if (attempt >= 50) throw error;
                        await new Promise((resolve) => setTimeout(resolve, 100));
                    }
                }
            },
        };
    }, 300_000);

    let stopped = false;
    afterAll(async () => {
        guard?.closeAllConnections();
        guard?.close();
        await process?.stop();
        if (servers !== undefined && !stopped) await servers.stop();
    }, 60_000);

    describe("as on any cluster", () => connectorMatrix(() => subject));

    it("tells two connectors on one slot apart before both of them run and one gets nothing", async () => {
        const first = new ConnectorUnderTest(subject, "matrix_slot");
        await first.resource.up(first.idle());
        const second = new ConnectorUnderTest(subject, "matrix_second");
        const { failures } = await second.resource.preview(second.idle({}, { "slot.name": "matrix_slot" }));
        expect(failures.map(({ property }) => property)).toEqual(['config["slot.name"]']);
        expect(failures[0]?.reason).toMatch(/connector matrix_slot reads from the slot matrix_slot already/);
        await first.clear();
    });

    it("lives in a stack: created, kept, paused, protected, its secrets encrypted, and gone with its cluster", async () => {
        const soon = { steadySeconds: 1 };
        const clear = { ...soon, state: "stopped", inClear: true } as const;
        expect(await servers.up(program({ people: soon, clear }))).toEqual({ changes: 2 });
        const people = new ConnectorUnderTest(subject, "people");
        expect(await people.status()).toBe("RUNNING RUNNING");
        expect(await servers.up()).toEqual({ changes: 0 });
        expect(await servers.up(program({ people: { ...soon, state: "paused" }, clear }))).toEqual({ changes: 1 });
        expect(await people.status()).toBe("PAUSED PAUSED");
        await expect(servers.up(program({ clear }))).rejects.toThrow(/KafkaConnector "people": is protected/);
        expect(clearState(await servers.state()).includes(servers.outputs.secret)).toBe(false);
        stopped = true;
        // It is still there, and protected: it goes with the volume of the broker.
        await servers.stop();
    }, 180_000);
});

/** Somebody before the cluster who asks who is there, as clusters are put behind. */
async function guardOf(url: string, authorization: string): Promise<Server> {
    const server = createServer((incoming, response) => {
        if (incoming.headers.authorization !== authorization) {
            response.writeHead(401, { "content-type": "application/json" });
            response.end(JSON.stringify({ error_code: 401, message: `who is ${incoming.headers.authorization}?` }));
            return;
        }
        const { method, headers } = incoming;
        const outgoing = request(`${url}${incoming.url}`, { method, headers }, (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(response);
        });
        outgoing.on("error", () => response.destroy());
        incoming.pipe(outgoing);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
}
