import * as pulumi from "@pulumi/pulumi";
import { ObjectStore, type ObjectStoreEngine } from "../../../components/object-store";
import { objectStoreSpec } from "../../../components/object-store-spec";
import { PlanHost } from "../../../hosts/plan-host";
import type { ServiceSpec } from "../../../hosts/service-spec";
import { IMAGES } from "../../../lib/images";
import { SIZES, type Size } from "../../../lib/sizes";
import { throwingMocks } from "../../support/mocks";

const KEYS = { accessKey: "planted-access-key", secretKey: "planted-secret-key" };
const ENGINES: readonly ObjectStoreEngine[] = ["silo", "minio", "rustfs"];

function spec(engine: ObjectStoreEngine, args: { size?: Size; console?: boolean } = {}): ServiceSpec {
    const memory = SIZES[args.size ?? "small"].objectStore;
    return objectStoreSpec({ engine, memory, region: "eu-north-1", console: args.console ?? true, ...KEYS });
}

const resolved = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

describe.each(ENGINES)("an object store that runs %s", (engine) => {
    it("shows its keys neither in its variables nor in its command: the engine tells those to anybody who asks", () => {
        const { env, command, files } = spec(engine);
        for (const key of Object.values(KEYS)) {
            expect(JSON.stringify([env, command])).not.toContain(key);
            expect(Object.values(files ?? {})).toContain(key);
        }
        for (const file of Object.keys(files ?? {})) expect(Object.values(env ?? {})).toContain(file);
    });

    it("serves the region that requests are signed for", () => {
        expect(Object.values(spec(engine).env ?? {})).toContain("eu-north-1");
    });

    it("keeps its objects on a volume, and nothing else", () => {
        expect(spec(engine).volumes).toEqual({ "/data": "data" });
        expect(spec(engine).command).toContain("/data");
    });

    it("publishes S3 beside Pinot's 9000, and its console only where there is one", () => {
        expect(spec(engine).ports).toEqual({
            s3: { port: 9000, published: 9010 },
            console: { port: 9001, published: 9011 },
        });
        expect(Object.keys(spec(engine, { console: false }).ports)).toEqual(["s3"]);
        expect(JSON.stringify(spec(engine, { console: false }))).not.toContain("console-address");
    });

    it("has an image", () => {
        expect(IMAGES[spec(engine).image]).toBeDefined();
    });
});

describe("the object store", () => {
    it("is ready when objects can be written: MinIO's own /ready says yes before its drive is there", () => {
        for (const engine of ["silo", "minio"] as const) {
            expect(spec(engine).ready.ask).toEqual([{ http: { port: "s3", path: "/minio/health/cluster" } }]);
        }
        expect(JSON.stringify(spec("rustfs").ready.ask)).toContain("/health/ready");
    });

    it.each(["small", "medium", "large"] as const)("leaves room beside what Go may keep at size %s", (size) => {
        const { goLimit, limit } = SIZES[size].objectStore;
        const { env, memoryMegabytes } = spec("silo", { size });
        expect(env?.MINIO_MEMLIMIT).toBe(`${goLimit}MiB`);
        expect(memoryMegabytes).toBe(limit);
        // MinIO takes 90% of the container's limit where it is asked for more.
        expect(goLimit).toBeLessThanOrEqual(0.9 * limit);
    });

    it("asks nobody for updates and has no default password", () => {
        expect(spec("minio").env).toMatchObject({ MINIO_UPDATE: "off" });
        expect(JSON.stringify(ENGINES.map((engine) => spec(engine)))).not.toMatch(/minioadmin|rustfsadmin/);
    });

    describe("as a component", () => {
        let host: PlanHost;
        let store: ObjectStore;
        beforeEach(async () => {
            const secret = "pulumi-nodejs:dynamic/secret:GeneratedSecret";
            const known = throwingMocks([secret]);
            await pulumi.runtime.setMocks({
                ...known,
                newResource: (args) => {
                    const made = known.newResource(args) as { id: string; state: object };
                    return args.type === secret ? { ...made, state: { value: `value of ${args.name}` } } : made;
                },
            });
            host = new PlanHost();
            store = new ObjectStore("lake", { host });
        });

        it("is one endpoint, seen from both sides, with keys of its own", async () => {
            expect(await resolved(store.url.inNetwork)).toBe("http://lake:9000");
            expect(await resolved(store.url.onHost)).toBe("http://127.0.0.1:19010");
            expect(store.consoleUrl && (await resolved(store.consoleUrl))).toBe("http://127.0.0.1:19011");
            expect([store.region, store.pathStyle]).toEqual(["us-east-1", true]);
            expect(await resolved(store.accessKey)).toBe("value of lake-access-key");
            expect(await resolved(store.secretKey)).toBe("value of lake-secret-key");
        });

        it("runs the maintained fork unless told otherwise, and has no console where that is turned off", () => {
            expect(host.services.lake?.image).toBe("silo");
            expect(new ObjectStore("plain", { host, console: false }).consoleUrl).toBeUndefined();
            new ObjectStore("other", { host, engine: "rustfs", region: "eu-north-1" });
            expect(host.services.other?.image).toBe("rustfs");
        });
    });
});
