/** How a rate changes over time, in multiples of its mean; over whole periods the mean is kept exactly. */
export interface RateShape {
    /** The rate at a moment in epoch milliseconds, in multiples of the mean. */
    factor(millis: number): number;
    /** What the mean rate of one a second earns from one moment to another. */
    earned(from: number, to: number): number;
    /** The highest factor. */
    readonly peak: number;
}

/** Names of the shapes. */
export const RATE_SHAPES = ["constant", "diurnal", "burst"] as const;

/** One of {@link RATE_SHAPES}. */
export type RateShapeName = (typeof RATE_SHAPES)[number];

/** What decides a shape. */
export interface RateShapeArgs {
    readonly shape: RateShapeName;
    /** Seconds after which it repeats itself, counted from the epoch. @default that of {@link RATE_PERIOD_SECONDS} */
    readonly periodSeconds?: number | undefined;
    /** How far it leaves the mean: 0 not at all, 1 as far as the shape can. @default {@link RATE_AMPLITUDE} */
    readonly amplitude?: number | undefined;
}

/** Periods that fit the shapes' names. */
export const RATE_PERIOD_SECONDS = { diurnal: 86_400, burst: 60 } as const;

/** How far shapes leave the mean when nothing is said. */
export const RATE_AMPLITUDE = 0.8;

/** The part of a period that a burst lasts. */
const BURST_PART = 0.1;

const CONSTANT: RateShape = { factor: () => 1, earned: (from, to) => (to - from) / 1_000, peak: 1 };

/**
 * The shape of a rate.
 *
 * - `constant`: the mean at any time.
 * - `diurnal`: a cosine, least at the beginning of a period (midnight UTC with the standard period) and most in its
 *   middle: 1 − amplitude and 1 + amplitude times the mean.
 * - `burst`: the first tenth of a period has 1 + 9 × amplitude times the mean, the rest 1 − amplitude.
 */
export function rateShape({ shape, periodSeconds, amplitude = RATE_AMPLITUDE }: RateShapeArgs): RateShape {
    if (shape === "constant") return CONSTANT;
    const period = periodSeconds ?? RATE_PERIOD_SECONDS[shape];
    return shape === "diurnal" ? diurnal(period, amplitude) : burst(period, amplitude);
}

function diurnal(period: number, amplitude: number): RateShape {
    const turn = (2 * Math.PI) / period;
    return periodic(period, {
        factor: (second) => 1 - amplitude * Math.cos(turn * second),
        ahead: (second) => (-amplitude / turn) * Math.sin(turn * second),
        peak: 1 + amplitude,
    });
}

function burst(period: number, amplitude: number): RateShape {
    const end = BURST_PART * period;
    const more = (amplitude * (1 - BURST_PART)) / BURST_PART;
    return periodic(period, {
        factor: (second) => (second < end ? 1 + more : 1 - amplitude),
        ahead: (second) => (second < end ? more * second : amplitude * (period - second)),
        peak: 1 + more,
    });
}

/** @param ahead how much more than the mean was earned since the period began; 0 at its end. */
function periodic(
    period: number,
    { factor, ahead, peak }: { factor(second: number): number; ahead(second: number): number; readonly peak: number },
): RateShape {
    const within = (millis: number) => (millis % (period * 1_000)) / 1_000;
    return {
        factor: (millis) => factor(within(millis)),
        // The difference of the parts that differ: integrals from the epoch would have lost their decimals.
        earned: (from, to) => (to - from) / 1_000 + ahead(within(to)) - ahead(within(from)),
        peak,
    };
}
