import { z } from "zod";
import { PRESETS, type Preset, type ProductScope, type Range } from "../api";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Longest range that is answered. */
export const LONGEST_RANGE = 400 * DAY;

/** Most buckets that a chart is made of: a day by the minute. */
export const MOST_BUCKETS = 1_500;

/** Width of a bucket of time: what Pinot calls it, and in milliseconds. */
export interface Bucket {
    /** As `DATETIMECONVERT` takes it. */
    readonly granularity: string;
    readonly millis: number;
}

/** Widths of buckets, the finest first. All divide a day, and start at midnight UTC. */
export const BUCKETS: readonly Bucket[] = [
    { granularity: "1:MINUTES", millis: MINUTE },
    { granularity: "5:MINUTES", millis: 5 * MINUTE },
    { granularity: "10:MINUTES", millis: 10 * MINUTE },
    { granularity: "30:MINUTES", millis: 30 * MINUTE },
    { granularity: "1:HOURS", millis: HOUR },
    { granularity: "6:HOURS", millis: 6 * HOUR },
    { granularity: "12:HOURS", millis: 12 * HOUR },
];

/** The finest bucket of which a range has no more than {@link MOST_BUCKETS}, a begun one counted. */
export function bucketOf({ from, to }: Range): Bucket {
    const found = BUCKETS.find(({ millis }) => (to - from) / millis + 1 <= MOST_BUCKETS);
    return found ?? (BUCKETS.at(-1) as Bucket);
}

const NAMES = [...(Object.keys(PRESETS) as Preset[]), "custom"] as const;
const LAST_MOMENT = Date.UTC(2100, 0);

const moment = z
    .string()
    .regex(/^\d{1,13}$/, "must be epoch milliseconds")
    .transform(Number)
    .refine((value) => value <= LAST_MOMENT, "must be before the year 2100");

const askedSchema = z
    .object({
        range: z.enum(NAMES, `must be one of ${NAMES.join(", ")}`).default("24h"),
        from: moment.optional(),
        to: moment.optional(),
        scope: z.enum(["range", "all"] satisfies ProductScope[], "must be range or all").default("range"),
    })
    .superRefine(({ range, from, to }, context) => {
        const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
        if (range !== "custom") {
            if (from !== undefined || to !== undefined) refuse("range", "must be custom when from or to is given");
            return;
        }
        if (from === undefined) refuse("from", "is needed for a custom range");
        if (to === undefined) refuse("to", "is needed for a custom range");
        if (from === undefined || to === undefined) return;
        if (from > to) refuse("from", "must not be after to");
        if (to - from > LONGEST_RANGE) refuse("to", `must be at most ${LONGEST_RANGE / DAY} days after from`);
    });

/** What a request asks for; numbers and names of lists only, nothing of the request's own text. */
export interface Asked {
    readonly range: Preset | { readonly from: number; readonly to: number };
    readonly scope: ProductScope;
}

/** Judges the parameters of a request. @returns what is asked for, or everything that is wrong. */
export function parseAsked(
    query: Readonly<Record<string, string>>,
): { readonly asked: Asked } | { readonly problems: readonly string[] } {
    const parsed = askedSchema.safeParse(query);
    if (!parsed.success) {
        return { problems: parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) };
    }
    const { range, from = 0, to = 0, scope } = parsed.data;
    return { asked: { range: range === "custom" ? { from, to } : range, scope } };
}

/**
 * The range that is meant at a moment.
 *
 * A preset ends with the current second, so that all who look in the same second ask the same question, and begins with
 * a whole bucket, so that no chart begins with a part of one.
 */
export function rangeAt(range: Asked["range"], now: number): Range {
    if (typeof range !== "string") return range;
    const to = (Math.floor(now / 1_000) + 1) * 1_000;
    const from = to - PRESETS[range];
    const { millis } = bucketOf({ from, to });
    return { from: Math.floor(from / millis) * millis, to };
}
