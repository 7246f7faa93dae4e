import {
    CLICKSTREAM_OPTIONS,
    type ClickstreamOptions,
    clickstreamProblems,
} from "../../../generators/clickstream/options";
import { runIdOf } from "../../../generators/clickstream/run-id";
import { describeOptions, parseOptions } from "../../../generators/options";
import { RUN_ID } from "../../../lib/ledger";

function values(args: string[], env: Record<string, string> = {}): ClickstreamOptions {
    const parsed = parseOptions(CLICKSTREAM_OPTIONS, args, env, clickstreamProblems);
    if ("problems" in parsed) throw new Error(parsed.problems.join("; "));
    return parsed.values;
}

function problems(args: string[], env: Record<string, string> = {}): readonly string[] {
    const parsed = parseOptions(CLICKSTREAM_OPTIONS, args, env, clickstreamProblems);
    return "problems" in parsed ? parsed.problems : [];
}

describe("the generator's parameters", () => {
    it("need none: one event a second to raw-events", () => {
        expect(values([])).toMatchObject({
            brokers: ["localhost:9092"],
            topic: "raw-events",
            ledgerTopic: "millrace.ledger",
            eventsPerSecond: 1,
            seed: 42,
            users: 1_000,
            rateShape: "constant",
            duplicateRate: 0,
            lateRate: 0,
            malformedRate: 0,
        });
        expect(values([]).events).toBeUndefined();
    });

    it("come from the environment, and from flags before it", () => {
        const env = { EVENTS_PER_SECOND: "2.5", KAFKA_BOOTSTRAP_SERVERS: "a:1, b:2", SEED: "7" };
        expect(values(["--seed", "8", "--events=10"], env)).toMatchObject({
            eventsPerSecond: 2.5,
            brokers: ["a:1", "b:2"],
            seed: 8,
            events: 10,
        });
    });

    it("treat an empty variable as not set", () => {
        expect(values([], { EVENTS: "", SEED: "" })).toMatchObject({ seed: 42 });
    });

    it("are all judged at once, each by the name under which it was given", () => {
        const found = problems(
            ["--events", "0", "--seed", "--nonsense", "x", "stray", "--kafka-topic=a b", "--run-id", "ä"],
            { EVENTS_PER_SECOND: "fast", KAFKA_BOOTSTRAP_SERVERS: "nohost" },
        ).join("\n");
        for (const part of [
            '--events "0": must be a whole number from 1',
            "--seed needs a value",
            "unknown flag --nonsense",
            'unexpected argument "stray"',
            '--kafka-topic "a b"',
            '--run-id "ä"',
            'EVENTS_PER_SECOND "fast": must be a number from 0',
            'KAFKA_BOOTSTRAP_SERVERS "nohost": must be host:port',
        ]) {
            expect(found).toContain(part);
        }
    });

    it.each(["-1", "1e3", "0x10", "1000001", "NaN", " 5"])("refuse %p as a rate", (rate) => {
        expect(problems([`--events-per-second=${rate}`])).toHaveLength(1);
    });

    it("refuse shapes and parts of faults that do not exist, and what does not fit together, all at once", () => {
        const found = problems(
            ["--rate-shape", "constant", "--rate-period", "60", "--rate-amplitude", "2", "--late-rate", "1.5"],
            { MALFORMED_RATE: "-1", RATE_AMPLITUDE: "" },
        );
        expect(found.join("\n")).toMatch(/--rate-amplitude "2": must be a number from 0 to 1/);
        expect(found.join("\n")).toMatch(/--late-rate "1.5".*MALFORMED_RATE "-1".*--rate-period has no meaning/s);
        expect(found).toHaveLength(4);
        expect(problems(["--rate-shape", "square"])).toEqual([
            '--rate-shape "square": must be constant, diurnal or burst',
        ]);
        expect(problems(["--rate-shape", "burst", "--events-per-second", "0"])).toEqual([
            "--rate-shape burst needs a rate: --events-per-second 0 is as fast as possible",
        ]);
        expect(problems(["--rate-shape", "diurnal", "--rate-period", "3600", "--rate-amplitude", "1"])).toEqual([]);
    });

    it("read a clock start as milliseconds or ISO time", () => {
        expect(values(["--clock-start", "1700000000000"]).clockStart).toBe(1_700_000_000_000);
        expect(values(["--clock-start", "2026-01-01T00:00:00Z"]).clockStart).toBe(Date.UTC(2026, 0, 1));
        expect(problems(["--clock-start", "yesterday"])).toHaveLength(1);
    });

    it("are all in the help, with their variables", () => {
        const help = describeOptions(CLICKSTREAM_OPTIONS);
        for (const { flag, env } of Object.values(CLICKSTREAM_OPTIONS)) {
            expect(help).toContain(`--${flag} <`);
            expect(help).toContain(`[${env}`);
        }
    });
});

describe("the name of a run", () => {
    it("is a function of parameters and clock start", () => {
        expect(runIdOf(values([]), 1_000)).toBe(runIdOf(values([]), 1_000));
        expect(runIdOf(values([]), 1_000)).not.toBe(runIdOf(values([]), 1_001));
        expect(runIdOf(values(["--users", "5"]), 1_000)).not.toBe(runIdOf(values([]), 1_000));
    });

    it("tells runs with other faults or another shape apart", () => {
        const plain = runIdOf(values([]), 1_000);
        expect(runIdOf(values(["--duplicate-rate", "0.1"]), 1_000)).not.toBe(plain);
        expect(runIdOf(values(["--rate-shape", "burst"]), 1_000)).not.toBe(plain);
    });

    it("needs no escaping anywhere", () => {
        expect(runIdOf(values([]), Date.now())).toMatch(RUN_ID);
    });

    it("is the given one when one is given", () => {
        expect(runIdOf(values(["--run-id", "mine"]), 1_000)).toBe("mine");
    });
});
