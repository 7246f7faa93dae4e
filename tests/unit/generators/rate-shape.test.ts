import fc from "fast-check";
import { RATE_SHAPES, type RateShapeArgs, rateShape } from "../../../generators/rate-shape";
import { simulatedClock } from "../../../generators/source";
import { TokenBucket } from "../../../generators/token-bucket";

const START = Date.UTC(2026, 0, 1);

const anyShape: fc.Arbitrary<RateShapeArgs> = fc.record({
    shape: fc.constantFrom(...RATE_SHAPES),
    periodSeconds: fc.integer({ min: 1, max: 100_000 }),
    amplitude: fc.double({ min: 0, max: 1, noNaN: true }),
});
const moment = fc.integer({ min: START, max: START + 400_000_000 });

describe("the shape of a rate", () => {
    it("keeps the mean over whole periods, wherever they begin", () => {
        fc.assert(
            fc.property(anyShape, moment, fc.integer({ min: 1, max: 5 }), (args, from, periods) => {
                const seconds = periods * (args.periodSeconds ?? 1);
                expect(rateShape(args).earned(from, from + seconds * 1_000)).toBeCloseTo(seconds, 3);
            }),
        );
    });

    it("never earns less than nothing, and never more than its peak", () => {
        fc.assert(
            fc.property(anyShape, moment, fc.integer({ min: 1, max: 100_000 }), (args, from, millis) => {
                const shape = rateShape(args);
                const earned = shape.earned(from, from + millis);
                expect(earned).toBeGreaterThan(-1e-6);
                expect(earned).toBeLessThanOrEqual((millis / 1_000) * shape.peak + 1e-6);
                expect(shape.factor(from)).toBeGreaterThan(-1e-9);
                expect(shape.factor(from)).toBeLessThanOrEqual(shape.peak + 1e-9);
            }),
        );
    });

    it("earns in pieces what it earns in one", () => {
        fc.assert(
            fc.property(anyShape, moment, fc.nat(50_000), fc.nat(50_000), (args, from, first, second) => {
                const { earned } = rateShape(args);
                const pieces = earned(from, from + first) + earned(from + first, from + first + second);
                expect(pieces).toBeCloseTo(earned(from, from + first + second), 5);
            }),
        );
    });

    it("is least at midnight and most at noon when it is diurnal", () => {
        const { factor } = rateShape({ shape: "diurnal" });
        const hour = (hours: number) => factor(START + hours * 3_600_000);
        expect([hour(0), hour(6), hour(12), hour(18)].map((each) => Math.round(each * 100) / 100)).toEqual([
            0.2, 1, 1.8, 1,
        ]);
    });

    it("is a peak in the first tenth of each minute when it is a burst", () => {
        const { factor } = rateShape({ shape: "burst", amplitude: 1 });
        expect([0, 5.9, 6.1, 59].map((second) => factor(START + second * 1_000))).toEqual([10, 10, 0, 0]);
    });
});

describe("a token bucket with a shape", () => {
    it.each(["diurnal", "burst"] as const)("gives what a %s rate has earned, however it is asked", (name) => {
        const shape = rateShape({ shape: name, periodSeconds: 20, amplitude: 1 });
        const bucket = new TokenBucket(100, 500, shape, START - 500);
        let [now, taken] = [500, 0];
        const inSeconds: number[] = [];
        for (let second = 0; second < 20; second++) {
            const before = taken;
            for (const end = now + 1_000; now < end; ) {
                taken += bucket.take(now, 1_000);
                now += Math.min(end - now, Math.max(5, Math.ceil(bucket.waitMillis())));
            }
            taken += bucket.take(now, 1_000);
            inSeconds.push(taken - before);
        }
        expect(Math.abs(taken - 2_000)).toBeLessThanOrEqual(1);
        const expected = inSeconds.map((_, second) =>
            Math.round(100 * shape.earned(START + second * 1_000, START + (second + 1) * 1_000)),
        );
        for (const [second, count] of inSeconds.entries()) {
            expect(Math.abs(count - (expected[second] ?? 0))).toBeLessThanOrEqual(1);
        }
    });
});

describe("a simulated clock with a shape", () => {
    it("has each event at the first millisecond at which it is earned", () => {
        fc.assert(
            fc.property(anyShape, fc.integer({ min: 1, max: 3_000 }), moment, (args, rate, start) => {
                const shape = rateShape({ ...args, periodSeconds: 30 });
                const clock = simulatedClock(start, rate, shape);
                let before = start;
                for (let sequence = 1; sequence <= 200; sequence++) {
                    const at = clock.at(sequence);
                    expect(at).toBeGreaterThanOrEqual(before);
                    expect(shape.earned(start, at) * rate).toBeGreaterThan(sequence - 1 - 1e-3 - rate / 1_000);
                    before = at;
                }
            }),
            { numRuns: 50 },
        );
    });

    it("says the same whether it is asked for all events or for one", () => {
        const shape = rateShape({ shape: "burst", periodSeconds: 10, amplitude: 1 });
        const asked = simulatedClock(START, 50, shape);
        const all = Array.from({ length: 2_000 }, (_, index) => asked.at(index + 1));
        for (const sequence of [1, 2, 500, 501, 1_999]) {
            expect(simulatedClock(START, 50, shape).at(sequence)).toBe(all[sequence - 1]);
        }
        // Ten seconds of a mean of fifty a second: all five hundred in the first of them.
        expect(all.filter((at) => at <= START + 1_000)).toHaveLength(501);
    });

    it("follows the rate alone when the shape does not leave its mean", () => {
        const shape = rateShape({ shape: "diurnal", amplitude: 0 });
        const [plain, shaped] = [simulatedClock(1_000, 4), simulatedClock(1_000, 4, shape)];
        for (let sequence = 1; sequence < 50; sequence++) expect(shaped.at(sequence)).toBe(plain.at(sequence));
    });
});
