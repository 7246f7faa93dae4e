import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { ObjectStore } from "../../../components/object-store";
import { Bucket, type BucketArgs } from "../../../resources/s3/bucket";
import { s3Server } from "../../../resources/s3/session";
import { BucketUnderTest, bucketMatrix, type S3UnderTest } from "../../provider/bucket-matrix";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";
import { ProviderProcess } from "../../support/provider-process";

/** The store, and beside it the buckets that a test declares. */
function program(buckets: Readonly<Record<string, Omit<BucketArgs, "server" | "bucket">>>): AloneProgram {
    return (host) => {
        const store = new ObjectStore("objects", { host });
        for (const [name, args] of Object.entries(buckets)) {
            new Bucket(
                name,
                { server: s3Server(store), bucket: name, ...args },
                { parent: store, deletedWith: store.storage },
            );
        }
        return { url: store.url.onHost, accessKey: store.accessKey, secretKey: store.secretKey };
    };
}

describe("buckets on the real object store", () => {
    let server: Alone;
    let process: ProviderProcess;
    let subject: S3UnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
        server = await startAlone("bucket", program({}));
        const { url, accessKey, secretKey } = server.outputs;
        subject = { url, accessKey, secretKey, process, prefix: "matrix" };
    }, 180_000);

    let stopped = false;
    afterAll(async () => {
        await process?.stop();
        if (server !== undefined && !stopped) await server.stop();
    }, 60_000);

    bucketMatrix(() => subject);

    it("removes some thousand objects within seconds", async () => {
        const bucket = new BucketUnderTest(subject, "matrix-many");
        const inputs = bucket.bare({ deletionProtection: false, forceDestroy: true });
        await bucket.resource.up(inputs);
        const keys = Array.from({ length: 1_200 }, (_, index) => `key-${index}`);
        for (let from = 0; from < keys.length; from += 100) await bucket.put(...keys.slice(from, from + 100));
        const started = performance.now();
        await bucket.resource.destroy();
        expect(performance.now() - started).toBeLessThan(15_000);
        for (const removed of [1_000, 1_200]) expect(process.output).toContain(`"matrix-many": ${removed} removed`);
        bucket.client.destroy();
    }, 60_000);

    it("names the wrong one of two keys", async () => {
        const bucket = new BucketUnderTest({ ...subject, secretKey: "wrong-secret-key" }, "matrix-keys");
        const { failures } = await bucket.resource.preview(bucket.bare());
        expect(failures[0]?.reason).toMatch(
            /answered 403 SignatureDoesNotMatch.*secret key does not belong to the access key.*Way out/s,
        );
        bucket.client.destroy();
    });

    it("does not take over a bucket of somebody else in silence, also where its creation was not seen at preview", async () => {
        const bucket = new BucketUnderTest(subject, "matrix-foreign");
        await bucket.client.send(new CreateBucketCommand({ Bucket: bucket.name }));
        await expect(bucket.resource.up(bucket.bare({ deletionProtection: false }))).rejects.toThrow(/exists already/);
        await bucket.clear();
    });

    it("lives in a stack: created, kept, refused while it is full, and gone with its server", async () => {
        const lake = { versioning: "Enabled", deletionProtection: false } as const;
        const rules = [{ ID: "older", NoncurrentVersionExpiration: { NoncurrentDays: 7 } }];
        expect(await server.up(program({ lake, scratch: {} }))).toEqual({ changes: 2 });
        expect(await server.up()).toEqual({ changes: 0 });
        const held = new BucketUnderTest(subject, "lake");
        await held.client.send(new PutObjectCommand({ Bucket: "lake", Key: "a", Body: "a" }));
        await held.client.send(new PutObjectCommand({ Bucket: "lake", Key: "a", Body: "b" }));
        expect(await server.up(program({ lake: { ...lake, lifecycle: rules }, scratch: {} }))).toEqual({ changes: 1 });

        await expect(server.up(program({ scratch: {} }))).rejects.toThrow(
            /Bucket "lake": will not be deleted: it is not empty\s+1 object and 1 older version would be lost/,
        );
        await expect(server.up(program({ lake }))).rejects.toThrow(/Bucket "scratch": is protected/);
        expect(await held.exists()).toBe(true);
        held.client.destroy();

        stopped = true;
        // Both are still there, one protected and one full: they go with the volume that holds them.
        await server.stop();
    }, 120_000);
});
