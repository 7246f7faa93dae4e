/** When one resource was worked on, in seconds since the update began. */
export interface Timing {
    readonly urn: string;
    readonly name: string;
    readonly start: number;
    readonly end: number;
}

/** One resource of a {@link timeline}. */
export interface TimelineEntry extends Timing {
    /** What it had to wait for, of all that it depends on: the one that was ready last. */
    readonly waitedFor?: Timing;
}

/** The resources of an update in the order in which they began, each with what held it back. Pure. */
export function timeline(
    timings: readonly Timing[],
    dependencies: ReadonlyMap<string, readonly string[]>,
): TimelineEntry[] {
    const byUrn = new Map(timings.map((timing) => [timing.urn, timing]));
    return [...timings]
        .sort((a, b) => a.start - b.start || a.end - b.end)
        .map((timing) => {
            const last = (dependencies.get(timing.urn) ?? [])
                .flatMap((urn) => byUrn.get(urn) ?? [])
                .reduce<Timing | undefined>(
                    (latest, next) => (latest && latest.end >= next.end ? latest : next),
                    undefined,
                );
            return last === undefined ? timing : { ...timing, waitedFor: last };
        });
}

/** The chain of resources, each waiting for the one before, that decided how long the update took. Pure. */
export function criticalPath(entries: readonly TimelineEntry[]): Timing[] {
    const byUrn = new Map(entries.map((entry) => [entry.urn, entry]));
    const path: Timing[] = [];
    let next = entries.reduce<TimelineEntry | undefined>(
        (last, entry) => (last && last.end >= entry.end ? last : entry),
        undefined,
    );
    while (next !== undefined && !path.includes(next)) {
        path.unshift(next);
        next = next.waitedFor && byUrn.get(next.waitedFor.urn);
    }
    return path;
}
