import { statSync } from "node:fs";
import { join } from "node:path";
import axios from "axios";
import { containersOf, engine, networksOf } from "../../cli/engine";
import { endOrphanedPlugins } from "../../cli/orphans";
import { expectWell, inShell, make, makeSignalled, ROOT, TEST_STACK } from "../support/make";
import { containerName, crash, healthy, queryPinot, testEndpoints } from "../support/stack";

const MINUTE = 60_000;

/** The whole life of a stack, as a person lives it: each test goes on from the one before. */
describe("a stack", () => {
    it(
        "comes up with one command, with its numbers proven and its addresses printed",
        async () => {
            const { text } = expectWell(await make("up"));
            expect(text).toMatch(/checks?, 0 differences/);
            expect(text).toMatch(/Pinot console\s+http:\/\/127\.0\.0\.1:29000/);
        },
        45 * MINUTE,
    );

    it(
        "changes nothing the second time",
        async () => {
            const { text } = expectWell(await make("up"));
            expect(text).toMatch(/0 changes/);
        },
        2 * MINUTE,
    );

    it("has every container healthy, limited, without capabilities, and published on loopback only", async () => {
        const containers = await containersOf(engine(), TEST_STACK);
        expect(containers.map(({ service }) => service)).toEqual([
            "clickstream",
            "dashboard",
            "flink-jobmanager",
            "flink-sql-gateway",
            "flink-taskmanager-1",
            "kafka",
            "pinot",
            "pinot-zookeeper",
        ]);
        for (const { id, service, health, ports } of containers) {
            const { HostConfig, Config } = await engine().getContainer(id).inspect();
            expect({ service, health }).toEqual({ service, health: "healthy" });
            expect({ service, drop: HostConfig.CapDrop }).toEqual({ service, drop: ["ALL"] });
            expect(HostConfig.Memory).toBeGreaterThan(0);
            expect({ service, root: ["", "0", "root"].includes(Config.User) }).toEqual({ service, root: false });
            for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
        }
    });

    it("keeps its passphrase to its owner", () => {
        expect(statSync(join(ROOT, ".state", "passphrase")).mode & 0o777).toBe(0o600);
    });

    it(
        "verifies while events keep flowing",
        async () => {
            const { text } = expectWell(await make("verify"));
            expect(text).toMatch(/raw-events: events in Pinot/);
            expect(text).toMatch(/product_analytics: revenue/);
            expect(text).not.toMatch(/DIFFERENT/);
        },
        2 * MINUTE,
    );

    it(
        "is the same when every server is asked what it holds",
        async () => {
            expect(expectWell(await make("refresh")).text).toMatch(/0 changes/);
        },
        2 * MINUTE,
    );

    it(
        'takes plain pulumi commands after eval "$(make -s env)"',
        async () => {
            expectWell(await inShell("pulumi preview --expect-no-changes --non-interactive"));
        },
        2 * MINUTE,
    );

    it(
        "lists its containers and addresses",
        async () => {
            const [status, urls, logs] = [
                await make("status"),
                await make("urls"),
                await make("logs", "S=clickstream", "N=5"),
            ];
            expect(expectWell(status).text).toMatch(/kafka\s+well/);
            expect(expectWell(urls).text).toMatch(/127\.0\.0\.1:29092/);
            expect(expectWell(logs).text.trim().split("\n").length).toBeGreaterThanOrEqual(1);
            const unknown = await make("logs", "S=nothing");
            expect(unknown.code).not.toBe(0);
            expect(unknown.text).toMatch(/no service "nothing"; it has clickstream, dashboard, flink-jobmanager/);
        },
        MINUTE,
    );

    it(
        "refuses to run twice at once, and says who is at work",
        async () => {
            const [one, two] = await Promise.all([make("up"), make("up")]);
            const [busy] = [one, two].filter(({ code }) => code !== 0);
            expect([one, two].filter(({ code }) => code === 0)).toHaveLength(1);
            expect(busy?.text).toMatch(/another millrace command is at work.*up, pid \d+/s);
        },
        2 * MINUTE,
    );

    it(
        "recovers from a killed broker with every event in place",
        async () => {
            await crash("kafka");
            await new Promise((resolve) => setTimeout(resolve, 1_000));
            await healthy("kafka");
            await healthy("clickstream");
            expect(expectWell(await make("verify")).text).not.toMatch(/DIFFERENT/);
        },
        5 * MINUTE,
    );

    it(
        "recovers from a killed Pinot with every event in place",
        async () => {
            await crash("pinot");
            await new Promise((resolve) => setTimeout(resolve, 1_000));
            await healthy("pinot", 180);
            expect(expectWell(await make("verify")).text).not.toMatch(/DIFFERENT/);
        },
        5 * MINUTE,
    );

    it(
        "makes a container that was removed by hand again",
        async () => {
            await engine().getContainer(containerName("clickstream")).remove({ force: true });
            expect(expectWell(await make("up")).text).toMatch(/1 created/);
        },
        3 * MINUTE,
    );

    it(
        "starts containers that were stopped by hand",
        async () => {
            // Its jobs go on with the JobManager.
            for (const service of ["flink-jobmanager", "pinot", "kafka"])
                await engine().getContainer(containerName(service)).stop({ t: 5 });
            expect(expectWell(await make("up")).text).toMatch(/0 changes/);
        },
        4 * MINUTE,
    );

    it(
        "makes a table that was deleted by hand again, and Pinot reads the topic anew",
        async () => {
            const endpoints = await testEndpoints();
            await axios.delete(`${endpoints["pinot.controllerUrl"]}/tables/raw_events?type=realtime&retention=0d`);
            const { text } = expectWell(await make("up"));
            expect(text).toMatch(/1 created/);
            expect(text).toMatch(/0 differences/);
        },
        4 * MINUTE,
    );

    it(
        "finishes after its volume of Pinot was lost",
        async () => {
            await engine().getContainer(containerName("pinot")).remove({ force: true });
            await engine().getVolume(containerName("pinot-data")).remove();
            const { text } = expectWell(await make("up"));
            expect(text).toMatch(/0 differences/);
        },
        5 * MINUTE,
    );

    it(
        "finishes after its network was removed",
        async () => {
            const containers = await containersOf(engine(), TEST_STACK);
            await Promise.all(containers.map(({ id }) => engine().getContainer(id).stop({ t: 10 })));
            for (const { id } of await networksOf(engine(), TEST_STACK)) await engine().getNetwork(id).remove();
            const { text } = expectWell(await make("up"));
            expect(text).toMatch(/0 differences/);
        },
        5 * MINUTE,
    );

    it(
        "replaces a container without touching what the server holds",
        async () => {
            const endpoints = await testEndpoints();
            const count = async (): Promise<number> =>
                Number(
                    (await queryPinot(endpoints["pinot.brokerUrl"] ?? "", "SELECT COUNT(*) FROM raw_events"))[0]?.[0],
                );
            const before = await count();
            expectWell(await inShell("pulumi config set millrace:kafkaRetentionHours 100"));
            const { text } = expectWell(await make("up"));
            expect(text).toMatch(/1 replaced/);
            expect(text).not.toMatch(/deleted/);
            expect(await count()).toBeGreaterThanOrEqual(before);
        },
        5 * MINUTE,
    );

    it(
        "finishes what a killed run left, whenever it was killed",
        async () => {
            for (const [hours, milliseconds] of [
                [101, 4_000],
                [102, 7_000],
            ] as const) {
                expectWell(await inShell(`pulumi config set millrace:kafkaRetentionHours ${hours}`));
                await makeSignalled("up", milliseconds, "SIGKILL");
            }
            const { text } = expectWell(await make("up"));
            expect(text).toMatch(/0 differences/);
            expect(endOrphanedPlugins(ROOT)).toBe(0);
        },
        6 * MINUTE,
    );

    it(
        "ends in order at Ctrl-C, whatever it is at, and goes on from there",
        async () => {
            for (const [hours, milliseconds] of [
                [103, 1_500],
                [104, 5_000],
                [105, 8_000],
            ] as const) {
                expectWell(await inShell(`pulumi config set millrace:kafkaRetentionHours ${hours}`));
                const { code, text } = await makeSignalled("up", milliseconds, "SIGINT");
                // One that had already done everything ends well.
                if (code !== 0) expect(text).toMatch(/interrupted/);
                expect(text).not.toMatch(/\n\s+at .*\.[jt]s:\d+/);
            }
            const { text } = expectWell(await make("up"));
            expect(text).toMatch(/0 differences/);
        },
        6 * MINUTE,
    );

    it(
        "refuses fewer partitions at preview, since the topic would be deleted",
        async () => {
            expectWell(await inShell("pulumi config set --path millrace:productAnalytics.rawPartitions 2"));
            const { code, text } = await make("preview");
            expectWell(await inShell("pulumi config set --path millrace:productAnalytics.rawPartitions 3"));
            expect(code).not.toBe(0);
            expect(text).toMatch(/topic "raw-events" cannot go from 3 to 2 partitions.*Way out.*Nothing was changed/s);
        },
        2 * MINUTE,
    );

    it(
        "names a port that is taken, with the program that has it, and changes nothing",
        async () => {
            const { createServer } = await import("node:net");
            const server = createServer().listen(32_099, "127.0.0.1");
            expectWell(await inShell("pulumi config set millrace:portOffset 24000"));
            const { code, text } = await make("up");
            expectWell(await inShell("pulumi config set millrace:portOffset 20000"));
            await new Promise((resolve) => server.close(resolve));
            expect(code).not.toBe(0);
            expect(text).toMatch(/port 32099 for pinot broker is taken by .+ \(pid \d+\)/);
        },
        2 * MINUTE,
    );
});
