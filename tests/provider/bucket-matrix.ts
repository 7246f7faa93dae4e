import { join } from "node:path";
import {
    CreateMultipartUploadCommand,
    DeleteBucketCommand,
    DeleteBucketPolicyCommand,
    DeleteObjectCommand,
    GetBucketLifecycleConfigurationCommand,
    GetBucketPolicyCommand,
    GetBucketVersioningCommand,
    HeadBucketCommand,
    ListObjectVersionsCommand,
    PutBucketVersioningCommand,
    PutObjectCommand,
    S3Client,
} from "@aws-sdk/client-s3";
import { providerText } from "../../resources/managed-resource";
import type { LifecycleRule, PolicyDocument } from "../../resources/s3/documents";
import { type ProviderProcess, StackResource } from "../support/provider-process";

/** Where the provider of buckets stands. */
export const BUCKET_CODE = {
    folder: join(__dirname, "..", "..", "resources", "s3"),
    module: "bucket-provider",
    exportName: "bucketProvider",
};

/** The code that manages buckets, as it stands in their state. */
export function bucketProviderText(): string {
    return providerText(BUCKET_CODE);
}

/** A server of S3 that a matrix runs against. */
export interface S3UnderTest {
    readonly url: string;
    readonly accessKey: string;
    readonly secretKey: string;
    readonly process: ProviderProcess;
    /** Beginning of the names of buckets. */
    readonly prefix: string;
}

/** One bucket under test, and an ordinary client to play everybody else with. */
export class BucketUnderTest {
    readonly resource: StackResource;
    readonly client: S3Client;

    constructor(
        readonly under: S3UnderTest,
        readonly name: string,
    ) {
        this.resource = new StackResource(under.process, bucketProviderText());
        this.client = new S3Client({
            endpoint: under.url,
            region: "us-east-1",
            forcePathStyle: true,
            credentials: { accessKeyId: under.accessKey, secretAccessKey: under.secretKey },
        });
    }

    get server() {
        const { url, accessKey, secretKey } = this.under;
        return { url, accessKey, secretKey };
    }

    /** Everything declared; what a test is about replaces its part. */
    inputs(changed: object = {}): Record<string, unknown> {
        return {
            server: this.server,
            bucket: this.name,
            versioning: "Enabled",
            lifecycle: RULES,
            policy: reading(this.name),
            ...changed,
        };
    }

    /** The bucket alone. */
    bare(changed: object = {}): Record<string, unknown> {
        return { server: this.server, bucket: this.name, ...changed };
    }

    async exists(): Promise<boolean> {
        return this.client.send(new HeadBucketCommand({ Bucket: this.name })).then(
            () => true,
            () => false,
        );
    }

    async held() {
        const Bucket = this.name;
        const [versioning, lifecycle, policy] = await Promise.all([
            this.client.send(new GetBucketVersioningCommand({ Bucket })).then(({ Status }) => Status),
            this.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })).then(
                ({ Rules }) => Rules,
                () => undefined,
            ),
            this.client.send(new GetBucketPolicyCommand({ Bucket })).then(
                ({ Policy }) => JSON.parse(Policy ?? "null"),
                () => undefined,
            ),
        ]);
        return { versioning, lifecycle, policy };
    }

    async put(...keys: readonly string[]): Promise<void> {
        await Promise.all(
            keys.map((Key) => this.client.send(new PutObjectCommand({ Bucket: this.name, Key, Body: Key }))),
        );
    }

    /** Two objects, an older version of one of them, and a deleted one. */
    async fill(): Promise<void> {
        await this.put("a/1", "a/2", "gone");
        await this.put("a/1");
        await this.client.send(new DeleteObjectCommand({ Bucket: this.name, Key: "gone" }));
    }

    /** Removes it, whatever is in it. */
    async clear(): Promise<void> {
        const eraser = new StackResource(this.under.process, bucketProviderText());
        if (await this.exists()) {
            await eraser.up(this.bare({ onExists: "adopt", deletionProtection: false, forceDestroy: true }));
            await eraser.destroy();
        }
        this.client.destroy();
    }
}

const RULES: readonly LifecycleRule[] = [
    { ID: "logs", Filter: { Prefix: "log_content/" }, Expiration: { Days: 30 } },
    { ID: "older", NoncurrentVersionExpiration: { NoncurrentDays: 7, NewerNoncurrentVersions: 2 } },
];

function reading(bucket: string): PolicyDocument {
    return {
        Statement: [
            {
                Effect: "Allow",
                Principal: "*",
                Action: ["s3:GetObject"],
                Resource: `arn:aws:s3:::${bucket}/public/*`,
            },
        ],
    };
}

/** What every S3 server must do, fake or real. */
export function bucketMatrix(subject: () => S3UnderTest): void {
    let count = 0;
    let bucket: BucketUnderTest;
    const others: BucketUnderTest[] = [];
    const other = (name: string): BucketUnderTest => {
        const made = new BucketUnderTest(subject(), name);
        others.push(made);
        return made;
    };
    beforeEach(() => {
        bucket = new BucketUnderTest(subject(), `${subject().prefix}-${++count}`);
    });
    afterEach(async () => {
        for (const made of [bucket, ...others.splice(0)]) await made.clear();
    });

    it("creates a bucket with its versioning, rules and policy", async () => {
        expect(await bucket.resource.up(bucket.inputs())).toBe("create");
        expect(await bucket.held()).toMatchObject({
            versioning: "Enabled",
            lifecycle: [
                { ID: "logs", Status: "Enabled", Filter: { Prefix: "log_content/" }, Expiration: { Days: 30 } },
                { ID: "older", NoncurrentVersionExpiration: { NoncurrentDays: 7, NewerNoncurrentVersions: 2 } },
            ],
            policy: { Statement: [{ Effect: "Allow", Principal: { AWS: ["*"] } }] },
        });
        expect(bucket.resource.state).toMatchObject({ id: bucket.name, outputs: { bucket: bucket.name } });
    });

    it("changes nothing the second time, and refresh finds nothing", async () => {
        for (const inputs of [bucket.bare(), bucket.inputs()]) {
            await bucket.resource.up(inputs);
            expect(await bucket.resource.refresh()).toBe(false);
            expect(await bucket.resource.preview(inputs)).toMatchObject({ failures: [], step: "same" });
        }
    });

    it("sees no change in order, in a list of one, in the form of a date, or in a default that is spelled out", async () => {
        const dated = { ID: "dated", Filter: { Prefix: "x" }, Expiration: { Date: "2037-01-01" } };
        await bucket.resource.up(bucket.inputs({ lifecycle: [...RULES, dated] }));
        expect(await bucket.resource.refresh()).toBe(false);
        const [logs, older] = RULES;
        const lifecycle = [
            { ...dated, Expiration: { Date: "2037-01-01T00:00:00Z" } },
            { ...older, Status: "Enabled", Filter: { Prefix: "" } },
            { ...logs, Expiration: { Days: "30" } },
        ];
        const policy = {
            Version: "2012-10-17",
            Statement: [
                {
                    Effect: "Allow",
                    Principal: { AWS: "*" },
                    Action: "s3:GetObject",
                    Resource: [`arn:aws:s3:::${bucket.name}/public/*`],
                },
            ],
        };
        const same = bucket.inputs({ lifecycle, policy, forceDestroy: false, onExists: "fail" });
        expect(await bucket.resource.preview(same)).toMatchObject({ failures: [], step: "same" });
    });

    it("shows drift at refresh, an undeclared policy too, and repairs it", async () => {
        await bucket.resource.up(bucket.inputs());
        const suspended = { Status: "Suspended" as const };
        await bucket.client.send(
            new PutBucketVersioningCommand({ Bucket: bucket.name, VersioningConfiguration: suspended }),
        );
        await bucket.client.send(new DeleteBucketPolicyCommand({ Bucket: bucket.name }));
        expect(await bucket.resource.refresh()).toBe(true);
        expect(bucket.resource.state?.inputs).toMatchObject({ versioning: "Suspended" });
        expect(bucket.resource.state?.inputs).not.toHaveProperty("policy");
        expect(await bucket.resource.up(bucket.inputs())).toBe("update");
        expect(await bucket.held()).toMatchObject({ versioning: "Enabled", policy: { Statement: [{}] } });

        const plain = other(`${bucket.name}-plain`);
        await plain.resource.up(plain.bare());
        const intruder = other(plain.name);
        await intruder.resource.up(intruder.bare({ onExists: "adopt", policy: reading(plain.name) }));
        expect(await plain.resource.refresh()).toBe(true);
        expect(await plain.resource.up(plain.bare())).toBe("update");
        expect((await plain.held()).policy).toBeUndefined();
    });

    it("creates again what was deleted outside, with or without a refresh before", async () => {
        await bucket.resource.up(bucket.inputs());
        const remove = () => bucket.client.send(new DeleteBucketCommand({ Bucket: bucket.name }));
        await remove();
        expect([await bucket.resource.refresh(), bucket.resource.state]).toEqual([true, undefined]);
        await bucket.resource.up(bucket.inputs());
        await remove();
        expect(await bucket.resource.up(bucket.inputs({ forceDestroy: true }))).toBe("update");
        expect(await bucket.held()).toMatchObject({ versioning: "Enabled", lifecycle: [{}, {}] });
    });

    it("changes rules, policy and versioning in place, and takes away what is not declared any more", async () => {
        await bucket.resource.up(bucket.inputs());
        const [logs] = RULES;
        const lifecycle = [{ ...logs, Expiration: { Days: 14 } }];
        expect(await bucket.resource.up(bucket.inputs({ lifecycle }))).toBe("update");
        expect((await bucket.held()).lifecycle).toMatchObject([{ ID: "logs", Expiration: { Days: 14 } }]);
        expect(await bucket.resource.up(bucket.bare())).toBe("update");
        expect(await bucket.held()).toEqual({ versioning: "Suspended", lifecycle: undefined, policy: undefined });
        expect(await bucket.resource.refresh()).toBe(false);
        expect((await bucket.resource.preview(bucket.bare())).step).toBe("same");
    });

    it("names a property that the server takes and does not keep, and puts back what was there", async () => {
        await bucket.resource.up(bucket.inputs());
        const ignored = { ID: "uploads", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } };
        await expect(
            bucket.resource.up(bucket.inputs({ lifecycle: [{ ...RULES[0], ...ignored, ID: "logs" }] })),
        ).rejects.toThrow(
            /lifecycle.logs.AbortIncompleteMultipartUpload.*accepted by this S3 server, and not kept.*put back/s,
        );
        expect((await bucket.held()).lifecycle).toHaveLength(2);
        expect(await bucket.resource.up(bucket.inputs())).toBe("update");
        expect(await bucket.resource.refresh()).toBe(false);
    });

    it("refuses to destroy what is protected, with the number of objects", async () => {
        await bucket.resource.up(bucket.bare());
        await expect(bucket.resource.destroy()).rejects.toThrow(/is protected .*\n.*holds 0 objects.*\n.*Way out/s);
        await bucket.put("a", "b");
        await expect(bucket.resource.destroy()).rejects.toThrow(/is protected .*\n.*holds 2 objects.*forceDestroy/s);
        expect(await bucket.exists()).toBe(true);
    });

    it("refuses to destroy what is not empty, with the number of objects and versions, and removes all when told", async () => {
        const inputs = { versioning: "Enabled", deletionProtection: false };
        await bucket.resource.up(bucket.bare(inputs));
        await bucket.fill();
        await bucket.client.send(new CreateMultipartUploadCommand({ Bucket: bucket.name, Key: "half" }));
        await expect(bucket.resource.destroy()).rejects.toThrow(
            /will not be deleted: it is not empty\n.*2 objects and 2 older versions would be lost.*forceDestroy: true.*Nothing was changed/s,
        );
        expect(await bucket.resource.up(bucket.bare({ ...inputs, forceDestroy: true }))).toBe("update");
        await bucket.resource.destroy();
        expect(await bucket.exists()).toBe(false);
        expect(bucket.under.process.output).toContain(`Bucket "${bucket.name}": 5 removed`);
    });

    it("calls a bucket that holds nothing but delete markers by its name", async () => {
        await bucket.resource.up(bucket.bare({ versioning: "Enabled", deletionProtection: false }));
        await bucket.put("a");
        const where = { Bucket: bucket.name, Key: "a" };
        await bucket.client.send(new DeleteObjectCommand(where));
        const { Versions = [] } = await bucket.client.send(new ListObjectVersionsCommand({ Bucket: bucket.name }));
        await bucket.client.send(new DeleteObjectCommand({ ...where, VersionId: Versions[0]?.VersionId }));
        await expect(bucket.resource.destroy()).rejects.toThrow(/0 objects and 1 delete marker would be lost/);
    });

    it("destroys an empty bucket, and one that is gone already", async () => {
        await bucket.resource.up(bucket.bare({ deletionProtection: false }));
        const again = bucket.resource.state;
        await bucket.resource.destroy();
        expect(await bucket.exists()).toBe(false);
        bucket.resource.state = again;
        await bucket.resource.destroy();
    });

    it("refuses another name while it is protected, or while the old bucket holds something; otherwise replaces", async () => {
        const renamed = { bucket: `${bucket.name}-renamed` };
        const successor = other(renamed.bucket);
        await bucket.resource.up(bucket.bare());
        const { failures } = await bucket.resource.preview(bucket.bare(renamed));
        expect(failures.map(({ property }) => property)).toEqual(["bucket"]);
        expect(failures[0]?.reason).toMatch(/cannot change from .* while deletionProtection is on/);

        const open = { deletionProtection: false };
        await bucket.resource.up(bucket.bare(open));
        await bucket.put("a");
        const refused = await bucket.resource.preview(bucket.bare({ ...open, ...renamed }));
        expect(refused.failures[0]?.reason).toMatch(/it is not empty\n {2}1 object would be lost.*copy the objects/s);
        expect(await successor.exists()).toBe(false);

        await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: "a" }));
        expect(await bucket.resource.up(bucket.bare({ ...open, ...renamed }))).toBe("replace");
        expect([await bucket.exists(), await successor.exists()]).toEqual([false, true]);
    });

    it("takes over what is there only when asked, and only when it is equal or asked to change it", async () => {
        await bucket.resource.up(bucket.inputs());
        const second = other(bucket.name);
        const preview = await second.resource.preview(second.inputs());
        expect(preview.failures.map(({ property }) => property)).toEqual(["onExists"]);
        const open = { deletionProtection: false };
        await expect(second.resource.up(second.inputs(open))).rejects.toThrow(/exists already .*adoptIfEqual/s);
        const equal = { ...open, onExists: "adoptIfEqual" };
        await expect(second.resource.up(second.inputs({ ...equal, versioning: "Suspended" }))).rejects.toThrow(
            /is not what is declared\n {2}bucket.versioning: declared Suspended, there is Enabled/,
        );
        expect(second.resource.state).toBeUndefined();
        expect(await second.resource.up(second.inputs(equal))).toBe("create");
        const third = other(bucket.name);
        await third.resource.up(third.bare({ onExists: "adopt" }));
        expect(await bucket.held()).toEqual({ versioning: "Suspended", lifecycle: undefined, policy: undefined });
    });

    it("goes on after a crash between create and record", async () => {
        await bucket.resource.up(bucket.inputs());
        bucket.resource.state = undefined;
        const inputs = bucket.inputs({ onExists: "adoptIfEqual" });
        expect(await bucket.resource.up(inputs)).toBe("create");
        expect((await bucket.resource.preview(inputs)).step).toBe("same");
    });

    it("calls wrong keys by their name, never gone, and keeps them to itself", async () => {
        await bucket.resource.up(bucket.bare());
        const server = { ...bucket.server, accessKey: "planted-access-key", secretKey: "planted-secret-key" };
        const inputs = bucket.bare({ server, deletionProtection: false });
        const { failures } = await bucket.resource.preview(inputs);
        expect(failures.map(({ property }) => property)).toEqual(["server.accessKey"]);
        const texts = failures.map(({ reason }) => reason);
        const recorded = { ...inputs, __provider: bucket.resource.provider };
        const { process } = bucket.under;
        for (const attempt of [
            () => process.read(bucket.name, recorded),
            () => process.create(recorded),
            () => process.update(bucket.name, bucket.resource.state?.outputs ?? {}, recorded),
            () => process.delete(bucket.name, recorded),
        ]) {
            const error: Error = await attempt().then(
                () => new Error("nothing was thrown"),
                (thrown) => thrown,
            );
            expect(error.message).toMatch(/answered 403 InvalidAccessKeyId.*Way out: set server.accessKey/s);
            texts.push(error.message);
        }
        expect([...texts, process.output].join()).not.toMatch(/planted-(access|secret)-key/);
        expect(await bucket.exists()).toBe(true);
    });
}
