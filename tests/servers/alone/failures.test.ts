import { engine } from "../../../cli/engine";
import { explainContainers } from "../../../cli/explain";
import { ZooKeeper } from "../../../components/zookeeper";
import type { Host } from "../../../hosts/host";
import type { ServiceSpec } from "../../../hosts/service-spec";
import { type Alone, startAlone } from "../../support/alone";

const MINUTE = 60_000;
const NAME = "failures";

/** A service that does what a test wants, beside a ZooKeeper that works. */
const beside =
    (command: readonly string[], extra: Partial<ServiceSpec> = {}) =>
    (host: Host) => {
        const zookeeper = new ZooKeeper("zookeeper", { host });
        host.service(
            "patient",
            {
                image: "zookeeper",
                command,
                user: "1000:1000",
                ports: { client: { port: 2181, internal: true } },
                ready: { ask: [{ tcp: { port: "client" } }], deadlineSeconds: 8, intervalSeconds: 1 },
                memoryMegabytes: 64,
                ...extra,
            },
            {},
        );
        return { address: zookeeper.planned };
    };

describe("a service that does not come up", () => {
    let server: Alone;
    let startedAt: string;
    const zookeeper = () => engine().getContainer(`millrace-alone-${NAME}-zookeeper`).inspect();

    beforeAll(async () => {
        server = await startAlone(NAME, (host) => ({ address: new ZooKeeper("zookeeper", { host }).planned }));
        startedAt = (await zookeeper()).State.StartedAt;
    }, 3 * MINUTE);
    afterAll(() => server?.stop(), 2 * MINUTE);

    it(
        "is named with the reason, its last words and where to read more, when it dies at its start",
        async () => {
            await expect(server.up(beside(["bash", "-c", "echo the disk is made of cheese; exit 3"]))).rejects.toThrow(
                /patient/,
            );
            const [explanation, ...others] = await explainContainers(engine(), `alone-${NAME}`);
            expect(others).toEqual([]);
            expect(explanation).toMatch(/^service patient keeps ending \((exit code 3, )?\d+ restarts\)/);
            expect(explanation).toMatch(/the disk is made of cheese/);
            expect(explanation).toMatch(/make logs S=patient/);
        },
        2 * MINUTE,
    );

    it(
        "is named when its program is for another processor",
        async () => {
            // The head of a program for SPARC: no engine that this runs on can start it.
            const head = "\\x7fELF\\x02\\x02\\x01\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\x02\\0\\x2b";
            const start = `printf '${head}' >/tmp/foreign; chmod +x /tmp/foreign; exec /tmp/foreign`;
            await expect(server.up(beside(["bash", "-c", start]))).rejects.toThrow(/patient/);
            const [explanation] = await explainContainers(engine(), `alone-${NAME}`);
            expect(explanation).toMatch(/for another processor than this machine's.*Way out.*Exec format error/s);
        },
        2 * MINUTE,
    );

    it(
        "is named when its probe never says ready",
        async () => {
            await expect(server.up(beside(["sleep", "3600"]))).rejects.toThrow(/patient/);
            const [explanation] = await explainContainers(engine(), `alone-${NAME}`);
            expect(explanation).toMatch(/^service patient runs, but its probe has not said ready yet/);
        },
        2 * MINUTE,
    );

    it(
        "is named when it needs more memory than its limit",
        async () => {
            const greedy = "text=x; while true; do text=$text$text; done";
            await expect(server.up(beside(["bash", "-c", greedy]))).rejects.toThrow(/patient/);
            const [explanation] = await explainContainers(engine(), `alone-${NAME}`);
            expect(explanation).toMatch(/^service patient was ended for want of memory|exit code 137/);
        },
        2 * MINUTE,
    );

    it(
        "leaves the others running, and the next up goes on from there",
        async () => {
            const listen = "sleep 0.1; exec zkServer.sh start-foreground /tmp/zoo.cfg";
            const config =
                "printf 'tickTime=2000\\ndataDir=/tmp\\nclientPort=2181\\nadmin.enableServer=false\\n' >/tmp/zoo.cfg";
            const healed = beside(["bash", "-c", `${config}; ${listen}`], {
                memoryMegabytes: 256,
                ready: { ask: [{ tcp: { port: "client" } }], deadlineSeconds: 60 },
            });
            await server.up(healed);
            expect(await server.up(healed)).toEqual({ changes: 0 });
            expect((await zookeeper()).State.StartedAt).toBe(startedAt);
        },
        3 * MINUTE,
    );
});
