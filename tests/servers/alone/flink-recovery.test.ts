import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import axios from "axios";
import { engine, lastLogLines } from "../../../cli/engine";
import { Flink } from "../../../components/flink";
import { ObjectStore } from "../../../components/object-store";
import { ZooKeeper } from "../../../components/zookeeper";
import { type Alone, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";
import { until } from "../../support/container";
import { FlinkSql } from "../../support/flink-sql";

describe("Flink with a ZooKeeper and a bucket", () => {
    let server: Alone;
    let s3: S3Client;

    beforeAll(async () => {
        server = await startAlone("flink-recovery", (host) => {
            const zooKeeper = new ZooKeeper("zookeeper", { host });
            const objects = new ObjectStore("objects", { host });
            const flink = new Flink("flink", {
                host,
                checkpointSeconds: 1,
                zooKeeper: zooKeeper.planned,
                s3: { endpoint: objects, bucket: "state" },
            });
            return {
                s3: objects.url.onHost,
                accessKey: objects.accessKey,
                secretKey: objects.secretKey,
                rest: flink.restUrl.onHost,
                gateway: flink.sqlGatewayUrl.onHost,
                checkpoints: flink.checkpointsPath,
            };
        });
        s3 = new S3Client({
            endpoint: server.outputs.s3,
            region: "us-east-1",
            forcePathStyle: true,
            credentials: { accessKeyId: server.outputs.accessKey, secretAccessKey: server.outputs.secretKey },
        });
        await s3.send(new CreateBucketCommand({ Bucket: "state" }));
    }, 240_000);

    afterAll(async () => {
        s3?.destroy();
        await server?.stop();
    }, 120_000);

    const rest = async (path: string) => (await axios.get(`${server.outputs.rest}${path}`, { timeout: 10_000 })).data;

    it("gives its keys to no one in clear", async () => {
        const log = await lastLogLines(engine(), "millrace-alone-flink-recovery-flink-jobmanager", 5_000);
        for (const text of [clearState(await server.state()), log.join("\n")]) {
            expect(text.length).toBeGreaterThan(100);
            // No toContain: a failure would show the key.
            expect(text.includes(server.outputs.secretKey)).toBe(false);
        }
    });

    it("goes on with a job by itself, from the bucket, after its JobManager was killed", async () => {
        const sql = await FlinkSql.open(server.outputs.gateway);
        await sql.run("CREATE TABLE numbers (n BIGINT) WITH ('connector'='datagen', 'rows-per-second'='10')");
        await sql.run("CREATE TABLE nowhere (parity BIGINT, amount BIGINT) WITH ('connector'='blackhole')");
        const job = await sql.insert("INSERT INTO nowhere SELECT MOD(n, 2), COUNT(*) FROM numbers GROUP BY MOD(n, 2)");
        await until("a checkpoint is in the bucket", 60, async () => {
            const { latest } = await rest(`/jobs/${job}/checkpoints`);
            return (latest?.completed?.external_path ?? "").startsWith(`${server.outputs.checkpoints}/${job}/chk-`);
        });

        await server.crash("flink-jobmanager");
        let restored = "";
        await until("the same job runs again", 90, async () => {
            const { state } = await rest(`/jobs/${job}`).catch(() => ({ state: "unknown" }));
            const { latest } = await rest(`/jobs/${job}/checkpoints`).catch(() => ({ latest: {} }));
            restored = latest?.restored?.external_path ?? "";
            return state === "RUNNING" && restored !== "";
        });
        expect(restored).toContain("s3://state/flink/checkpoints/");
    }, 240_000);
});
