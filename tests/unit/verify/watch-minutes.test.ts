import { watchMinutes } from "../../../cli/freshness/watch-minutes";

/** A table in which a row is there from a moment on. */
function table(rows: readonly { readonly end: number; readonly from: number }[]) {
    let now = 100_000;
    const clock = {
        now: () => now,
        sleep: async (millis: number) => {
            now += millis;
        },
    };
    const pinot = {
        async query(sql: string) {
            const after = Number(/window_end > (\d+)/.exec(sql)?.[1]);
            return rows.filter(({ end, from }) => end > after && from <= now).map(({ end }) => ({ window_end: end }));
        },
    };
    return { clock, pinot };
}

describe("watching minutes close", () => {
    it("counts from the watermark, and leaves out minutes that were over before", async () => {
        const rows = [
            { end: 60_000, from: 0 },
            { end: 120_000, from: 125_400 },
            { end: 180_000, from: 186_000 },
        ];
        const { clock, pinot } = table(rows);
        const watched = await watchMinutes(pinot, { minutes: 2, pollMillis: 100, deadline: 400_000, clock });
        expect(watched).toMatchObject({ samples: 2, p50: 400, max: 1_000 });
    });

    it("ends at its deadline when no minute closes", async () => {
        const { clock, pinot } = table([]);
        const watched = await watchMinutes(pinot, { minutes: 1, pollMillis: 1_000, deadline: 160_000, clock });
        expect(watched.samples).toBe(0);
        expect(clock.now()).toBe(160_000);
    });
});
