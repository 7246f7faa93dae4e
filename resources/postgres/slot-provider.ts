import { type Problem, type Trouble, trouble } from "../errors";
import { isProtected, UNKNOWN, until } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { type Ask, converse, isCode, previewSession, workingSession } from "./api";
import { duringPreview, nameProblems, serverProblems } from "./server-problems";
import { countUnread, dropSlot, endReader, type HeldSlot, readSlot, type Unread } from "./slot-api";
import {
    adoptionRefusal,
    PLUGIN,
    readSlotState,
    reconcileSlot,
    retainedText,
    SLOT_KIND,
    type SlotInputs,
    type SlotState,
} from "./slot-reconcile";

/** The code that manages a `PostgresReplicationSlot`; bundled into its state. */
export const slotProvider = managedProvider<SlotInputs, SlotState>({
    kind: SLOT_KIND,
    identity: "slot",
    outputsOnly: ["usable"],
    nameOf,
    settingsOf: ({ server, forceDestroy = false }) => ({ server, forceDestroy }),
    compare(olds, news) {
        return {
            changed: (news.plugin ?? PLUGIN) !== (olds.plugin ?? PLUGIN) || olds.usable === false,
            replaced: nameOf(news) !== nameOf(olds) && nameOf(news) !== UNKNOWN,
        };
    },
    problemsOf,
    problemsOnServer,
    reconcile: reconcileSlot,
    read: readSlotState,
    remove,
    lossOf: ({ server, slot }) =>
        converse(workingSession(server), async (ask) => {
            const live = await readSlot(ask, slot);
            if (live === undefined) return undefined;
            const unread = unreadText(await countUnread(ask, slot, live));
            return `${retainedText(live)}. ${unread} Whoever reads from it would need a new snapshot.`;
        }),
});

async function remove(name: string, { server, forceDestroy, timeouts }: SlotState, outcome: Outcome): Promise<void> {
    const seconds = timeouts?.delete ?? 60;
    await converse(workingSession(server, seconds), async (ask) => {
        let live = await readSlot(ask, name);
        // A connector that has just gone leaves the server's process behind for a moment.
        if (live?.active === true && forceDestroy !== true) live = await settled(ask, name);
        if (live === undefined) return;
        if (forceDestroy !== true) {
            const refusal = await lossTrouble(ask, name, live);
            if (refusal !== undefined) throw trouble(SLOT_KIND, name, refusal);
        }
        outcome.sent = true;
        await until(
            seconds,
            async () => {
                try {
                    const now = await readSlot(ask, name);
                    if (now?.activePid != null && forceDestroy === true) await endReader(ask, now.activePid);
                    await dropSlot(ask, name);
                    return true;
                } catch (error) {
                    if (isCode(error, "55006")) return undefined;
                    throw error;
                }
            },
            () =>
                trouble(SLOT_KIND, name, {
                    ...activeTrouble(),
                    what: "is read again and again, and will not be dropped",
                }),
        );
    });
}

/** The slot once nobody reads from it any more; as it is after five seconds, whoever reads it then. */
async function settled(ask: Ask, slot: string): Promise<HeldSlot | undefined> {
    for (let attempt = 0; ; attempt++) {
        const live = await readSlot(ask, slot);
        if (live?.active !== true || attempt === 10) return live;
        await new Promise((resolve) => setTimeout(resolve, 500));
    }
}

async function lossTrouble(ask: Ask, slot: string, live: HeldSlot): Promise<Trouble | undefined> {
    if (live.active) return activeTrouble();
    const unread = await countUnread(ask, slot, live);
    if (unread?.changes === 0) return undefined;
    return {
        what: "will not be dropped: its reader has not been told everything",
        why: `${unreadText(unread)} ${retainedText(live)}.`,
        wayOut: "let its reader go on until it has read them; or set forceDestroy: true, run up, then delete it.",
    };
}

function activeTrouble(): Trouble {
    return {
        what: "will not be dropped while it is being read",
        why: "Its reader would fail, and need a new snapshot.",
        wayOut: "stop or delete the connector first; or set forceDestroy: true, run up, then delete it.",
    };
}

function unreadText(unread: Unread | undefined): string {
    if (unread === undefined) return "How many changes are unread cannot be known.";
    const { changes, exact } = unread;
    return `${exact ? "" : "At least "}${changes} change${changes === 1 ? "" : "s"} would be lost.`;
}

function problemsOf(olds: Partial<SlotState> | undefined, news: SlotInputs): Problem[] {
    const { server, slot, plugin } = news;
    const problems = [
        ...serverProblems(server),
        // The server's own rule.
        ...nameProblems("slot", slot, /^[a-z0-9_]{1,63}$/, "small letters, digits and underscores, at most 63"),
        ...(plugin === undefined
            ? []
            : nameProblems("plugin", plugin, /^[a-z0-9_]+$/, `the name of an output plugin, such as "${PLUGIN}"`)),
    ];
    const renamed = olds?.slot !== undefined && olds.slot !== slot && slot !== UNKNOWN;
    if (renamed && isProtected(olds)) {
        problems.push({
            property: "slot",
            what: `slot cannot change from ${olds.slot} to ${slot} while deletionProtection is on`,
            why: "PostgreSQL has no renaming: another slot would begin now, and the old one's position be lost.",
            wayOut: `declare "${slot}" as a second slot; or set deletionProtection: false, run up, then rename.`,
        });
    }
    if (olds?.slot === undefined || renamed) return problems;
    const changes = [
        { property: "plugin", from: olds.plugin ?? PLUGIN, to: plugin ?? PLUGIN },
        { property: "server.database", from: olds.server?.database, to: server?.database },
    ];
    for (const { property, from, to } of changes) {
        if (from === to || [from, to].includes(UNKNOWN) || from === undefined || to === undefined) continue;
        problems.push({
            property,
            what: `${property} cannot change from ${from} to ${to}`,
            why: "A slot has one plugin and one database, and its position is worth nothing to another.",
            wayOut: "declare a second slot under another name, and remove this one when nobody needs it.",
        });
    }
    return problems;
}

function problemsOnServer(olds: Partial<SlotState> | undefined, news: SlotInputs): Promise<Problem[]> {
    const { server, slot } = news;
    if (slot === UNKNOWN) return Promise.resolve([]);
    return duringPreview(server, () =>
        converse(previewSession(server), async (ask) => {
            const live = await readSlot(ask, slot);
            const isOurs = olds?.slot === slot;
            if (live !== undefined) {
                const refusal = isOurs || !isProtected(news) ? undefined : adoptionRefusal(news, live);
                return refusal === undefined ? [] : [{ property: "onExists", ...refusal }];
            }
            const [row] = await ask(
                "SELECT current_setting('wal_level') AS level, current_setting('max_replication_slots')::int AS most, " +
                    "(SELECT count(*)::int FROM pg_replication_slots) AS used, " +
                    "(SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may",
            );
            return row === undefined ? [] : capacityProblems(row);
        }),
    );
}

function capacityProblems({ level, most, used, may }: Readonly<Record<string, unknown>>): Problem[] {
    const problems: Problem[] = [];
    if (level !== "logical") {
        const what = `the server's wal_level is ${level}`;
        const why = "Its log does not hold enough to tell changes of rows.";
        problems.push({ property: "server", what, why, wayOut: "set wal_level = logical and restart it." });
    }
    if (Number(used) >= Number(most)) {
        const what = `the server has no free slot: ${used} of ${most} are used`;
        problems.push({
            property: "server",
            what,
            wayOut: "raise max_replication_slots, or drop slots that nobody needs.",
        });
    }
    if (may !== true) {
        const what = "the user may not create replication slots";
        problems.push({ property: "server.user", what, wayOut: "ALTER ROLE … REPLICATION, or use another user." });
    }
    return problems;
}

function nameOf({ slot }: Partial<SlotInputs>): string {
    return String(slot ?? UNKNOWN);
}
