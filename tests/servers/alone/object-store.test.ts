import {
    AbortMultipartUploadCommand,
    CompleteMultipartUploadCommand,
    CreateBucketCommand,
    CreateMultipartUploadCommand,
    GetObjectCommand,
    HeadBucketCommand,
    ListObjectsV2Command,
    PutObjectCommand,
    S3Client,
    type S3ClientConfig,
    UploadPartCommand,
} from "@aws-sdk/client-s3";
import axios from "axios";
import { engine, lastLogLines, memoryUse } from "../../../cli/engine";
import { ObjectStore } from "../../../components/object-store";
import { SIZES } from "../../../lib/sizes";
import { type Alone, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";

const CONTAINER = "millrace-alone-object-store-objects";
const MEBIBYTE = 1024 * 1024;

describe("the object store, alone", () => {
    let server: Alone;
    let s3: S3Client;

    const client = (more: Partial<S3ClientConfig> = {}): S3Client =>
        new S3Client({
            endpoint: server.outputs.url,
            region: server.outputs.region,
            forcePathStyle: true,
            credentials: { accessKeyId: server.outputs.accessKey, secretAccessKey: server.outputs.secretKey },
            ...more,
        });

    beforeAll(async () => {
        server = await startAlone("object-store", (host) => {
            const { url, region, accessKey, secretKey, consoleUrl } = new ObjectStore("objects", { host });
            return { url: url.onHost, urlInNetwork: url.inNetwork, region, accessKey, secretKey, consoleUrl };
        });
        s3 = client();
        await s3.send(new CreateBucketCommand({ Bucket: "data" }));
    }, 180_000);

    let stopped = false;
    afterAll(async () => {
        s3?.destroy();
        if (server !== undefined && !stopped) await server.stop();
    }, 60_000);

    const put = (Key: string, Body: string, more: object = {}) =>
        s3.send(new PutObjectCommand({ Bucket: "data", Key, Body, ...more }));
    const get = async (Key: string): Promise<string | undefined> =>
        (await s3.send(new GetObjectCommand({ Bucket: "data", Key }))).Body?.transformToString();
    const refusal = (error: { name: string; $metadata?: { httpStatusCode?: number } }) =>
        `${error.$metadata?.httpStatusCode} ${error.name}`;

    it("stores, lists and gives back objects", async () => {
        await put("log_content/2026/a.json", "first");
        await put("log_content/2026/ü b.json", "second");
        const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: "data", Prefix: "log_content/" }));
        expect(Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
            ["log_content/2026/a.json", 5],
            ["log_content/2026/ü b.json", 6],
        ]);
        expect(await get("log_content/2026/ü b.json")).toBe("second");
    });

    it("puts parts of a large object together", async () => {
        const where = { Bucket: "data", Key: "large" };
        const { UploadId } = await s3.send(new CreateMultipartUploadCommand(where));
        const parts = await Promise.all(
            [Buffer.alloc(5 * MEBIBYTE, "a"), Buffer.alloc(MEBIBYTE, "b")].map(async (Body, index) => {
                const part = { UploadId, PartNumber: index + 1 };
                const { ETag } = await s3.send(new UploadPartCommand({ ...where, ...part, Body }));
                return { ETag, PartNumber: index + 1 };
            }),
        );
        await s3.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts: parts } }));
        const text = await get("large");
        expect([text?.length, text?.[5 * MEBIBYTE - 1], text?.at(-1)]).toEqual([6 * MEBIBYTE, "a", "b"]);
        const { UploadId: another } = await s3.send(new CreateMultipartUploadCommand(where));
        await s3.send(new AbortMultipartUploadCommand({ ...where, UploadId: another }));
    });

    it("lets only one of many writers create an object: table formats commit by that", async () => {
        const attempts = await Promise.all(
            Array.from({ length: 8 }, (_, writer) =>
                put("_delta_log/0.json", `writer ${writer}`, { IfNoneMatch: "*" }).then(() => "created", refusal),
            ),
        );
        expect(attempts.filter((outcome) => outcome === "created")).toHaveLength(1);
        for (const outcome of attempts) expect(outcome).toMatch(/^created$|^412 |^409 /);
        const again = await put("_delta_log/0.json", "late", { IfNoneMatch: "*" }).then(() => "created", refusal);
        expect(again).toBe("412 PreconditionFailed");
        expect(await get("_delta_log/0.json")).toMatch(/^writer \d$/);
    });

    it("serves containers under its own name, with the same keys and region", async () => {
        let signed: Record<"headers" | "query", Record<string, string>> & Record<"method" | "path", string> =
            {} as never;
        const signer = client({
            endpoint: server.outputs.urlInNetwork,
            maxAttempts: 1,
            requestHandler: {
                handle: async (request: unknown) => {
                    signed = request as typeof signed;
                    throw new Error("signed, not sent");
                },
            },
        });
        await signer
            .send(new GetObjectCommand({ Bucket: "data", Key: "log_content/2026/a.json" }))
            .catch(() => undefined);
        const script = `
            const { url, method, headers } = JSON.parse(process.env.REQUEST);
            fetch(url, { method, headers }).then(async (answer) => console.log(answer.status, await answer.text()));`;
        const { method, path, query, headers } = signed;
        const { host: _host, ...rest } = headers;
        const request = {
            url: `${server.outputs.urlInNetwork}${path}?${new URLSearchParams(query)}`,
            method,
            headers: rest,
        };
        expect(server.outputs.urlInNetwork).toBe("http://objects:9000");
        const answer = await server.run("generators", ["node", "-e", script], [`REQUEST=${JSON.stringify(request)}`]);
        expect(answer.trim()).toBe("200 first");
    });

    it("refuses a wrong secret, an unknown key, and nobody at all", async () => {
        const keys = { accessKeyId: server.outputs.accessKey, secretAccessKey: server.outputs.secretKey };
        for (const [changed, expected] of [
            [{ secretAccessKey: "wrong" }, "403 SignatureDoesNotMatch"],
            [{ accessKeyId: "minioadmin", secretAccessKey: "minioadmin" }, "403 InvalidAccessKeyId"],
        ] as const) {
            const stranger = client({ credentials: { ...keys, ...changed } });
            const list = stranger.send(new ListObjectsV2Command({ Bucket: "data" })).then(() => "listed", refusal);
            expect(await list).toBe(expected);
            stranger.destroy();
        }
        const anonymous = await axios.get(`${server.outputs.url}/data/log_content/2026/a.json`, {
            validateStatus: () => true,
        });
        expect([anonymous.status, String(anonymous.data)]).toEqual([403, expect.stringContaining("AccessDenied")]);
    });

    it("has a console for people", async () => {
        const page = await axios.get(server.outputs.consoleUrl, { timeout: 10_000 });
        expect([page.status, page.headers["content-type"]]).toEqual([200, expect.stringContaining("text/html")]);
    });

    it("shows its keys neither to those who may ask the engine, nor in its log, nor in plain state", async () => {
        const { accessKey, secretKey } = server.outputs;
        expect([accessKey, secretKey]).toEqual([expect.stringMatching(/^\w{20}$/), expect.stringMatching(/^\w{40}$/)]);
        const shown = [
            JSON.stringify(await engine().getContainer(CONTAINER).inspect()),
            (await lastLogLines(engine(), CONTAINER, 1_000)).join("\n"),
            clearState(await server.state()),
        ];
        for (const text of shown) {
            expect(text.length).toBeGreaterThan(100);
            // No toContain: a failure would show the key.
            expect([text.includes(secretKey), text.includes(accessKey)]).toEqual([false, false]);
        }
    });

    it("runs without rights and well within its memory", async () => {
        const container = engine().getContainer(CONTAINER);
        const { HostConfig, Config } = await container.inspect();
        expect([Config.User, HostConfig.CapDrop]).toEqual(["minio", ["ALL"]]);
        const used = (await memoryUse(engine(), [{ id: CONTAINER, state: "running" }])).get(CONTAINER);
        expect(used).toBeLessThan(SIZES.small.objectStore.goLimit);
    });

    it("keeps what it has acknowledged over kill -9", async () => {
        await Promise.all(Array.from({ length: 50 }, (_, index) => put(`kept/${index}`, `content ${index}`)));
        await server.crash("objects");
        const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: "data", Prefix: "kept/" }));
        expect(KeyCount).toBe(50);
        expect(await get("kept/49")).toBe("content 49");
    }, 60_000);

    it("changes nothing the second time", async () => {
        expect(await server.up()).toEqual({ changes: 0 });
    }, 60_000);

    it("keeps its objects and its keys when its container is replaced", async () => {
        const { accessKey, secretKey } = server.outputs;
        const { changes } = await server.up((host) => {
            const store = new ObjectStore("objects", { host, console: false });
            return { url: store.url.onHost, accessKey: store.accessKey, secretKey: store.secretKey };
        });
        expect(changes).toBe(1);
        expect([server.outputs.accessKey, server.outputs.secretKey]).toEqual([accessKey, secretKey]);
        await s3.send(new HeadBucketCommand({ Bucket: "data" }));
        expect(await get("kept/0")).toBe("content 0");
    }, 60_000);

    it("leaves nothing behind", async () => {
        stopped = true;
        await server.stop();
    }, 60_000);
});
