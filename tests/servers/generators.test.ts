import { problemsOf } from "../../lib/contract";
import { readLedgers } from "../../lib/ledger/read";
import { rawEvents } from "../../pipelines/product-analytics/contract";
import {
    bundleGenerators,
    pause,
    recount,
    recountActiveUsers,
    recountProducts,
    Scratch,
    startGenerator,
    testBrokers,
} from "./generators-harness";

jest.setTimeout(90_000);

let bundle: string;
let brokers: string;
let scratch: Scratch;

beforeAll(async () => {
    bundle = bundleGenerators();
    brokers = await testBrokers();
});
beforeEach(async () => {
    scratch = await Scratch.create(brokers);
});
afterEach(() => scratch.remove());

const clickstream = (...flags: string[]) => startGenerator(bundle, ["clickstream", ...flags], scratch.env);
const ledgers = () =>
    readLedgers({ brokers: scratch.brokers.split(","), topic: scratch.ledgerTopic, timeoutMillis: 20_000 });

describe("a bounded run", () => {
    it("delivers exactly as many events as asked for, keeps its contract, and its ledger equals a replay", async () => {
        const { code, stderr } = await clickstream("--events", "20000", "--events-per-second", "0").ended;
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        const messages = await scratch.replay();
        expect(messages).toHaveLength(20_000);
        for (const { event } of messages.slice(0, 500)) expect(problemsOf(rawEvents, event)).toEqual([]);
        const [ledger, ...others] = await ledgers();
        expect(others).toEqual([]);
        expect(ledger).toMatchObject({ final: true, watermark: 20_000, topic: scratch.topic });
        expect(ledger?.totals).toEqual(recount(messages, { run: ledger?.run ?? "", watermark: 20_000 }));
        expect(new Set(messages.map(({ event }) => event.event_id)).size).toBe(20_000);
    });

    it("sends faults as it is told, megabytes among them, and its ledger says each of them", async () => {
        const faults = ["--duplicate-rate", "0.05", "--late-rate", "0.02", "--malformed-rate", "0.02"];
        const { code, stderr } = await clickstream("--events", "6000", "--events-per-second", "0", ...faults).ended;
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        const messages = await scratch.replay();
        const [ledger] = await ledgers();
        const run = ledger?.run ?? "";
        expect(ledger).toMatchObject({ final: true, watermark: 6_000, parameters: { duplicateRate: 0.05 } });
        expect(ledger?.totals).toEqual(recount(messages, { run, watermark: 6_000 }));
        expect(ledger?.totals.messages).toBe(messages.length);
        for (const name of ["duplicate_events", "late_events", "malformed_too_large", "malformed_not_json"]) {
            expect(ledger?.totals[name]).toBeGreaterThan(0);
        }
        expect(ledger?.groups?.products).toEqual(recountProducts(messages, run));
        expect(ledger?.groups?.active_users).toEqual(recountActiveUsers(messages, run));
    });

    it("keeps a user's events in one partition, in order, and uses all partitions", async () => {
        await clickstream("--events", "3000", "--events-per-second", "0").ended;
        const place = new Map<string, { partition: number; sequence: number }>();
        for (const { partition, key, event } of await scratch.replay()) {
            expect(key).toBe(event.user_id);
            const before = place.get(key);
            if (before !== undefined) {
                expect(partition).toBe(before.partition);
                expect(event.sequence).toBeGreaterThan(before.sequence);
            }
            place.set(key, { partition, sequence: event.sequence });
        }
        expect(new Set([...place.values()].map(({ partition }) => partition)).size).toBe(3);
    });

    it("is the same, byte for byte, when it is made again from the same clock", async () => {
        const flags = [
            ...["--events", "2000", "--events-per-second", "2000", "--clock-start", "2026-01-01T00:00:00Z"],
            ...["--rate-shape", "burst", "--rate-period", "2", "--duplicate-rate", "0.03", "--late-rate", "0.03"],
        ];
        const other = await Scratch.create(brokers);
        try {
            await clickstream(...flags).ended;
            await startGenerator(bundle, ["clickstream", ...flags], other.env).ended;
            const texts = async (each: Scratch) =>
                (await each.replay()).sort((a, b) => a.event.sequence - b.event.sequence).map(({ text }) => text);
            const one = await texts(scratch);
            expect(one.length).toBeGreaterThan(2_030);
            expect(await texts(other)).toEqual(one);
            const mine = (await ledgers())[0];
            const timeoutMillis = 20_000;
            const [theirs] = await readLedgers({
                brokers: brokers.split(","),
                topic: other.ledgerTopic,
                timeoutMillis,
            });
            expect({ ...theirs, topic: "" }).toEqual({ ...mine, topic: "" });
        } finally {
            await other.remove();
        }
    });
});

describe("a run that is told to stop", () => {
    it.each(["SIGTERM", "SIGINT"] as const)(
        "drains on %s: exit 0, all that it sent in its last ledger",
        async (name) => {
            const running = clickstream("--events-per-second", "2000");
            await running.said("started");
            await pause(2_500);
            const told = Date.now();
            running.process.kill(name);
            const { code } = await running.ended;
            expect(code).toBe(0);
            expect(Date.now() - told).toBeLessThan(5_000);
            const messages = await scratch.replay();
            const [ledger] = await ledgers();
            expect(ledger?.final).toBe(true);
            expect(ledger?.watermark).toBe(messages.length);
            expect(ledger?.totals).toEqual(recount(messages, { run: ledger?.run ?? "", watermark: messages.length }));
        },
    );
});

describe("a run that is killed", () => {
    it("leaves a snapshot that is right for its watermark, and a restart is a run of its own that adds up", async () => {
        const running = clickstream("--events-per-second", "3000");
        await running.said("started");
        await pause(3_300);
        running.process.kill("SIGKILL");
        expect((await running.ended).signal).toBe("SIGKILL");
        await clickstream("--events", "700", "--events-per-second", "0").ended;

        const messages = await scratch.replay();
        const found = await ledgers();
        expect(found).toHaveLength(2);
        for (const ledger of found) expect(ledger.totals).toEqual(recount(messages, ledger));
        const killed = found.find(({ final }) => !final);
        expect(killed?.watermark).toBeGreaterThan(3_000);
        // The topic may hold more than the last snapshot says; never less.
        const sent = messages.filter(({ event }) => event.run_id === killed?.run).length;
        expect(sent).toBeGreaterThanOrEqual(killed?.watermark ?? 0);
    });
});

describe("a run under watch", () => {
    it("has a right ledger at every moment, and is well while it runs", async () => {
        const running = clickstream("--events-per-second", "1000", "--run-hours", "0.001");
        await running.said("started");
        for (let look = 0; look < 3; look++) {
            await pause(1_500);
            const found = await ledgers();
            const messages = await scratch.replay();
            for (const ledger of found) expect(ledger.totals).toEqual(recount(messages, ledger));
        }
        running.process.kill("SIGTERM");
        const { code, lines } = await running.ended;
        expect(code).toBe(0);
        // 0.001 hours are 3.6 seconds: it began at least one more run by itself, and closed all of them.
        const found = await ledgers();
        expect(found.length).toBeGreaterThan(1);
        expect(found.every(({ final }) => final)).toBe(true);
        expect(lines.filter(({ message }) => message === "started")).toHaveLength(found.length);
        expect(await scratch.replay()).toHaveLength(found.reduce((sum, { watermark }) => sum + watermark, 0));
    });

    it("keeps to its rate", async () => {
        const { code, seconds } = await clickstream("--events", "1500", "--events-per-second", "500").ended;
        expect(code).toBe(0);
        expect(seconds).toBeGreaterThan(2.9);
        expect(seconds).toBeLessThan(8);
    });
});

describe("a run whose rate comes in bursts", () => {
    it("sends most in the first tenth of each period, and keeps its mean", async () => {
        const shape = ["--rate-shape", "burst", "--rate-period", "2", "--rate-amplitude", "1"];
        const { code, seconds } = await clickstream("--events", "1200", "--events-per-second", "200", ...shape).ended;
        expect(code).toBe(0);
        expect(seconds).toBeGreaterThan(3.9);
        expect(seconds).toBeLessThan(25);
        const inBursts = (await scratch.replay()).filter(({ event }) => event.produced_at % 2_000 < 400).length;
        expect(inBursts).toBeGreaterThan(900);
    });
});

describe("what stands in the way", () => {
    it("is a topic that does not exist: exit 1, named, in the time that was given", async () => {
        const env = { ...scratch.env, KAFKA_TOPIC: "no-such-topic", WAIT_SECONDS: "2" };
        const { code, lines, seconds } = await startGenerator(bundle, ["clickstream"], env).ended;
        expect(code).toBe(1);
        expect(seconds).toBeLessThan(10);
        expect(lines.at(-1)).toMatchObject({ level: "error" });
        expect(lines.at(-1)?.message).toContain('no topic "no-such-topic"');
    });

    it("is a broker that does not answer: exit 1, named, with the reason", async () => {
        const env = { ...scratch.env, KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:9", WAIT_SECONDS: "2" };
        const { code, lines } = await startGenerator(bundle, ["clickstream"], env).ended;
        expect(code).toBe(1);
        expect(lines.at(-1)?.message).toMatch(/127\.0\.0\.1:9 is not usable after 2 s: .*ECONNREFUSED/);
    });

    it("is a batch that the broker does not take: exit 1, with the topic and the broker's reason", async () => {
        const env = { ...scratch.env, DELIVERY_SECONDS: "5" };
        await scratch.limitMessages(2_000);
        const flags = ["clickstream", "--events", "5000", "--events-per-second", "0"];
        const { code, lines } = await startGenerator(bundle, flags, env).ended;
        expect(code).toBe(1);
        expect(lines.at(-1)?.message).toContain(`topic "${scratch.topic}": `);
        expect(lines.at(-1)?.message).toMatch(/larger than|too large|no acknowledgement/i);
        const [ledger] = await ledgers();
        expect(ledger?.totals).toEqual(recount(await scratch.replay(), ledger ?? { run: "", watermark: 0 }));
    });

    it("is a wrong parameter: exit 2, all of them at once, and no log", async () => {
        const flags = ["clickstream", "--events", "none", "--users", "0", "--rate-period", "5", "--late-rate", "2"];
        const { code, stderr, lines } = await startGenerator(bundle, flags, { SEED: "-" }).ended;
        expect({ code, lines }).toEqual({ code: 2, lines: [] });
        expect(stderr).toMatch(/--events "none".*--users "0"/s);
        for (const part of ['SEED "-"', '--late-rate "2"', "--rate-period has no meaning"]) {
            expect(stderr).toContain(part);
        }
    });
});
