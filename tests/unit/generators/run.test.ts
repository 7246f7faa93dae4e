import type { Sink } from "../../../generators/kafka-sink";
import { LedgerKeeper } from "../../../generators/ledger-keeper";
import { type RunArgs, run } from "../../../generators/run";
import type { Made, Message, Source } from "../../../generators/source";
import { TokenBucket } from "../../../generators/token-bucket";
import { type LedgerSnapshot, parseSnapshot } from "../../../lib/ledger";

class Counter implements Source {
    private sequence = 0;

    make(_partitions: number, to: Message[]): void {
        this.sequence++;
        to.push({ key: "k", value: String(this.sequence), partition: 0 });
    }

    made(): Made {
        return { sequence: this.sequence, time: this.sequence, totals: { events: this.sequence } };
    }
}

/** A broker in memory; each answer can be held back or refused. */
class MemorySink implements Sink {
    readonly partitions = 3;
    readonly taken: string[] = [];
    readonly ledgers: LedgerSnapshot[] = [];
    underWay = 0;
    mostUnderWay = 0;

    constructor(private readonly answer: (batch: number) => Promise<void> = async () => {}) {}
    private batches = 0;

    async send(messages: readonly Message[]): Promise<void> {
        this.underWay++;
        this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
        this.batches++;
        await this.answer(this.batches);
        this.taken.push(...messages.map(({ value }) => value));
        this.underWay--;
    }

    async publish(key: string, value: string): Promise<void> {
        const snapshot = parseSnapshot(key, value);
        // What the ledger claims must be there at the moment of the claim.
        expect(this.taken.length).toBeGreaterThanOrEqual(snapshot.watermark);
        this.ledgers.push(snapshot);
    }

    async close(): Promise<void> {}
}

function start(sink: MemorySink, overrides: Partial<RunArgs> = {}) {
    const source = new Counter();
    const description = { generator: "test", run: "r1", topic: "t", clockStart: 0, parameters: {} };
    const stop = new AbortController();
    const result = run({
        source,
        sink,
        ledger: new LedgerKeeper(description, source.made()),
        bucket: new TokenBucket(0, performance.now()),
        batchEvents: 10,
        signal: stop.signal,
        log: () => {},
        heartbeat: () => {},
        ...overrides,
    });
    return { result, stop };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
const tick = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis));

describe("a bounded run", () => {
    it("sends exactly so many events, in order, and closes its ledger", async () => {
        const sink = new MemorySink();
        expect(await start(sink, { events: 25 }).result).toBe(25);
        expect(sink.taken).toEqual(numbers(25));
        expect(sink.ledgers.at(-1)).toMatchObject({ watermark: 25, final: true, totals: { events: 25 } });
    });

    it("publishes a ledger before the first event, so that no event is without one", async () => {
        const sink = new MemorySink();
        await start(sink, { events: 1 }).result;
        expect(sink.ledgers[0]).toMatchObject({ watermark: 0, final: false });
    });

    it("never has two batches under way", async () => {
        const sink = new MemorySink(() => tick(1));
        await start(sink, { events: 200 }).result;
        expect(sink.mostUnderWay).toBe(1);
    });

    it("ends a batch early when its messages are large, and still sends all of them", async () => {
        const sizes: number[] = [];
        const sink = new MemorySink();
        const takeIn = sink.send.bind(sink);
        sink.send = (messages) => {
            sizes.push(messages.reduce((sum, { value }) => sum + value.length, 0));
            return takeIn(messages);
        };
        const large = new Counter();
        const make = large.make.bind(large);
        large.make = (partitions, to) => {
            make(partitions, to);
            to.push({ key: null, value: "x".repeat(1_000_000), partition: 0 });
        };
        expect(await start(sink, { source: large, events: 30, batchEvents: 1_000 }).result).toBe(30);
        expect(sink.taken).toHaveLength(60);
        expect(sizes.length).toBeGreaterThan(2);
        expect(Math.max(...sizes)).toBeLessThan(10_000_000);
    });

    it("keeps to its rate", async () => {
        const began = performance.now();
        await start(new MemorySink(), { events: 30, bucket: new TokenBucket(100, performance.now()) }).result;
        expect(performance.now() - began).toBeGreaterThan(280);
        expect(performance.now() - began).toBeLessThan(1_000);
    });
});

describe("a run that is stopped", () => {
    it("waits for what is under way and closes its ledger with exactly what was taken", async () => {
        const sink = new MemorySink(() => tick(20));
        const { result, stop } = start(sink);
        await tick(110);
        stop.abort();
        const acknowledged = await result;
        expect(sink.taken).toEqual(numbers(acknowledged));
        expect(sink.ledgers.at(-1)).toMatchObject({ watermark: acknowledged, final: true });
    });

    it("ends at once while it waits for the next token", async () => {
        const { result, stop } = start(new MemorySink(), { bucket: new TokenBucket(0.01, performance.now()) });
        await tick(20);
        const asked = performance.now();
        stop.abort();
        expect(await result).toBe(0);
        expect(performance.now() - asked).toBeLessThan(500);
    });

    it("ends by its time when it has one", async () => {
        const sink = new MemorySink(() => tick(5));
        const acknowledged = await start(sink, { until: Date.now() + 60 }).result;
        expect(sink.taken).toEqual(numbers(acknowledged));
        expect(sink.ledgers.at(-1)?.final).toBe(true);
    });
});

describe("a run whose broker refuses", () => {
    it("fails with the broker's words and never claims what was not taken", async () => {
        const refuse = async (batch: number) => {
            if (batch === 3) throw new Error('topic "t": message too large');
        };
        const sink = new MemorySink(refuse);
        await expect(start(sink).result).rejects.toThrow('topic "t": message too large');
        expect(sink.taken).toEqual(numbers(20));
        expect(sink.ledgers.every(({ final }) => !final)).toBe(true);
    });

    it("fails when the ledger cannot be published", async () => {
        const sink = new MemorySink();
        sink.publish = async () => {
            throw new Error("no ledger");
        };
        await expect(start(sink, { events: 5 }).result).rejects.toThrow("no ledger");
    });
});
