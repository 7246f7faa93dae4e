import fc from "fast-check";
import { Partitioners } from "kafkajs";
import { jsonLog } from "../../../generators/log";
import { partitionOf } from "../../../generators/partition";
import { randomOf } from "../../../generators/random";
import { simulatedClock } from "../../../generators/source";
import { TokenBucket } from "../../../generators/token-bucket";

describe("the partition of a key", () => {
    it("is the one that Kafka's own partitioner chooses", () => {
        const theirs = Partitioners.DefaultPartitioner();
        fc.assert(
            fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 64 }), (key, count) => {
                const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
                    partitionId,
                    leader: 0,
                    partitionErrorCode: 0,
                    replicas: [0],
                    isr: [0],
                }));
                const message = { key, value: null };
                expect(partitionOf(key, count)).toBe(theirs({ topic: "t", partitionMetadata, message }));
            }),
            { numRuns: 2_000 },
        );
    });
});

describe("a random stream", () => {
    it("repeats itself for a seed and differs between seeds", () => {
        const draw = (seed: string) => Array.from({ length: 20 }, randomOf(seed).bits);
        expect(draw("a")).toEqual(draw("a"));
        expect(draw("a")).not.toEqual(draw("b"));
    });

    it("makes valid UUIDs of version 4", () => {
        const random = randomOf("uuid");
        for (let count = 0; count < 1_000; count++) {
            expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        }
    });

    it("stays below its limit and reaches all of it evenly", () => {
        const random = randomOf("even");
        const counts = new Array<number>(10).fill(0);
        for (let count = 0; count < 50_000; count++) {
            const drawn = random.below(10);
            counts[drawn] = (counts[drawn] ?? 0) + 1;
        }
        expect(counts).toHaveLength(10);
        for (const count of counts) expect(Math.abs(count - 5_000)).toBeLessThan(350);
    });
});

describe("the token bucket", () => {
    it("gives exactly its rate over time, however it is asked", () => {
        const arbitrary = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 50, maxLength: 200 });
        fc.assert(
            fc.property(fc.integer({ min: 10, max: 5_000 }), arbitrary, (rate, pauses) => {
                const bucket = new TokenBucket(rate, 0);
                let now = 0;
                let taken = 0;
                for (const pause of pauses) {
                    now += pause;
                    taken += bucket.take(now, 1_000_000);
                }
                expect(Math.abs(taken - (now / 1_000) * rate)).toBeLessThanOrEqual(1);
            }),
        );
    });

    it("never gives more than it is asked for", () => {
        const bucket = new TokenBucket(1_000, 0);
        expect(bucket.take(1_000, 10)).toBe(10);
        expect(bucket.take(1_000, 2_000)).toBe(990);
    });

    it("does not make up for a long pause", () => {
        const bucket = new TokenBucket(100, 0);
        expect(bucket.take(3_600_000, 1_000_000)).toBe(100);
    });

    it("says how long to wait for the next token, and has it then", () => {
        const bucket = new TokenBucket(0.5, 0);
        expect(bucket.take(0, 1)).toBe(0);
        expect(bucket.waitMillis()).toBe(2_000);
        expect(bucket.take(2_000, 1)).toBe(1);
    });

    it("gives everything at once without a limit", () => {
        expect(new TokenBucket(0, 0).take(0, 5_000)).toBe(5_000);
    });

    it("survives a clock that goes backwards", () => {
        const bucket = new TokenBucket(10, 1_000);
        expect(bucket.take(0, 10)).toBe(0);
    });
});

describe("the simulated clock", () => {
    it("spaces events by the rate", () => {
        const clock = simulatedClock(1_000, 4);
        expect([1, 2, 3, 5].map((sequence) => clock.at(sequence))).toEqual([1_000, 1_250, 1_500, 2_000]);
        expect(simulatedClock(0, 0).at(1_001)).toBe(1_000);
    });
});

describe("the log", () => {
    it("writes one line of JSON a message, and leaves out what matters less", () => {
        const lines: string[] = [];
        const log = jsonLog({ write: (text) => lines.push(text) }, "info", { generator: "clickstream" });
        log("debug", "quiet");
        log("warn", "a\nb", { topic: "t" });
        expect(lines).toHaveLength(1);
        expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", message: "a\nb", generator: "clickstream" });
        expect(lines[0]?.trimEnd()).not.toContain("\n");
    });
});
