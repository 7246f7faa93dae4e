import { UNKNOWN } from "../../resources/lifecycle";
import { FakeS3 } from "../support/fakes/s3";
import { ProviderProcess } from "../support/provider-process";
import { BucketUnderTest, bucketMatrix, type S3UnderTest } from "./bucket-matrix";

describe("buckets on a server that answers like MinIO", () => {
    let process: ProviderProcess;
    let s3: FakeS3;
    let subject: S3UnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
    });
    afterAll(() => process.stop());
    beforeEach(async () => {
        s3 = await new FakeS3().up();
        subject = { url: s3.url, accessKey: s3.accessKey, secretKey: "fake-secret-key", process, prefix: "data" };
    });
    afterEach(() => s3.down());

    bucketMatrix(() => subject);

    describe("when something goes wrong", () => {
        let bucket: BucketUnderTest;
        beforeEach(() => {
            bucket = new BucketUnderTest(subject, "data");
        });
        afterEach(() => bucket.client.destroy());

        it("keeps keys under their own input only, where the engine encrypts them", async () => {
            await bucket.resource.up(bucket.inputs());
            const { id, outputs } = bucket.resource.state ?? {};
            const { server, ...rest } = outputs ?? {};
            expect(server).toEqual(bucket.server);
            expect(JSON.stringify([id, rest])).not.toContain(subject.secretKey);
            expect(JSON.stringify([id, rest])).not.toContain(subject.accessKey);
        });

        it("does not fail a preview for a server that does not exist yet, and touches nothing when it does not come", async () => {
            await s3.down();
            expect((await bucket.resource.preview(bucket.inputs())).failures).toEqual([]);
            await expect(bucket.resource.up(bucket.inputs())).rejects.toThrow(
                /GetBucket\w+ data at .* got no answer: ECONNREFUSED\n {2}Nothing was changed/,
            );
            expect(bucket.resource.state).toBeUndefined();
            await s3.up();
        });

        it("does not take a server that is down, or just starting, for a bucket that is gone", async () => {
            await bucket.resource.up(bucket.inputs());
            await s3.down();
            await expect(bucket.resource.refresh()).rejects.toThrow(/got no answer/);
            await s3.up();
            const starting = { status: 503, body: "<Error><Code>XMinioServerNotInitialized</Code></Error>" };
            s3.fail({ method: "GET", times: 20, answer: starting });
            await expect(bucket.resource.refresh()).rejects.toThrow(/answered 503 XMinioServerNotInitialized/);
            expect(bucket.resource.state?.id).toBe("data");
        });

        it("checks offline what it can while values are not known yet", async () => {
            const unknown = {
                server: UNKNOWN,
                bucket: UNKNOWN,
                versioning: UNKNOWN,
                lifecycle: UNKNOWN,
                policy: UNKNOWN,
            };
            expect((await bucket.resource.preview(unknown)).failures).toEqual([]);
            const server = { ...bucket.server, url: UNKNOWN, accessKey: UNKNOWN };
            expect((await bucket.resource.preview(bucket.inputs({ server }))).failures).toEqual([]);
            const { failures } = await bucket.resource.preview(bucket.inputs({ server, versioning: "on" }));
            expect(failures.map(({ property }) => property)).toEqual(["versioning"]);
            expect(s3.requests).toEqual([]);
        });

        it("plans an update in place while a changed value is not known yet", async () => {
            await bucket.resource.up(bucket.inputs());
            for (const changed of [{ policy: UNKNOWN }, { lifecycle: UNKNOWN }, { versioning: UNKNOWN }]) {
                const plan = await bucket.resource.preview(bucket.inputs(changed));
                expect(plan).toMatchObject({ failures: [], step: "update" });
            }
        });

        it("takes a create whose reply was lost for what it was", async () => {
            s3.fail({ method: "PUT", path: /^\/data\/?$/, loseReply: true });
            expect(await bucket.resource.up(bucket.bare())).toBe("create");
            expect(bucket.resource.state?.id).toBe("data");
        });

        it("records a bucket whose rules could not be set, and sets them at the next run", async () => {
            s3.refusing = ["lifecycle"];
            await expect(bucket.resource.up(bucket.inputs())).rejects.toThrow(
                /answered 400 InvalidArgument: not now\n.*recorded: the next up goes on/,
            );
            expect(bucket.resource.state?.id).toBe("data");
            expect(await bucket.held()).toEqual({ versioning: "Enabled", lifecycle: undefined, policy: undefined });
            s3.refusing = [];
            expect(await bucket.resource.up(bucket.inputs())).toBe("update");
            expect(await bucket.held()).toMatchObject({ versioning: "Enabled", lifecycle: [{}, {}], policy: {} });
            expect(await bucket.resource.refresh()).toBe(false);
        });

        it("names what a server does not have: at preview for a bucket that is there, otherwise at up", async () => {
            s3.lacking = ["policy", "lifecycle"];
            expect(await bucket.resource.up(bucket.bare())).toBe("create");
            expect(await bucket.resource.refresh()).toBe(false);
            const { failures } = await bucket.resource.preview(bucket.inputs());
            expect(failures.map(({ property }) => property)).toEqual(["lifecycle", "policy"]);
            expect(failures[0]?.reason).toMatch(
                /this S3 server does not implement lifecycle.*Way out: leave lifecycle out/s,
            );
            expect((await bucket.resource.preview(bucket.bare({ versioning: "Enabled" }))).failures).toEqual([]);

            const fresh = new BucketUnderTest(subject, "fresh");
            await expect(fresh.resource.up(fresh.inputs())).rejects.toThrow(
                /does not implement lifecycle.*NotImplemented.*The bucket is there and recorded/s,
            );
            expect(await fresh.resource.up(fresh.bare({ versioning: "Enabled" }))).toBe("update");
            fresh.client.destroy();
        });

        it("writes nothing for a refused change", async () => {
            await bucket.resource.up(bucket.inputs());
            const before = s3.writes().length;
            await expect(
                bucket.resource.up(bucket.inputs({ bucket: "other", lifecycle: [{ ID: "x" }] })),
            ).rejects.toThrow(/the rule does nothing.*while deletionProtection is on/s);
            await expect(bucket.resource.destroy()).rejects.toThrow(/is protected/);
            expect(s3.writes()).toHaveLength(before);
        });

        it("updates in place, and writes nothing, when only its own code is newer", async () => {
            await bucket.resource.up(bucket.inputs());
            const before = s3.writes().length;
            bucket.resource.provider += "\n";
            expect(await bucket.resource.up(bucket.inputs())).toBe("update");
            expect(s3.writes()).toHaveLength(before);
            expect((await bucket.resource.preview(bucket.inputs())).step).toBe("same");
        });

        it("removes what fills many pages, batch by batch, and says how far it is", async () => {
            const inputs = bucket.bare({ versioning: "Enabled", deletionProtection: false, forceDestroy: true });
            await bucket.resource.up(inputs);
            const versions = Array.from({ length: 2_500 }, (_, index) => ({
                key: `key-${index % 900}`,
                version: `version-${index}`,
                isMarker: index % 5 === 0,
            }));
            s3.buckets.data = { ...s3.buckets.data, versions, uploads: [{ key: "half", id: "upload-1" }] };
            await bucket.resource.destroy();
            expect(s3.buckets).toEqual({});
            for (const removed of [1_000, 2_000, 2_500]) expect(process.output).toContain(`"data": ${removed} removed`);
            expect(s3.writes().filter((write) => write.startsWith("POST"))).toHaveLength(3);
            expect(s3.writes()).toContain("DELETE /data/half");
        });

        it("counts no further than it needs to refuse", async () => {
            await bucket.resource.up(bucket.bare({ deletionProtection: false }));
            const versions = Array.from({ length: 12_000 }, (_, index) => ({
                key: `key-${index}`,
                version: "null",
                isMarker: false,
            }));
            s3.buckets.data = { versions, uploads: [] };
            const { failures } = await bucket.resource.preview(
                bucket.bare({ bucket: "other", deletionProtection: false }),
            );
            expect(failures[0]?.reason).toContain("at least 10000 objects would be lost");
        });

        it("says what the server keeps in spite of forceDestroy, and goes on when it may", async () => {
            const inputs = bucket.bare({ deletionProtection: false, forceDestroy: true });
            await bucket.resource.up(inputs);
            const held = { key: "evidence", version: "null", isMarker: false, held: true };
            s3.buckets.data = { versions: [held, { ...held, key: "free", held: false }], uploads: [] };
            await expect(bucket.resource.destroy()).rejects.toThrow(
                /1 versions were removed; the server keeps 1, among them\n {2}evidence: AccessDenied Object is WORM protected/,
            );
            expect(s3.buckets.data?.versions).toEqual([held]);
            s3.buckets.data = { versions: [], uploads: [] };
            await bucket.resource.destroy();
        });

        it("looks for the bucket at a new address, and leaves the one at the old address alone", async () => {
            await bucket.resource.up(bucket.inputs());
            const elsewhere = await new FakeS3().up();
            const server = { ...bucket.server, url: elsewhere.url };
            expect(await bucket.resource.up(bucket.inputs({ server }))).toBe("update");
            expect([Object.keys(s3.buckets), Object.keys(elsewhere.buckets)]).toEqual([["data"], ["data"]]);
            expect(elsewhere.buckets.data).toMatchObject({ versioning: "Enabled", policy: expect.any(String) });
            await elsewhere.down();
        });
    });
});
