import { type GeneratorArgs, generatorJob, generatorService } from "../../../components/generator";
import { CLICKSTREAM_OPTIONS, clickstreamProblems } from "../../../generators/clickstream/options";
import { parseOptions } from "../../../generators/options";
import { RATE_SHAPES } from "../../../generators/rate-shape";
import { parseSettings } from "../../../lib/settings";

const base = { kind: "clickstream", bootstrapServers: "kafka:9092", topic: "t", ledgerTopic: "l" };
const argsOf = (more: Partial<GeneratorArgs> = {}) => ({ ...base, ...more }) as unknown as GeneratorArgs;

/** What the program makes of a container's command. */
function parsed(command: readonly string[] = []) {
    return parseOptions(CLICKSTREAM_OPTIONS, command.slice(3), {}, clickstreamProblems);
}

describe("the container of a generator", () => {
    it("is started with parameters that the program takes, and means the same by them", () => {
        const { command } = generatorService(
            argsOf({
                eventsPerSecond: 200,
                rateShape: "burst",
                ratePeriodSeconds: 30,
                rateAmplitude: 0.5,
                duplicateRate: 0.01,
                lateRate: 1e-7,
                malformedRate: 1,
            }),
        );
        expect(parsed(command)).toMatchObject({
            values: {
                eventsPerSecond: 200,
                seed: 42,
                users: 1_000,
                rateShape: "burst",
                ratePeriod: 30,
                rateAmplitude: 0.5,
                duplicateRate: 0.01,
                lateRate: 1e-7,
                malformedRate: 1,
            },
        });
    });

    it("says nothing of shape and faults when there are none, and sends fifty a second", () => {
        const { command } = generatorService(argsOf({ rateShape: "constant", duplicateRate: 0 }));
        expect(command.join(" ")).not.toMatch(/rate-shape|duplicate/);
        expect(parsed(command)).toMatchObject({ values: { eventsPerSecond: 50, rateShape: "constant" } });
    });

    it("is told how many events to send when it is a job", () => {
        expect(parsed(generatorJob(argsOf(), 500).command)).toMatchObject({ values: { events: 500 } });
    });
});

describe("the settings of product analytics", () => {
    const settings = (productAnalytics: object) => parseSettings({ productAnalytics }).productAnalytics;

    it("inject no faults and keep the rate constant by default", () => {
        expect(settings({})).toMatchObject({
            rateShape: "constant",
            duplicateRate: 0,
            lateRate: 0,
            malformedRate: 0,
        });
    });

    it.each(RATE_SHAPES)("know the shape %s", (rateShape) => {
        expect(settings({ rateShape }).rateShape).toBe(rateShape);
    });

    it("take shapes and faults", () => {
        const wanted = { rateShape: "diurnal", ratePeriodSeconds: 3_600, rateAmplitude: 1, lateRate: 0.5 };
        expect(settings(wanted)).toMatchObject(wanted);
    });

    it.each([
        [{ rateShape: "square", lateRate: 2 }, /productAnalytics\.rateShape.*productAnalytics\.lateRate/s],
        [
            { ratePeriodSeconds: 5, rateAmplitude: 1 },
            /ratePeriodSeconds: has no meaning.*rateAmplitude: has no meaning/s,
        ],
        [{ rateShape: "burst", eventsPerSecond: 0 }, /rateShape: burst needs a rate/],
    ])("refuse %p", (wrong, message) => {
        expect(() => settings(wrong)).toThrow(message);
    });
});
