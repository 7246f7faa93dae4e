import type { CheckUnit, StateLine } from "../../lib/ledger";

/** Numbers of a minute by name. */
export type MinuteNumbers = Readonly<Record<string, number>>;

interface Compared {
    readonly expected: MinuteNumbers;
    /** Undefined while the store has nothing of that minute. */
    readonly actual: MinuteNumbers | undefined;
}

/** Minutes that are compared until each was equal once: nothing changes them any more. */
export class ComparedMinutes {
    private readonly settled = new Map<number, Compared>();
    private open = new Map<number, Compared>();

    /** How many minutes there are. */
    get size(): number {
        return this.settled.size + this.open.size;
    }

    /**
     * Compares those that were not equal yet.
     * @param expected numbers by start of the minute.
     * @param ask the store, from the oldest minute on that is asked for.
     */
    async compare(
        expected: ReadonlyMap<number, MinuteNumbers>,
        ask: (from: number) => Promise<ReadonlyMap<number, MinuteNumbers>>,
    ): Promise<void> {
        const asked = [...expected].filter(([minute]) => !this.settled.has(minute));
        const found = asked.length === 0 ? new Map() : await ask(Math.min(...asked.map(([minute]) => minute)));
        this.open = new Map();
        for (const [minute, numbers] of asked) {
            const compared: Compared = { expected: numbers, actual: found.get(minute) };
            (isEqual(compared) ? this.settled : this.open).set(minute, compared);
        }
    }

    /** How many minutes the store has of those that it should have. */
    count(check: string): StateLine {
        const missing = [...this.open].filter(([, { actual }]) => actual === undefined).map(([minute]) => minute);
        return {
            check,
            unit: "count",
            expected: this.size,
            actual: this.size - missing.length,
            equal: missing.length === 0,
            ...(missing.length === 0 ? {} : { hint: `not there: ${missing.slice(0, 3).map(timeOf).join(", ")}` }),
        };
    }

    /** One number, added up over all minutes; equal only if it is in each. */
    line(check: string, name: string, unit: CheckUnit): StateLine {
        const number = (numbers: MinuteNumbers | undefined): number => numbers?.[name] ?? 0;
        const all = [...this.settled.values(), ...this.open.values()];
        const wrong = [...this.open].filter(([, { expected, actual }]) => number(expected) !== number(actual));
        const hints = wrong.slice(0, 3).map(([minute, { expected, actual }]) => {
            return `${number(actual)} instead of ${number(expected)} in ${timeOf(minute)}`;
        });
        const more = wrong.length > hints.length ? ` and in ${wrong.length - hints.length} more minutes` : "";
        return {
            check,
            unit,
            expected: all.reduce((sum, { expected }) => sum + number(expected), 0),
            actual: all.reduce((sum, { actual }) => sum + number(actual), 0),
            equal: wrong.length === 0,
            ...(wrong.length === 0 ? {} : { hint: hints.join("; ") + more }),
        };
    }
}

function isEqual({ expected, actual }: Compared): boolean {
    return actual !== undefined && Object.entries(actual).every(([name, value]) => (expected[name] ?? 0) === value);
}

/** A minute as a person reads it: `2026-11-21 20:41`. */
function timeOf(minute: number): string {
    return new Date(minute).toISOString().slice(0, 16).replace("T", " ");
}
