import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { serverConfig } from "../../../build/images/clickhouse/server/config";
import { configTree, merged } from "../../../build/images/clickhouse/server/config-tree";
import { clickHouseUsers } from "../../../components/clickhouse-spec";
import { PlanHost } from "../../../hosts/plan-host";
import { SIZES, type Size } from "../../../lib/sizes";

const PASSWORD = "planted-password";

const MOCKS: pulumi.runtime.Mocks = {
    newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs, value: pulumi.secret(PASSWORD) } }),
    call: ({ token }) => {
        throw new Error(`no call expected: ${token}`);
    },
};

const resolved = <T>(input: pulumi.Input<T>): Promise<T> =>
    new Promise((resolve) => pulumi.output(input).apply((value) => resolve(value as T)));

describe("ClickHouse", () => {
    let ClickHouse: typeof import("../../../components/clickhouse").ClickHouse;
    beforeAll(async () => {
        await pulumi.runtime.setMocks(MOCKS, "millrace", "test", false);
        ({ ClickHouse } = await import("../../../components/clickhouse"));
    });

    const start = (host: PlanHost, args = {}) => new ClickHouse("clickhouse", { host, ...args });
    const file = (host: PlanHost, name: string): Promise<string> =>
        resolved(host.services.clickhouse?.files?.[`/etc/clickhouse-server/${name}.d/millrace.yaml`] ?? "");

    it("has one address for each side, and its port is not one of the native protocol", async () => {
        const host = new PlanHost();
        const server = start(host);
        expect(await resolved(server.url.inNetwork)).toBe("http://clickhouse:8123");
        expect(await resolved(server.url.onHost)).toBe("http://127.0.0.1:18123");
        expect(Object.keys(host.services.clickhouse?.ports ?? {})).toEqual(["http"]);
    });

    it("keeps its passwords secret, and gives the server their hashes only", async () => {
        const host = new PlanHost();
        const server = start(host, { readers: ["analyst"] });
        expect(await pulumi.isSecret(server.password)).toBe(true);
        expect(await resolved(server.password)).toBe(PASSWORD);
        const users = await file(host, "users");
        expect(users).not.toContain(PASSWORD);
        expect(users).toContain(createHash("sha256").update(PASSWORD).digest("hex"));
        const spec = host.services.clickhouse;
        expect(
            await pulumi.isSecret(pulumi.output(spec?.files?.["/etc/clickhouse-server/users.d/millrace.yaml"])),
        ).toBe(true);
        expect(JSON.stringify([spec?.command, spec?.env])).not.toContain(PASSWORD);
    });

    it("has no user without a password, and readers that cannot change anything", async () => {
        const host = new PlanHost();
        const server = start(host, { readers: ["analyst"] });
        const users = parse(await file(host, "users"));
        expect(users.users.default).toEqual({ "@remove": "remove" });
        expect(users.users.analyst.profile).toBe("reader");
        expect(users.profiles.reader.readonly).toBe(2);
        expect(server.reader("analyst").username).toBe("analyst");
        expect(() => server.reader("nobody")).toThrow(/add it to readers/);
    });

    it.each([["millrace"], ["default"], ["a b"], ["1st"]])('refuses "%s" as a reader', (name) => {
        expect(() => clickHouseUsers([name])).toThrow(`ClickHouse reader "${name}"`);
        expect(() => clickHouseUsers(["twice", "twice"])).toThrow(/already/);
    });

    it("bounds its logs, its queries and the time that a killed one holds its partitions", async () => {
        const host = new PlanHost();
        start(host, { queryLogDays: 7, maxConcurrentQueries: 5 });
        const config = parse(await file(host, "config"));
        expect(config).toMatchObject({
            max_concurrent_queries: 5,
            query_log: { ttl: "event_date + INTERVAL 7 DAY DELETE" },
            metric_log: { "@remove": "remove" },
            kafka: { session_timeout_ms: 10_000 },
        });
    });

    it("is read by the built image as it is meant", async () => {
        const host = new PlanHost();
        start(host, { readers: ["analyst"] });
        const tree = async (name: string) =>
            merged({}, configTree(parse(await file(host, name), { schema: "failsafe" })));
        const config = serverConfig(await tree("config"), await tree("users"));
        expect(config).toMatchObject({ httpPort: 8123, path: "/var/lib/clickhouse/", listenHosts: ["0.0.0.0"] });
        expect([...config.users.keys()]).toEqual(["millrace", "analyst"]);
        expect(config.users.get("analyst")?.settings.get("readonly")).toBe("2");
        expect(Object.keys(config.engine)).toEqual(expect.arrayContaining(["max_server_memory_usage", "kafka"]));
    });

    describe.each(Object.keys(SIZES) as Size[])("size %s", (size) => {
        it("leaves room beside the queries' memory, and one query room for others", async () => {
            const host = new PlanHost();
            const memory = SIZES[size].clickhouse;
            start(host, { memory });
            const bytes = parse(await file(host, "config")).max_server_memory_usage;
            expect(bytes).toBe(memory.server * 1024 * 1024);
            expect(host.services.clickhouse?.memoryMegabytes).toBe(memory.limit);
            expect(memory.limit - memory.server).toBeGreaterThanOrEqual(256);
            expect(parse(await file(host, "users")).profiles.default.max_memory_usage).toBeLessThan(bytes);
        });
    });

    it("runs as the image's own user, stores on its volume, and is ready when it answers", () => {
        const host = new PlanHost();
        start(host);
        expect(host.services.clickhouse).toMatchObject({
            user: "101:101",
            volumes: { "/var/lib/clickhouse": "data" },
            ready: { ask: [{ http: { port: "http", path: "/ping", contains: "Ok." } }] },
        });
    });
});
