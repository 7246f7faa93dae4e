import { type VerifyFlags, verifyCommand } from "../../cli/verify";
import type { Endpoints } from "../../cli/verify/endpoints";
import { pinotStore } from "../../cli/verify/pinot-store";
import { type Report, verify } from "../../cli/verify/verify";
import { ledgerKey } from "../../lib/ledger";
import { readLedgers } from "../../lib/ledger/read";
import { rawEventsChecks } from "../../pipelines/product-analytics/checks";
import { bundleGenerators, pause, Scratch, startGenerator } from "./generators-harness";
import { type ScratchTable, scratchTable, testServers } from "./verify-harness";

jest.setTimeout(120_000);

let bundle: string;
let endpoints: Endpoints;
let scratch: Scratch;
let table: ScratchTable;

beforeAll(async () => {
    bundle = bundleGenerators();
    endpoints = await testServers();
});
beforeEach(async () => {
    scratch = await Scratch.create(endpoints["kafka.bootstrapServers"] ?? "");
    table = await scratchTable(endpoints, scratch.topic);
});
afterEach(async () => {
    await table.remove();
    await scratch.remove();
});

const clickstream = (...flags: string[]) => startGenerator(bundle, ["clickstream", ...flags], scratch.env);
const ledgers = (from = scratch) =>
    readLedgers({ brokers: from.brokers.split(","), topic: from.ledgerTopic, timeoutMillis: 20_000 });

/** Everything that verify does, for the scratch topic and table. */
function compared(seconds: number): Promise<Report> {
    const { "pinot.brokerUrl": brokerUrl = "", "pinot.controllerUrl": controllerUrl = "" } = endpoints;
    return verify({
        checkSets: [rawEventsChecks(table.name)],
        stores: { pinot: pinotStore({ brokerUrl, controllerUrl }) },
        readLedgers: () => ledgers(),
        timeoutMillis: seconds * 1_000,
        clock: { now: Date.now, sleep: pause },
    });
}

const different = (report: Report) =>
    report.checks.filter(({ verdict }) => verdict === "different").map(({ check }) => check);

describe("verify against real servers", () => {
    it("finds everything equal while events keep flowing, after a kill, and over several runs", async () => {
        const flowing = clickstream("--events-per-second", "400");
        await flowing.said("started");
        await pause(3_000);
        const first = await compared(40);
        expect(different(first)).toEqual([]);
        expect(first.events).toBeGreaterThan(500);
        flowing.process.kill("SIGKILL");
        await flowing.ended;
        await clickstream("--events", "1000", "--events-per-second", "0").ended;
        const second = await compared(40);
        expect(different(second)).toEqual([]);
        expect(second).toMatchObject({ runs: 2, expired: 0 });
        expect(second.events).toBeGreaterThanOrEqual(first.events + 1_000);
    });

    it("finds one event that is there twice, and says which", async () => {
        await clickstream("--events", "2000", "--events-per-second", "0").ended;
        expect(different(await compared(40))).toEqual([]);
        const twice = (await scratch.replay()).filter(({ event }) => event.sequence === 1_234);
        await scratch.append(twice);
        // Pinot takes the copy in some time later; the ledger has long been equal.
        await pause(3_000);
        const report = await compared(4);
        expect(different(report)).toContain("raw-events: events in Pinot");
        expect(different(report)).not.toContain("raw-events: distinct event ids");
        const [events] = report.checks;
        expect(events).toMatchObject({ expected: 2_000, actual: 2_001 });
        expect(events?.hint).toMatch(/^\+1 in run .*: duplicates; the first is sequence 1234, which is there 2 times$/);
    });

    it("finds one event that was lost, and says which", async () => {
        const origin = await Scratch.create(scratch.brokers);
        try {
            await startGenerator(bundle, ["clickstream", "--events", "2000", "--events-per-second", "0"], origin.env)
                .ended;
            await scratch.append((await origin.replay()).filter(({ event }) => event.sequence !== 777));
            const [ledger] = await ledgers(origin);
            if (ledger === undefined) throw new Error("the origin has no ledger");
            await scratch.publish(ledgerKey(ledger), JSON.stringify(ledger));
        } finally {
            await origin.remove();
        }
        const report = await compared(15);
        const [events] = report.checks;
        expect(events).toMatchObject({ expected: 2_000, actual: 1_999, verdict: "different" });
        expect(events?.hint).toMatch(/^-1 in run .*: lost events; the first is sequence 777, which is missing$/);
        expect(different(report)).toContain("raw-events: distinct event ids");
    });

    it("finds events that no ledger speaks of", async () => {
        await clickstream("--events", "100", "--events-per-second", "0").ended;
        const [one] = await scratch.replay();
        if (one === undefined) throw new Error("nothing was sent");
        const event = { ...one.event, run_id: "ghost" };
        await scratch.append([{ ...one, event, text: JSON.stringify(event) }]);
        await pause(3_000);
        const report = await compared(5);
        expect(different(report)).toEqual(["raw-events: runs without a ledger"]);
        expect(report.checks.at(-1)?.hint).toContain("ghost");
    });
});

describe("verify when it cannot ask", () => {
    async function outcome(changed: Record<string, string>, flags: VerifyFlags = {}) {
        let text = "";
        const sink = { write: (part: string) => (text += part) };
        const more: VerifyFlags = { timeoutSeconds: 2, ...flags };
        return { code: await verifyCommand({ ...endpoints, ...changed }, more, sink, sink), text };
    }

    it("exits with 2 and names the broker that does not answer, with a way out", async () => {
        const { code, text } = await outcome({ "kafka.bootstrapServers": "127.0.0.1:9" });
        expect(code).toBe(2);
        expect(text).toMatch(/error: the ledger cannot be read from 127\.0\.0\.1:9: .*Way out: make status/s);
    });

    it("exits with 2 and names the Pinot broker or controller that does not answer", async () => {
        const broker = await outcome({ "pinot.brokerUrl": "http://127.0.0.1:9" });
        expect(broker.text).toContain("Pinot's broker http://127.0.0.1:9 cannot be asked: ECONNREFUSED");
        const controller = await outcome({ "pinot.controllerUrl": "http://127.0.0.1:9" });
        expect(controller.text).toContain("Pinot's controller http://127.0.0.1:9 cannot be asked: ECONNREFUSED");
        expect([broker.code, controller.code]).toEqual([2, 2]);
    });

    it("exits with 2 when there is no ledger topic, or nothing in it", async () => {
        const none = await outcome({}, { ledgerTopic: "no-such-topic" });
        expect(none.text).toContain('topic "no-such-topic" does not exist');
        const empty = await outcome({}, { ledgerTopic: scratch.ledgerTopic, timeoutSeconds: 6 });
        expect(empty.text).toContain('no ledger of the generator "clickstream"');
        expect([none.code, empty.code]).toEqual([2, 2]);
    });
});
