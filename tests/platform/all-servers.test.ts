import { containersOf, engine, memoryUse } from "../../cli/engine";
import { expectWell, inShell, make, TEST_STACK } from "../support/make";
import { testEndpoints } from "../support/stack";

const MINUTE = 60_000;

/** Goes on from the stack that the life test brought up. */
describe("a stack with every server", () => {
    it(
        "gains them at an up, without touching what runs",
        async () => {
            const before = await containersOf(engine(), TEST_STACK);
            expectWell(await inShell("pulumi config set --path 'millrace:servers[0]' all"));
            const { text } = expectWell(await make("up", "ARGS=--timeline"));
            expect(text).toMatch(/0 differences/);
            expect(text).toMatch(/waited for/);
            expect(text).not.toMatch(/deleted|replaced/);
            const after = new Map(
                (await containersOf(engine(), TEST_STACK)).map(({ id, startedAt }) => [id, startedAt]),
            );
            for (const { id, startedAt } of before) expect(after.get(id)).toEqual(startedAt);
        },
        45 * MINUTE,
    );

    it("has them all healthy, limited, without capabilities or root, and published on loopback only", async () => {
        const containers = await containersOf(engine(), TEST_STACK);
        expect(containers.map(({ service }) => service)).toEqual([
            "clickhouse",
            "clickstream",
            "flink-jobmanager",
            "flink-sql-gateway",
            "flink-taskmanager-1",
            "hive-metastore",
            "kafka",
            "kafka-connect",
            "object-store",
            "pinot",
            "pinot-zookeeper",
            "postgres",
            "trino",
        ]);
        for (const { id, service, health, ports } of containers) {
            const { HostConfig, Config } = await engine().getContainer(id).inspect();
            expect({ service, health }).toEqual({ service, health: "healthy" });
            expect({ service, drop: HostConfig.CapDrop }).toEqual({ service, drop: ["ALL"] });
            expect({ service, limited: (HostConfig.Memory ?? 0) > 0 }).toEqual({ service, limited: true });
            expect({ service, root: ["", "0", "root"].includes(Config.User) }).toEqual({ service, root: false });
            for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
        }
    });

    it(
        "changes nothing the second time, also when every server is asked",
        async () => {
            expect(expectWell(await make("up")).text).toMatch(/0 changes/);
            expect(expectWell(await make("refresh")).text).toMatch(/0 changes/);
        },
        5 * MINUTE,
    );

    it("needs at most 4 GB of memory at rest", async () => {
        const containers = await containersOf(engine(), TEST_STACK);
        const use = await memoryUse(engine(), containers);
        expect(use.size).toBe(containers.length);
        expect([...use.values()].reduce((sum, megabytes) => sum + megabytes, 0)).toBeLessThan(4 * 1024);
    });

    it(
        "gives each server an address, and says none of its passwords",
        async () => {
            expect(Object.keys(await testEndpoints()).sort()).toEqual(
                expect.arrayContaining([
                    "clickhouse.url",
                    "flink.restUrl",
                    "objectStore.url",
                    "postgres.address",
                    "trino.url",
                ]),
            );
            const shown = expectWell(await inShell("pulumi stack output credentials --json --show-secrets")).text;
            const credentials = JSON.parse(shown) as Record<string, Record<string, string>>;
            const passwords = Object.values(credentials).flatMap(
                ({ password, secretKey }) => password ?? secretKey ?? [],
            );
            expect(passwords.length).toBeGreaterThanOrEqual(4);
            const said = [
                expectWell(await inShell("pulumi stack output --json")).text,
                expectWell(await inShell("pulumi stack export")).text,
                expectWell(await make("status")).text,
                expectWell(await make("urls")).text,
            ].join("\n");
            for (const password of passwords) expect(said.includes(password)).toBe(false);
        },
        MINUTE,
    );
});
