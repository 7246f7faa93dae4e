import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { engine, stackPrefix } from "../../../cli/engine";
import { HiveMetastore } from "../../../components/hive-metastore";
import { ObjectStore } from "../../../components/object-store";
import { Postgres } from "../../../components/postgres";
import { Bucket } from "../../../resources/s3/bucket";
import { s3Server } from "../../../resources/s3/session";
import { type Alone, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";
import { until } from "../../support/container";
import { type ThriftAnswer, type ThriftFields, thriftAnswer, thriftCall } from "../../support/thrift";

jest.setTimeout(180_000);

const CONTAINER = `${stackPrefix("alone-hive-metastore")}-hive-metastore`;

/** Sends a call in hex and prints the answer in hex, when no more of it comes. */
const EXCHANGE = `
const socket = require("node:net").connect(9083, "hive-metastore", () => socket.write(Buffer.from(process.argv[1], "hex")));
let answer = Buffer.alloc(0), silence;
socket.on("data", (part) => {
    answer = Buffer.concat([answer, part]);
    clearTimeout(silence);
    silence = setTimeout(() => { console.log(answer.toString("hex")); socket.end(); }, 200);
});`;

describe("HiveMetastore", () => {
    let alone: Alone;

    beforeAll(async () => {
        alone = await startAlone("hive-metastore", (host) => {
            const postgres = new Postgres("postgres", { host, databases: { metastore: { owner: "hive" } } });
            const objectStore = new ObjectStore("object-store", { host, engine: "minio", console: false });
            new Bucket(
                "lake",
                { server: s3Server(objectStore), bucket: "lake", deletionProtection: false },
                { deletedWith: objectStore.storage },
            );
            const metastore = new HiveMetastore("hive-metastore", {
                host,
                database: postgres.database("metastore"),
                objectStore,
                warehouse: "s3a://lake/warehouse",
            });
            const { accessKey, secretKey, region, url } = objectStore;
            const password = postgres.database("metastore").owner.password;
            return { uri: metastore.uri, s3: { endpoint: url.onHost, region, accessKey, secretKey }, password };
        });
    });
    afterAll(() => alone?.stop());

    async function call(method: string, args: ThriftFields = {}): Promise<ThriftAnswer> {
        const hex = thriftCall(method, args).toString("hex");
        // In one file with their runtime: the only image of ours with a Node.js.
        const said = await alone.run("generators", ["node", "-e", EXCHANGE, hex]);
        return thriftAnswer(Buffer.from(said.trim(), "hex"));
    }

    it("answers on the platform's network, and is not published", async () => {
        expect(alone.outputs.uri).toBe("thrift://hive-metastore:9083");
        expect(await call("get_all_databases")).toEqual(["default"]);
        const { HostConfig } = await engine().getContainer(CONTAINER).inspect();
        expect(HostConfig.PortBindings ?? {}).toEqual({});
    });

    it("creates a database, with its folder in the object store", async () => {
        await call("create_database", { 1: { struct: { 1: { string: "sales" }, 2: { string: "first" } } } });
        const { accessKey, secretKey, ...rest } = alone.outputs.s3;
        const s3 = new S3Client({
            ...rest,
            credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
            forcePathStyle: true,
        });
        const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "lake" }));
        s3.destroy();
        expect(Contents?.map(({ Key }) => Key)).toContain("warehouse/sales.db/");
    });

    it("leaves a managed table a managed table", async () => {
        const column = { struct: { 1: { string: "id" }, 2: { string: "bigint" } } };
        const serde = { 2: { string: "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe" }, 3: { map: {} } };
        const storage = {
            1: { list: [column] },
            3: { string: "org.apache.hadoop.mapred.TextInputFormat" },
            4: { string: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat" },
            5: { bool: false },
            6: { i32: -1 },
            7: { struct: serde },
            8: { list: [] },
            10: { map: {} },
        };
        const table = {
            1: { string: "orders" },
            2: { string: "sales" },
            3: { string: "trino" },
            7: { struct: storage },
            8: { list: [] },
            9: { map: {} },
            12: { string: "MANAGED_TABLE" },
        };
        await call("create_table", { 1: { struct: table } });
        const request = { 1: { struct: { 1: { string: "sales" }, 2: { string: "orders" } } } };
        const { 1: found } = await call("get_table_req", request);
        expect(found[12]).toBe("MANAGED_TABLE");
        expect(found[7][2]).toBe("s3a://lake/warehouse/sales.db/orders");
    });

    it("shows no credentials in its state or its container", async () => {
        const seen = `${clearState(await alone.state())}${JSON.stringify(await engine().getContainer(CONTAINER).inspect())}`;
        for (const secret of [alone.outputs.password, alone.outputs.s3.accessKey, alone.outputs.s3.secretKey]) {
            expect(secret.length).toBeGreaterThanOrEqual(16);
            expect(seen.includes(secret)).toBe(false);
        }
    });

    it("changes nothing at a second up", async () => {
        expect(await alone.up()).toEqual({ changes: 0 });
    });

    it("knows what it knew after a kill", async () => {
        await alone.crash("hive-metastore");
        const { 1: name, 2: description } = await call("get_database", { 1: { string: "sales" } });
        expect([name, description]).toEqual(["sales", "first"]);
    });

    it("goes on by itself when its database server was killed", async () => {
        await alone.crash("postgres");
        await until("it answers again", 60, () =>
            call("get_all_databases").then(
                (databases) => databases.includes("sales"),
                () => false,
            ),
        );
    });
});
