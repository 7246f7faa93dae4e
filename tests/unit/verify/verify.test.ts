import { compare, write } from "../../../cli/verify/compare";
import { reportText } from "../../../cli/verify/report";
import { type VerifyArgs, verify } from "../../../cli/verify/verify";
import { type CheckSet, type LedgerSnapshot, StoreError } from "../../../lib/ledger";

function ledger(run: string, watermark: number, more: Partial<LedgerSnapshot> = {}): LedgerSnapshot {
    return {
        version: 1,
        generator: "test",
        run,
        topic: "t",
        watermark,
        watermarkTime: 0,
        clockStart: 1_000_000,
        final: false,
        parameters: {},
        totals: { events: watermark, cents: watermark * 100 },
        ...more,
    };
}

/** A store whose answers by run can change from one question to the next. */
function scene(
    ledgers: LedgerSnapshot[],
    answers: Record<string, number[]>,
    more: { retention?: number; strangers?: string[]; fail?: number } = {},
) {
    let now = 2_000_000;
    let failures = more.fail ?? 0;
    const asked: string[] = [];
    const set: CheckSet = {
        generator: "test",
        strangers: "t: runs without a ledger",
        checks: [
            { check: "t: events", unit: "count", measured: "events", expected: ({ totals }) => totals.events ?? 0 },
            { check: "t: revenue", unit: "cents", measured: "cents", expected: ({ totals }) => totals.cents ?? 0 },
        ],
        retentionMillis: async () => more.retention,
        async measure({ run }) {
            if (failures-- > 0) throw new StoreError("the store is away");
            asked.push(run);
            const queue = answers[run] ?? [0];
            const events = (queue.length > 1 ? queue.shift() : queue[0]) ?? 0;
            return { events, cents: events * 100 };
        },
        explain: async ({ run }) => `looked closer at ${run}`,
        runs: async () => [...ledgers.map(({ run }) => run), ...(more.strangers ?? [])],
    };
    const clock = {
        now: () => now,
        sleep: async (millis: number) => {
            now += millis;
        },
    };
    const stores = {} as VerifyArgs["stores"];
    const args: VerifyArgs = {
        checkSets: [set],
        stores,
        readLedgers: async () => ledgers,
        timeoutMillis: 20_000,
        clock,
    };
    return { args, asked, elapsed: () => now - 2_000_000 };
}

describe("verify", () => {
    it("finds stores equal that agree with all runs together", async () => {
        const { args } = scene([ledger("a", 10), ledger("b", 5)], { a: [10], b: [5] });
        const report = await verify(args);
        expect(report).toMatchObject({ runs: 2, events: 15, differences: 0, expired: 0 });
        expect(report.checks[0]).toMatchObject({ check: "t: events", expected: 15, actual: 15, verdict: "equal" });
    });

    it("waits for a store that is still taking events in, and asks only for what was not equal", async () => {
        const { args, asked } = scene([ledger("a", 10), ledger("b", 5)], { a: [3, 7, 10], b: [5] });
        expect((await verify(args)).differences).toBe(0);
        expect(asked).toEqual(["a", "b", "a", "a"]);
    });

    it("waits longer than its time for a store that still catches up, as after a restart", async () => {
        const missed = Array.from({ length: 30 }, (_, index) => index);
        const slow = scene([ledger("a", 30)], { a: [...missed, 30] });
        expect((await verify(slow.args)).differences).toBe(0);
        expect(slow.elapsed()).toBeGreaterThan(20_000);
        const stuck = scene([ledger("a", 30)], { a: [...missed.slice(0, 15), 14] });
        expect((await verify(stuck.args)).differences).toBe(2);
        expect(stuck.elapsed()).toBeLessThan(60_000);
        const endless = scene([ledger("a", 1_000_000)], { a: Array.from({ length: 1_000 }, (_, index) => index) });
        expect((await verify(endless.args)).differences).toBe(2);
        expect(endless.elapsed()).toBeLessThanOrEqual(200_000);
    });
    it("calls a difference that stays by run and amount, within its time", async () => {
        const { args, elapsed } = scene([ledger("a", 10), ledger("b", 5)], { a: [12], b: [5] });
        const report = await verify(args);
        expect(report.differences).toBe(2);
        expect(report.checks[0]).toMatchObject({ expected: 15, actual: 17, verdict: "different" });
        expect(report.checks[0]?.hint).toBe("+2 in run a: looked closer at a");
        expect(report.checks[1]?.hint).toContain("+2.00 in run a");
        expect(elapsed()).toBeLessThanOrEqual(20_000);
    });

    it("does not let a loss in one run cancel a duplicate in another", async () => {
        const { args } = scene([ledger("a", 10), ledger("b", 10)], { a: [11], b: [9] });
        const [events] = (await verify(args)).checks;
        expect(events).toMatchObject({ expected: 20, actual: 20, verdict: "different" });
    });

    it("notices events of a run that keeps no ledger", async () => {
        const { args } = scene([ledger("a", 10)], { a: [10] }, { strangers: ["ghost"] });
        const report = await verify(args);
        expect(report.checks.at(-1)).toMatchObject({ expected: 0, actual: 1, verdict: "different" });
        expect(report.checks.at(-1)?.hint).toContain("ghost");
    });

    it("reads the ledgers again before it accuses a run that has just begun", async () => {
        const ledgers = [ledger("a", 10)];
        const { args } = scene(ledgers, { a: [10], young: [4] }, { strangers: ["young"] });
        let reads = 0;
        const readLedgers = async () => (reads++ === 0 ? [...ledgers] : [...ledgers, ledger("young", 4)]);
        const report = await verify({ ...args, readLedgers });
        expect(report).toMatchObject({ differences: 0, runs: 2, events: 14 });
    });

    it("leaves out runs that began before what the stores keep, and says how many", async () => {
        const old = ledger("old", 10, { clockStart: 1_000 });
        const { args } = scene([old, ledger("a", 5, { clockStart: 1_999_000 })], { a: [5] }, { retention: 100_000 });
        expect(await verify(args)).toMatchObject({ runs: 1, expired: 1, differences: 0 });
    });

    it("waits for a first ledger, and says clearly when none comes", async () => {
        const { args } = scene([ledger("a", 0)], {});
        await expect(verify(args)).rejects.toThrow(/no ledger of the generator "test".*after 20 s/s);
        let reads = 0;
        const late = scene([ledger("a", 1)], { a: [1] });
        const readLedgers = async () => (reads++ < 3 ? [] : [ledger("a", 1)]);
        expect((await verify({ ...late.args, readLedgers })).differences).toBe(0);
    });

    it("asks a store again that is away for a moment, and gives up in time", async () => {
        expect((await verify(scene([ledger("a", 1)], { a: [1] }, { fail: 3 }).args)).differences).toBe(0);
        await expect(verify(scene([ledger("a", 1)], {}, { fail: 1_000 }).args)).rejects.toThrow("the store is away");
    });
});

describe("verify of state", () => {
    const line = { check: "rows", unit: "count", expected: 3 } as const;
    const stateOf = (...attempts: readonly number[]) => {
        let asked = 0;
        const attempt = async () => {
            const actual = attempts[Math.min(asked++, attempts.length - 1)] ?? 0;
            const equal = actual === 3;
            return {
                lines: [{ ...line, actual, equal, ...(equal ? {} : { hint: "why" }) }],
                notes: ["something else"],
            };
        };
        return { begin: () => ({ attempt }), asked: () => asked };
    };
    const { args } = scene([ledger("a", 1)], { a: [1] });

    it("asks again until it is equal, and tells what it could not compare", async () => {
        const state = stateOf(1, 2, 3);
        const report = await verify({ ...args, stateSets: [state] });
        expect(report).toMatchObject({ differences: 0, notes: ["something else"] });
        expect(report.checks.at(-1)).toEqual({ ...line, actual: 3, verdict: "equal" });
        expect(state.asked()).toBe(3);
        expect(reportText(report, false)).toContain("\nnot compared: something else\n");
    });

    it("calls what stays different, within its time", async () => {
        const report = await verify({ ...scene([ledger("a", 1)], { a: [1] }).args, stateSets: [stateOf(2)] });
        expect(report.differences).toBe(1);
        expect(report.checks.at(-1)).toEqual({ ...line, actual: 2, verdict: "different", hint: "why" });
    });

    it("waits longer than its time while state comes nearer, as after a restart", async () => {
        const state = stateOf(...Array.from({ length: 60 }, (_, at) => at / 20), 3);
        const report = await verify({ ...args, stateSets: [state] });
        expect(report.differences).toBe(0);
        expect(report.millis).toBeGreaterThan(args.timeoutMillis * 2);
    });

    it("asks again while a store is away", async () => {
        let failures = 2;
        const state = stateOf(3);
        const attempt = async () => {
            if (failures-- > 0) throw new StoreError("the store is away");
            return state.begin().attempt();
        };
        expect((await verify({ ...args, stateSets: [{ begin: () => ({ attempt }) }] })).differences).toBe(0);
    });
});

describe("the report", () => {
    const set = { checks: [] } as unknown as CheckSet;

    it("has nothing to compare for a set without checks", () => {
        expect(compare(set, [])).toEqual([]);
    });

    it.each([
        [0, "count", "0"],
        [999, "count", "999"],
        [48_210, "count", "48 210"],
        [1_234_567, "count", "1 234 567"],
        [120_344_120, "cents", "1 203 441.20"],
        [5, "cents", "0.05"],
        [-5, "cents", "-0.05"],
        [-1_234, "count", "-1 234"],
    ] as const)("writes %p as %p: %p", (value, unit, text) => {
        expect(write(value, unit)).toBe(text);
    });

    it("aligns numbers, shouts differences and colours only when asked", async () => {
        const { args } = scene([ledger("a", 48_210)], { a: [48_211] });
        const text = reportText(await verify(args), false);
        expect(text).toContain("t: events                    48 210     48 211   DIFFERENT  +1 in run a");
        expect(text).toContain("t: runs without a ledger          0          0   equal");
        expect(text).toContain("3 checks, 2 differences; 48 210 events of 1 run");
        expect(text).not.toContain("\u001b");
        expect(reportText(await verify(args), true)).toContain("\u001b");
    });
});
