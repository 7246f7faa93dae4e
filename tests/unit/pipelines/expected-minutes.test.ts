import { closedWindows, finishedSessions } from "../../../pipelines/product-analytics/expected-minutes";
import { ledgerOf } from "./ledger-of";

const MINUTE = 60_000;
const at = (minute: number, seconds = 0) => minute * MINUTE + seconds * 1_000;
/** Minutes far enough from the epoch that looking back ends nowhere. */
const M = 100_000;

const users = (...counts: readonly (readonly [number, number])[]) => ({
    active_users: Object.fromEntries(counts.map(([minute, count]) => [String(at(minute)), { users: count }])),
});
const sessions = (...counts: readonly (readonly [number, number, number])[]) => ({
    session_starts: Object.fromEntries(
        counts.map(([minute, began, over]) => [
            String(at(minute)),
            {
                sessions: began,
                over,
                page_views: began * 2,
                product_views: 0,
                cart_adds: 0,
                purchases: 0,
                spent_cents: 5,
            },
        ]),
    ),
});

describe("windows that nothing changes any more", () => {
    it("are those that a run has left by more than what comes out of order", () => {
        const groups = users([M, 3], [M + 1, 4], [M + 2, 5]);
        const run = ledgerOf("a", { clockStart: at(M), watermarkTime: at(M + 2, 5), groups });
        expect([...closedWindows([run], 0).users]).toEqual([[at(M), 3]]);
        expect([...closedWindows([{ ...run, watermarkTime: at(M + 2, 6) }], 0).users]).toEqual([
            [at(M), 3],
            [at(M + 1), 4],
        ]);
    });

    it("are not the last of a run that was killed: it may have sent more than its ledger knows", () => {
        const killed = ledgerOf("a", {
            clockStart: at(M),
            watermarkTime: at(M + 1, 40),
            groups: users([M, 3], [M + 1, 4]),
        });
        const next = ledgerOf("b", { clockStart: at(M + 3), watermarkTime: at(M + 5), groups: users([M + 3, 7]) });
        expect([...closedWindows([killed, next], 0).users.keys()]).toEqual([at(M), at(M + 3)]);
        expect([...closedWindows([{ ...killed, final: true }, next], 0).users.keys()]).toEqual([
            at(M),
            at(M + 1),
            at(M + 3),
        ]);
    });

    it("are asked of the events where runs share them: their users may be the same", () => {
        const one = ledgerOf("a", { clockStart: at(M), watermarkTime: at(M, 30), final: true, groups: users([M, 3]) });
        const two = ledgerOf("b", {
            clockStart: at(M, 31),
            watermarkTime: at(M + 2),
            groups: users([M, 3], [M + 1, 4]),
        });
        expect(closedWindows([one, two], 0)).toEqual({ users: new Map(), shared: [at(M)] });
    });

    it("are not those of a simulated clock, nor older than what is kept, nor than what a ledger looks back", () => {
        const run = ledgerOf("a", { clockStart: at(M), watermarkTime: at(M + 2), groups: users([M, 3]) });
        expect(closedWindows([run], at(M)).users.size).toBe(1);
        expect(closedWindows([run], at(M) + 1).users.size).toBe(0);
        expect(closedWindows([{ ...run, parameters: { simulatedClock: true } }], 0).users.size).toBe(0);
        expect(closedWindows([{ ...run, watermarkTime: at(M + 179) }], 0).users.size).toBe(0);
        const { groups: _groups, ...older } = run;
        expect(closedWindows([run, { ...older, run: "old" }], 0).users.size).toBe(0);
    });
});

describe("sessions that are over", () => {
    it("are compared by the minute in which they began, once all of that minute are", () => {
        const groups = sessions([M, 3, 3], [M + 1, 4, 3]);
        const run = ledgerOf("a", { clockStart: at(M), watermarkTime: at(M + 3), groups });
        expect([...finishedSessions([run], 0)]).toEqual([
            [at(M), expect.objectContaining({ sessions: 3, page_views: 6 })],
        ]);
        expect([...finishedSessions([{ ...run, final: true }], 0).keys()]).toEqual([at(M), at(M + 1)]);
    });

    it("are not those of a minute that still goes on", () => {
        const run = ledgerOf("a", { clockStart: at(M), watermarkTime: at(M, 59), groups: sessions([M, 3, 3]) });
        expect(finishedSessions([run], 0).size).toBe(0);
        expect(finishedSessions([{ ...run, watermarkTime: at(M + 1) }], 0).size).toBe(1);
    });

    it("add up over runs that were at work in the same minute, if all of them know it", () => {
        const one = ledgerOf("a", { clockStart: at(M), watermarkTime: at(M + 1), groups: sessions([M, 3, 3]) });
        const two = ledgerOf("b", { clockStart: at(M), watermarkTime: at(M + 1), groups: sessions([M, 2, 2]) });
        expect(finishedSessions([one, two], 0).get(at(M))).toMatchObject({
            sessions: 5,
            page_views: 10,
            spent_cents: 10,
        });
        const open = { ...two, groups: sessions([M, 2, 1]) };
        expect(finishedSessions([one, open], 0).size).toBe(0);
    });
});
