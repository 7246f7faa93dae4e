import { hash128 } from "../random";
import type { ClickstreamOptions } from "./options";

/** The parameters that decide what a run sends, as its ledger names them. */
export function runParameters(options: ClickstreamOptions): Readonly<Record<string, string | number | boolean>> {
    const { seed, users, eventsPerSecond, events, clockStart } = options;
    const { rateShape, ratePeriod, rateAmplitude, duplicateRate, lateRate, malformedRate } = options;
    return {
        seed,
        users,
        eventsPerSecond,
        rateShape,
        ...(ratePeriod === undefined ? {} : { ratePeriod }),
        ...(rateAmplitude === undefined ? {} : { rateAmplitude }),
        duplicateRate,
        lateRate,
        malformedRate,
        ...(events === undefined ? {} : { events }),
        simulatedClock: clockStart !== undefined,
    };
}

/**
 * The name of a run: a function of parameters and clock start, so that a restarted generator is a run of its own while
 * the same run made again has the same name.
 */
export function runIdOf(options: ClickstreamOptions, clockStart: number): string {
    if (options.runId !== undefined) return options.runId;
    const moment = new Date(clockStart).toISOString().replaceAll(/[-:.]/g, "");
    const [hash] = hash128(JSON.stringify(runParameters(options)));
    return `clickstream-${options.seed}-${moment}-${hash.toString(16).padStart(8, "0")}`;
}
