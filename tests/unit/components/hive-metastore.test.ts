import { spawn, spawnSync } from "node:child_process";
import { createServer, type Server } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { hiveMetastoreSpec, readsItsDatabase } from "../../../components/hive-metastore-spec";
import type { PostgresDatabase } from "../../../components/postgres-database";
import type { ServiceSpec } from "../../../hosts/service-spec";
import type { Address } from "../../../lib/address";
import type { S3Endpoint } from "../../../lib/s3-endpoint";
import { SIZES, type Size } from "../../../lib/sizes";

const SECRETS = ["passwordOfHive", "accessKeyOfTest", "secret&keyOfTest"];

const address = (inNetwork: string): Address =>
    ({ inNetwork: pulumi.output(inNetwork), onHost: pulumi.output("127.0.0.1:1") }) as unknown as Address;

const DATABASE = {
    name: "metastore",
    server: address("postgres:5432"),
    owner: { user: "hive", password: pulumi.secret("passwordOfHive") },
    jdbcUrl: address("jdbc:postgresql://postgres:5432/metastore"),
} as PostgresDatabase;

const OBJECT_STORE: S3Endpoint = {
    url: address("http://object-store:9000"),
    region: "eu-central-1",
    accessKey: pulumi.secret("accessKeyOfTest"),
    secretKey: pulumi.secret("secret&keyOfTest"),
    pathStyle: true,
};

function spec(size: Size = "small", warehouse = "s3a://lake/warehouse"): ServiceSpec {
    const memory = SIZES[size].hiveMetastore;
    return hiveMetastoreSpec("hive-metastore", { database: DATABASE, objectStore: OBJECT_STORE, warehouse, memory });
}

function site(): Promise<string> {
    const text = spec().files?.["/etc/millrace/hive/metastore-site.xml"] ?? "";
    return new Promise((resolve) => pulumi.output(text).apply(resolve));
}

describe("HiveMetastore", () => {
    it("finds its database and the object store by their addresses on the network", async () => {
        const text = await site();
        expect(text).toContain("<value>jdbc:postgresql://postgres:5432/metastore</value>");
        expect(text).toContain("<name>fs.s3a.endpoint</name><value>http://object-store:9000</value>");
        expect(text).toContain("<name>fs.s3a.endpoint.region</name><value>eu-central-1</value>");
        expect(text).toContain("<name>fs.s3a.path.style.access</name><value>true</value>");
    });

    it("leaves managed tables managed: the transformer's name is one space", async () => {
        expect(await site()).toContain("<name>metastore.metadata.transformer.class</name><value> </value>");
    });

    it("keeps credentials in one secret file, and escapes them", async () => {
        const { files = {}, env = {}, command } = spec();
        const clear = JSON.stringify([command, env, Object.values(files).filter((text) => typeof text === "string")]);
        for (const secret of SECRETS) expect(clear).not.toContain(secret);
        expect(await site()).toContain("<name>fs.s3a.secret.key</name><value>secret&amp;keyOfTest</value>");
        const text = files["/etc/millrace/hive/metastore-site.xml"] as unknown as { isSecret: Promise<boolean> };
        expect(await text.isSecret).toBe(true);
    });

    it("can be reached on the platform's network only", () => {
        expect(Object.values(spec().ports).every(({ internal }) => internal === true)).toBe(true);
    });

    it.each(Object.keys(SIZES) as Size[])("of size %s has a heap that fits its limit", (size) => {
        const { heap, limit } = SIZES[size].hiveMetastore;
        expect(spec(size).env?.HADOOP_CLIENT_OPTS).toContain(`-Xmx${heap}m`);
        expect(spec(size).memoryMegabytes).toBe(limit);
    });

    it.each(["/warehouse", "s3://lake/warehouse", "file:///tmp", "s3a://", "lake"])(
        "refuses the warehouse %s",
        (place) => {
            expect(() => spec("small", place)).toThrow(/is no place in an object store; write s3a:\/\/bucket\/path/);
        },
    );

    describe("readiness", () => {
        const METHOD = "get_metastore_db_uuid";
        const ID = "0c3f6a52-8d6f-4c1a-9f39-6f1d9d2b7a10";
        const int32 = (number: number): number[] => [
            number >>> 24,
            (number >> 16) & 255,
            (number >> 8) & 255,
            number & 255,
        ];
        const head = Buffer.from([0x80, 1, 0, 2, ...int32(METHOD.length), ...Buffer.from(METHOD), ...int32(1)]);
        const uuid = Buffer.from([11, 0, 0, ...int32(ID.length), ...Buffer.from(ID), 0]);
        /** As long as the other, so that only its content tells it apart. */
        const exception = Buffer.from([
            12,
            0,
            1,
            11,
            0,
            1,
            ...int32(uuid.length - 12),
            ...Buffer.alloc(uuid.length - 12, 65),
            0,
            0,
        ]);

        /** Runs the probe against a server that answers so; its exit code. */
        async function probe(answer: Buffer): Promise<number | null> {
            const asked: Buffer[] = [];
            const server = await new Promise<Server>((resolve) => {
                const started = createServer((socket) => {
                    socket.on("error", () => {});
                    socket.on("data", (part) => {
                        asked.push(part);
                        socket.end(answer);
                    });
                }).listen(0, "127.0.0.1", () => resolve(started));
            });
            const { port } = server.address() as { port: number };
            const script = readsItsDatabase().replace("/9083", `/${port}`);
            try {
                return await new Promise((resolve) => {
                    spawn("bash", ["-c", script], { stdio: "ignore" }).on("close", resolve);
                });
            } finally {
                server.close();
                expect(Buffer.concat(asked).toString("latin1")).toContain(METHOD);
            }
        }

        it("is an id that was read from the database", async () => {
            expect(await probe(Buffer.concat([head, uuid]))).toBe(0);
        });

        it("is not an exception, nor half an answer", async () => {
            expect(await probe(Buffer.concat([head, exception]))).not.toBe(0);
            expect(await probe(Buffer.concat([head, uuid]).subarray(0, 50))).not.toBe(0);
        });

        it("is not a port that nobody listens on", () => {
            expect(spawnSync("bash", ["-c", readsItsDatabase().replace("/9083", "/1")]).status).not.toBe(0);
        });
    });
});
