import { pbkdf2Sync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { passwordFileLine } from "../../../components/trino-password";
import { environmentName, type TrinoSettings, trinoSpec } from "../../../components/trino-spec";
import { PlanHost } from "../../../hosts/plan-host";
import { SIZES, type Size } from "../../../lib/sizes";

const PASSWORD = "planted-password";
const KEY = "planted-key";

/** Made things are what they would be, with secrets that are easy to find. */
const MOCKS: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs }) => ({
        id: name,
        state: {
            ...inputs,
            value: pulumi.secret(PASSWORD),
            privateKey: pulumi.secret(KEY),
            certificate: `certificate of ${type}`,
        },
    }),
    call: ({ token }) => {
        throw new Error(`no call expected: ${token}`);
    },
};

const resolved = <T>(input: pulumi.Input<T>): Promise<T> =>
    new Promise((resolve) => pulumi.output(input).apply((value) => resolve(value as T)));

const properties = (text: unknown): Record<string, string> =>
    Object.fromEntries(
        String(text)
            .trim()
            .split("\n")
            .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );

describe("Trino", () => {
    let Trino: typeof import("../../../components/trino").Trino;
    beforeAll(async () => {
        await pulumi.runtime.setMocks(MOCKS, "millrace", "test", false);
        ({ Trino } = await import("../../../components/trino"));
    });

    const settings: TrinoSettings = {
        memory: SIZES.small.trino,
        environment: "test",
        security: { authentication: "none" },
        internalSecret: "internal",
        secrets: {},
    };
    const file = (spec: ReturnType<typeof trinoSpec>, ending: string): string => {
        const found = Object.entries(spec.files ?? {}).find(([path]) => path.endsWith(`/${ending}`));
        if (found === undefined) throw new Error(`no file ${ending}`);
        return String(found[1]);
    };

    describe("without authentication", () => {
        const host = new PlanHost();
        let trino: InstanceType<typeof Trino>;
        beforeAll(() => {
            trino = new Trino("trino", { host, secrets: { POSTGRES_PASSWORD: "hunter2" } });
        });

        it("is reached by plain HTTP from both sides, and asks for no password", async () => {
            expect(await resolved(trino.url.inNetwork)).toBe("http://trino:8080");
            expect(await resolved(trino.url.onHost)).toBe("http://127.0.0.1:18080");
            expect({ user: trino.user, password: trino.password, certificate: trino.certificate }).toEqual({
                user: "millrace",
                password: undefined,
                certificate: undefined,
            });
        });
        it("is ready when it has started, not when its port is open", () => {
            expect(host.services.trino?.ready.ask).toEqual([
                { http: { port: "http", path: "/v1/info", contains: '"starting":false' } },
            ]);
        });
        it("keeps catalogs on its volume, and takes them by statement", () => {
            const spec = host.services.trino;
            const config = properties(file(spec as never, "config.properties"));
            expect(config).toMatchObject({ "catalog.management": "dynamic", "catalog.store": "file" });
            const [mount] = Object.keys(spec?.volumes ?? {});
            const store = properties(file(spec as never, "catalog-store.properties"));
            expect(store["catalog.config-dir"]).toMatch(new RegExp(`^${mount}/`));
            expect(properties(file(spec as never, "node.properties"))["node.data-dir"]).toBe(mount);
        });
        it("is the same node again when its container is recreated", () => {
            expect(properties(file(host.services.trino as never, "node.properties"))).toMatchObject({
                "node.id": "trino",
                "node.environment": "millrace_test",
            });
        });
        it("hands secrets to catalogs by name; they and the nodes' own secret stand in no file", async () => {
            const { env = {}, files = {} } = host.services.trino ?? {};
            expect(await resolved(env.POSTGRES_PASSWORD as pulumi.Input<string>)).toBe("hunter2");
            for (const value of Object.values(env)) expect(await pulumi.isSecret(pulumi.output(value))).toBe(true);
            for (const text of Object.values(files)) expect(String(text)).not.toMatch(/hunter2|planted/);
            expect(file(host.services.trino as never, "config.properties")).toContain(
                // biome-ignore lint/suspicious/noTemplateCurlyInString: Trino's own form of a reference.
                "internal-communication.shared-secret=${ENV:TRINO_INTERNAL_SECRET}\n",
            );
        });
        it("refers to a secret it was given, and says what to do about another", () => {
            // biome-ignore lint/suspicious/noTemplateCurlyInString: Trino's own form of a reference.
            expect(trino.secretReference("POSTGRES_PASSWORD")).toBe("${ENV:POSTGRES_PASSWORD}");
            expect(() => trino.secretReference("S3_KEY")).toThrow(
                /Trino "trino" has no secret "S3_KEY"[\s\S]*POSTGRES_PASSWORD[\s\S]*Way out: add it/,
            );
        });
    });

    describe("with a password", () => {
        const host = new PlanHost();
        let trino: InstanceType<typeof Trino>;
        beforeAll(() => {
            trino = new Trino("trino", { host, authentication: "password", user: "ann" });
        });

        it("is reached by HTTPS from both sides; plain HTTP is not published", async () => {
            expect(await resolved(trino.url.inNetwork)).toBe("https://trino:8443");
            expect(await resolved(trino.url.onHost)).toBe("https://127.0.0.1:18443");
            expect(host.services.trino?.ports).toMatchObject({ http: { internal: true }, https: { port: 8443 } });
            expect(host.services.trino?.ready.ask).toContainEqual({ tcp: { port: "https" } });
        });
        it("gives its password and key away as secrets only", async () => {
            expect(await resolved(trino.password as pulumi.Output<string>)).toBe(PASSWORD);
            expect(await pulumi.isSecret(trino.password as pulumi.Output<string>)).toBe(true);
            const files = host.services.trino?.files ?? {};
            for (const path of ["passwords", "server.pem"]) {
                const content = pulumi.output(files[`/etc/millrace/trino/${path}`] as pulumi.Input<string>);
                expect(await pulumi.isSecret(content)).toBe(true);
            }
            expect(await resolved(trino.certificate as pulumi.Output<string>)).toContain("ServerCertificate");
        });
        it("knows the password by its hash", async () => {
            const text = await resolved(host.services.trino?.files?.["/etc/millrace/trino/passwords"] as string);
            expect(text).toBe(passwordFileLine("ann", PASSWORD));
            expect(text).not.toContain(PASSWORD);
        });
        it("takes passwords over HTTPS only", () => {
            const config = properties(file(host.services.trino as never, "config.properties"));
            expect(config).toMatchObject({
                "http-server.authentication.type": "PASSWORD",
                "http-server.https.port": "8443",
            });
            expect(config).not.toHaveProperty("http-server.authentication.allow-insecure-over-http");
        });
    });

    describe.each(Object.keys(SIZES) as Size[])("at size %s", (size) => {
        const memory = SIZES[size].trino;
        const spec = trinoSpec("trino", { ...settings, memory });
        const megabytes = (text: string | undefined): number => Number(/^(\d+)MB$/.exec(text ?? "")?.[1]);

        it("leaves room in the heap beside what queries may take, which Trino would not start without", () => {
            const config = properties(file(spec, "config.properties"));
            const perNode = megabytes(config["query.max-memory-per-node"]);
            const headroom = megabytes(config["memory.heap-headroom-per-node"]);
            expect(perNode).toBeGreaterThanOrEqual(128);
            expect(perNode + headroom).toBeLessThan(memory.heap);
        });
        it("bounds the heap and what is beside it", () => {
            const jvm = file(spec, "jvm.config");
            expect(jvm).toContain(`-Xmx${memory.heap}m\n`);
            expect(jvm).not.toContain("RAMPercentage");
            const beside = [...jvm.matchAll(/(?:MaxMetaspaceSize|ReservedCodeCacheSize)=(\d+)m/g)].map(([, mb]) =>
                Number(mb),
            );
            expect(beside).toHaveLength(2);
            expect(memory.heap + beside.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(memory.limit);
            expect(spec.memoryMegabytes).toBe(memory.limit);
        });
    });

    it("checks rules of access control before anything starts, and reads them again while it runs", () => {
        const rules = JSON.stringify({ catalogs: [{ allow: "all" }] });
        const spec = trinoSpec("trino", { ...settings, accessControlRules: rules });
        expect(properties(file(spec, "access-control.properties"))).toEqual({
            "access-control.name": "file",
            "security.config-file": "/etc/millrace/trino/access-control.json",
            "security.refresh-period": "5s",
        });
        expect(file(spec, "access-control.json")).toBe(rules);
        for (const wrong of ["{", "[]", "null", '"all"']) {
            expect(() => trinoSpec("trino", { ...settings, accessControlRules: wrong })).toThrow(/Way out/);
        }
    });

    it.each([
        "has space",
        "1st",
        "a-b",
        "JAVA_HOME",
        "JDK_JAVA_OPTIONS",
        "PATH",
        "LD_PRELOAD",
        "TRINO_INTERNAL_SECRET",
    ])("refuses a secret named %s", (name) => {
        expect(() => trinoSpec("trino", { ...settings, secrets: { [name]: "x" } })).toThrow(
            /cannot name a secret[\s\S]*Way out/,
        );
    });

    it("turns any name of a stack into one that Trino takes", () => {
        expect(environmentName("Millrace_My-Stack.2")).toBe("millrace_my_stack_2");
        expect(environmentName("9lives")).toBe("lives");
    });
});

describe("a line of Trino's password file", () => {
    it("is the same for the same password, and says nothing of another one's", () => {
        expect(passwordFileLine("ann", "one")).toBe(passwordFileLine("ann", "one"));
        const [ann, bob, other] = [
            passwordFileLine("ann", "one"),
            passwordFileLine("bob", "one"),
            passwordFileLine("ann", "two"),
        ];
        const hash = (line: string): string | undefined => line.split(":")[3];
        expect(new Set([hash(ann), hash(bob), hash(other)]).size).toBe(3);
    });
    it("is what Trino computes from the password: PBKDF2 with its own salt and iterations", () => {
        const [user, iterations, salt = "", hash] = passwordFileLine("ann", "one").trim().split(":");
        expect(user).toBe("ann");
        expect(Number(iterations)).toBeGreaterThanOrEqual(1000);
        const computed = pbkdf2Sync("one", Buffer.from(salt, "hex"), Number(iterations), 20, "sha1");
        expect(hash).toBe(computed.toString("hex"));
    });
});
