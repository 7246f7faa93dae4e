import * as pulumi from "@pulumi/pulumi";
import { PlanHost } from "../../../hosts/plan-host";
import type { ProbeQuestion, ServiceSpec } from "../../../hosts/service-spec";
import type { HostAddress, InNetworkAddress } from "../../../lib/address";
import type { S3Endpoint } from "../../../lib/s3-endpoint";
import { SIZES, type Size } from "../../../lib/sizes";
import { throwingMocks } from "../../support/mocks";

const PASSWORD = "passwordOfThisTest";
const AUTHORIZATION = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString("base64")}`;

/** Text of a config file of a service. */
function file(host: PlanHost, service: string, ending: string): Promise<string> {
    const entry = Object.entries(host.services[service]?.files ?? {}).find(([path]) => path.endsWith(ending));
    if (entry === undefined) throw new Error(`service ${service} has no file …${ending}`);
    return resolved(pulumi.output(entry[1]));
}

const resolved = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

/** Whether any part of a value comes from a secret. */
const isSecret = (value: unknown): Promise<boolean> =>
    (pulumi.output(value) as unknown as { isSecret: Promise<boolean> }).isSecret;

/** All that a spec says in clear. */
function plainText(spec: ServiceSpec): string {
    return JSON.stringify(spec, (_key, value) => (pulumi.Output.isInstance(value) ? "(output)" : value));
}

function s3(): S3Endpoint {
    return {
        url: {
            inNetwork: pulumi.output("http://object-store:9000" as InNetworkAddress),
            onHost: pulumi.output("http://127.0.0.1:19010" as HostAddress),
        },
        region: "us-east-1",
        accessKey: pulumi.secret("access"),
        secretKey: pulumi.secret("secret"),
        pathStyle: true,
    };
}

const asksOf = (host: PlanHost, service: string): readonly ProbeQuestion[] => host.services[service]?.ready.ask ?? [];

describe("Pinot", () => {
    let components: typeof import("../../../components");

    beforeAll(async () => {
        const mocks = throwingMocks(["pulumi-nodejs:dynamic/secret:GeneratedSecret"]);
        await pulumi.runtime.setMocks(
            {
                ...mocks,
                newResource: async (args) => {
                    const made = await mocks.newResource(args);
                    const secret = args.type.endsWith("GeneratedSecret");
                    // As the engine does with what a resource names in additionalSecretOutputs.
                    return secret ? { ...made, state: { ...args.inputs, value: pulumi.secret(PASSWORD) } } : made;
                },
            },
            "millrace",
            "test",
            false,
        );
        components = await import("../../../components");
    });

    const pinot = (host: PlanHost, args: Partial<import("../../../components").PinotArgs> = {}) =>
        new components.Pinot("pinot", { host, ...args });

    describe("topologies", () => {
        it("runs in one JVM when compact, and is ready when all three roles are and the controller finds them", () => {
            const host = new PlanHost();
            pinot(host);
            expect(Object.keys(host.services).sort()).toEqual(["pinot", "pinot-zookeeper"]);
            expect(asksOf(host, "pinot")).toEqual([
                { http: { port: "controller", path: "/health" } },
                { http: { port: "broker", path: "/health" } },
                { http: { port: "serverAdmin", path: "/health" } },
                { http: { port: "controller", path: "/tenants/DefaultTenant", contains: "Broker_pinot_8099" } },
                { http: { port: "controller", path: "/tenants/DefaultTenant", contains: "Server_pinot_8098" } },
            ]);
        });

        it("gives each role a container when split, with the same published addresses", async () => {
            const [compact, split] = [new PlanHost(), new PlanHost()];
            const one = pinot(compact);
            const many = pinot(split, { topology: "split" });
            expect(Object.keys(split.services).sort()).toEqual([
                "pinot-broker",
                "pinot-controller",
                "pinot-server",
                "pinot-zookeeper",
            ]);
            for (const url of ["controllerUrl", "brokerUrl"] as const) {
                expect(await resolved(many[url])).toBe(await resolved(one[url]));
            }
        });

        it("tells containers and people each their own address", async () => {
            const cluster = pinot(new PlanHost(), { topology: "split" });
            expect(await resolved(cluster.controller.inNetwork)).toBe("http://pinot-controller:9000");
            expect(await resolved(cluster.broker.inNetwork)).toBe("http://pinot-broker:8099");
            expect(await resolved(cluster.controller.onHost)).toBe("http://127.0.0.1:19000");
            expect(await resolved(cluster.broker.onHost)).toBe("http://127.0.0.1:18099");
        });

        it("keeps the first server's name, and so its data, when others are added", () => {
            const host = new PlanHost();
            pinot(host, { topology: "split", servers: 3 });
            const servers = Object.keys(host.services).filter((name) => name.startsWith("pinot-server"));
            expect(servers.sort()).toEqual(["pinot-server", "pinot-server-2", "pinot-server-3"]);
        });

        it.each([
            ["two servers in one process", { servers: 2 }, /topology compact\n {2}Way out: topology "split"/],
            ["no server", { topology: "split" as const, servers: 0 }, /servers is 0\n {2}Way out/],
            ["half a server", { topology: "split" as const, servers: 1.5 }, /servers is 1\.5/],
        ])("refuses %s before anything starts", (_case, args, said) => {
            const host = new PlanHost();
            expect(() => pinot(host, args)).toThrow(said);
            expect(host.services).toEqual({});
        });

        it("runs a minion only where it is wanted, in either topology", async () => {
            const [compact, split] = [new PlanHost(), new PlanHost()];
            pinot(compact, { minion: true });
            pinot(split, { minion: true, topology: "split" });
            expect(compact.services.pinot?.command.at(-1)).toMatch(/\/minion\.conf$/);
            expect(await file(compact, "pinot", "minion.conf")).toContain("pinot.service.role=MINION\n");
            expect(await file(compact, "pinot", "minion.conf")).toContain("pinot.minion.host=pinot\n");
            expect(asksOf(compact, "pinot")).toContainEqual({ http: { port: "minion", path: "/health" } });
            expect(await file(split, "pinot-minion", "minion.conf")).toContain("pinot.minion.host=pinot-minion\n");
            expect(split.services["pinot-minion"]?.volumes).toBeUndefined();
        });
    });

    it("registers instances by host name, so that a recreated container is the same instance", async () => {
        const host = new PlanHost();
        pinot(host, { topology: "split", servers: 2 });
        const lines = [
            ["pinot-server", "server.conf", "pinot.server.netty.host=pinot-server\n"],
            ["pinot-server-2", "server.conf", "pinot.server.netty.host=pinot-server-2\n"],
            ["pinot-broker", "broker.conf", "pinot.broker.hostname=pinot-broker\n"],
            ["pinot-controller", "controller.conf", "controller.host=pinot-controller\n"],
        ] as const;
        for (const [service, name, line] of lines) expect(await file(host, service, name)).toContain(line);
    });

    it("lets Trino read segments, within the network only", async () => {
        const host = new PlanHost();
        pinot(host);
        const server = await file(host, "pinot", "server.conf");
        expect(server).toContain("pinot.server.grpc.enable=true\n");
        expect(server).toContain("pinot.server.instance.currentDataTableVersion=4\n");
        expect(server).toContain(`pinot.server.grpc.port=${host.services.pinot?.ports.serverGrpc?.port}\n`);
        expect(host.services.pinot?.ports.serverGrpc?.internal).toBe(true);
    });

    it("publishes the controller's and the broker's interface, and nothing else", () => {
        const host = new PlanHost();
        pinot(host, { topology: "split", servers: 2, minion: true });
        const published = Object.values(host.services).flatMap(({ ports }) =>
            Object.entries(ports).flatMap(([name, { internal }]) => (internal ? [] : [name])),
        );
        expect(published.sort()).toEqual(["broker", "controller"]);
    });

    it("keeps all data below its volume", async () => {
        const host = new PlanHost();
        pinot(host, { minion: true });
        const [mount] = Object.keys(host.services.pinot?.volumes ?? {});
        const texts = await Promise.all(
            ["controller.conf", "server.conf", "minion.conf"].map((name) => file(host, "pinot", name)),
        );
        const folders = texts.flatMap((text) => [...text.matchAll(/[dD]ir=(.*)/g)].map(([, folder]) => folder));
        expect(folders.length).toBeGreaterThanOrEqual(5);
        for (const folder of folders) expect(folder).toMatch(new RegExp(`^${mount}/`));
    });

    it.each(Object.keys(SIZES) as Size[])("runs every role with the heap and limit of size %s", (size) => {
        const host = new PlanHost();
        const memory = SIZES[size];
        pinot(host, { topology: "split", minion: true, memory });
        const expected = {
            "pinot-controller": memory.pinotController,
            "pinot-broker": memory.pinotBroker,
            "pinot-server": memory.pinotServer,
            "pinot-minion": memory.pinotMinion,
        };
        for (const [service, { heap, limit }] of Object.entries(expected)) {
            const { env, memoryMegabytes } = host.services[service] as ServiceSpec;
            expect(env?.JAVA_OPTS).toMatch(new RegExp(`-Xms${heap}m -Xmx${heap}m `));
            expect(memoryMegabytes).toBe(limit);
        }
    });

    it("has no outputs in the configuration of a plain cluster: a preview shows it line by line", () => {
        const host = new PlanHost();
        pinot(host, { topology: "split", minion: true });
        for (const { files } of Object.values(host.services)) {
            for (const text of Object.values(files ?? {})) expect(typeof text).toBe("string");
        }
    });

    describe("with basic authentication", () => {
        it("asks for a password everywhere, and gives every role what the others ask it for", async () => {
            const host = new PlanHost();
            pinot(host, { topology: "split", minion: true, authentication: "basic" });
            const lines = [
                [
                    "pinot-controller",
                    "controller.conf",
                    "controller.admin.access.control.factory.class=" +
                        "org.apache.pinot.controller.api.access.BasicAuthAccessControlFactory",
                    "controller.admin.access.control.principals=admin",
                    `controller.admin.access.control.principals.admin.password=${PASSWORD}`,
                    `pinot.controller.segment.fetcher.auth.token=${AUTHORIZATION}`,
                ],
                [
                    "pinot-broker",
                    "broker.conf",
                    "pinot.broker.access.control.class=org.apache.pinot.broker.broker.BasicAuthAccessControlFactory",
                    `pinot.broker.access.control.principals.admin.password=${PASSWORD}`,
                ],
                [
                    "pinot-server",
                    "server.conf",
                    `pinot.server.segment.fetcher.auth.token=${AUTHORIZATION}`,
                    `pinot.server.segment.uploader.auth.token=${AUTHORIZATION}`,
                    `pinot.server.instance.auth.token=${AUTHORIZATION}`,
                ],
                [
                    "pinot-minion",
                    "minion.conf",
                    `pinot.minion.segment.fetcher.auth.token=${AUTHORIZATION}`,
                    `task.auth.token=${AUTHORIZATION}`,
                ],
            ] as const;
            for (const [service, name, ...expected] of lines) {
                const text = (await file(host, service, name)).split("\n");
                expect(text).toEqual(expect.arrayContaining(expected));
            }
        });

        it("says the password nowhere in clear: not in commands, variables, probes or files", async () => {
            for (const topology of ["compact", "split"] as const) {
                const host = new PlanHost();
                pinot(host, { topology, minion: true, authentication: "basic" });
                for (const [service, spec] of Object.entries(host.services)) {
                    expect(plainText(spec)).not.toContain(PASSWORD);
                    expect(plainText(spec)).not.toContain(AUTHORIZATION.slice("Basic ".length));
                    if (service === "pinot-zookeeper") continue;
                    for (const [path, text] of Object.entries(spec.files ?? {})) {
                        expect({ path, secret: await isSecret(text) }).toEqual({ path, secret: true });
                    }
                }
            }
        });

        it("hands the header out as a secret", async () => {
            const { credentials } = pinot(new PlanHost(), { authentication: "basic" });
            expect(credentials?.username).toBe("admin");
            expect(await resolved(credentials?.authorization as pulumi.Output<string>)).toBe(AUTHORIZATION);
            expect(await isSecret(credentials?.authorization)).toBe(true);
            expect(await isSecret(credentials?.password)).toBe(true);
        });

        it("probes with the header from a file", async () => {
            const host = new PlanHost();
            pinot(host, { authentication: "basic" });
            const last = asksOf(host, "pinot").at(-1) as { command: readonly string[] };
            expect(last.command.join(" ")).toContain('"$(</etc/millrace/pinot/probe.header)"');
            expect(await file(host, "pinot", "probe.header")).toBe(AUTHORIZATION);
        });
    });

    it("needs no credentials unless it is told to", () => {
        expect(pinot(new PlanHost()).credentials).toBeUndefined();
    });

    describe("with a deep store", () => {
        it("keeps segments in the bucket, and lets every role that moves segments reach it", async () => {
            const host = new PlanHost();
            const deepStore = { endpoint: s3(), bucket: "pinot.segments", prefix: "dev" };
            pinot(host, { topology: "split", minion: true, deepStore });
            expect(await file(host, "pinot-controller", "controller.conf")).toContain(
                "controller.data.dir=s3://pinot.segments/dev\n",
            );
            for (const role of ["controller", "server", "minion"]) {
                const text = (await file(host, `pinot-${role}`, `${role}.conf`)).split("\n");
                expect(text).toEqual(
                    expect.arrayContaining([
                        `pinot.${role}.storage.factory.class.s3=org.apache.pinot.plugin.filesystem.S3PinotFS`,
                        `pinot.${role}.storage.factory.s3.endpoint=http://object-store:9000`,
                        `pinot.${role}.storage.factory.s3.accessKey=access`,
                        `pinot.${role}.storage.factory.s3.secretKey=secret`,
                        `pinot.${role}.segment.fetcher.protocols=file,http,s3`,
                    ]),
                );
                const files = host.services[`pinot-${role}`]?.files ?? {};
                for (const content of Object.values(files)) expect(await isSecret(content)).toBe(true);
            }
        });

        it("keeps them apart from those of other clusters in the same bucket", async () => {
            const host = new PlanHost();
            pinot(host, { clusterName: "blue", deepStore: { endpoint: s3(), bucket: "pinot.segments" } });
            expect(await file(host, "pinot", "controller.conf")).toContain("dir=s3://pinot.segments/blue\n");
        });

        it("refuses a bucket that Pinot 0.11 would look for in the host name", async () => {
            const { segmentFolder } = await import("../../../components/pinot-properties");
            expect(segmentFolder("pinot.segments", "dev")).toBe("s3://pinot.segments/dev");
            expect(() => segmentFolder("segments", "dev")).toThrow(
                /bucket "segments" has no dot[\s\S]*Way out: name the bucket such as "segments\.segments"/,
            );
        });
    });
});
