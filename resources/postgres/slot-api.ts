import { type Ask, isCode } from "./api";

/** A replication slot as it is. */
export interface HeldSlot {
    readonly type: "logical" | "physical";
    readonly plugin: string;
    readonly database: string;
    /** Somebody reads from it at the moment. */
    readonly active: boolean;
    /** The server's process for its reader. */
    readonly activePid: number | null;
    /** The server has thrown away log that its reader still needed: it can never be read from again. */
    readonly lost: boolean;
    /** Write-ahead log that is kept for it, in bytes. */
    readonly retainedBytes: number;
    /** How much more it may keep before it is lost, in bytes; undefined without a bound. */
    readonly safeBytes: number | undefined;
}

/** Changes that a slot's reader has not been told yet. */
export interface Unread {
    readonly changes: number;
    /** False when counting was cut short: there are at least so many. */
    readonly exact: boolean;
}

/** The most that is counted: each change is decoded for it. */
const COUNTED = 1_000;

/** The slot as it is; undefined when there is none. */
export async function readSlot(ask: Ask, slot: string): Promise<HeldSlot | undefined> {
    const [row] = await ask(
        "SELECT slot_type, plugin, database, active, active_pid, wal_status, safe_wal_size, " +
            "coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::text AS retained " +
            "FROM pg_replication_slots WHERE slot_name = $1",
        [slot],
    );
    if (row === undefined) return undefined;
    return {
        type: row.slot_type === "physical" ? "physical" : "logical",
        plugin: String(row.plugin ?? ""),
        database: String(row.database ?? ""),
        active: row.active === true,
        activePid: row.active_pid === null ? null : Number(row.active_pid),
        lost: row.wal_status === "lost",
        retainedBytes: Math.max(0, Number(row.retained)),
        safeBytes: row.safe_wal_size === null ? undefined : Number(row.safe_wal_size),
    };
}

/**
 * Creates a logical slot. It waits until every transaction that was running then has ended: only from there on it can
 * tell whole transactions. Errors: code 42710 when it is there, 55000 without logical decoding, 53400 without a free slot.
 */
export async function createSlot(ask: Ask, slot: string, plugin: string): Promise<void> {
    await ask("SELECT pg_create_logical_replication_slot($1, $2)", [slot, plugin]);
}

/** Drops it; a missing one is dropped. Errors: code 55006 while it is read. */
export async function dropSlot(ask: Ask, slot: string): Promise<void> {
    try {
        await ask("SELECT pg_drop_replication_slot($1)", [slot]);
    } catch (error) {
        if (!isCode(error, "42704")) throw error;
    }
}

/** Ends the server's process for the slot's reader. */
export async function endReader(ask: Ask, pid: number): Promise<void> {
    await ask("SELECT pg_terminate_backend($1)", [pid]);
}

/**
 * Counts changes that its reader would still be told, without telling them: for pgoutput those that some publication of the
 * database is about. Undefined where that cannot be known: somebody reads from it, or it is another database's.
 */
export async function countUnread(
    ask: Ask,
    slot: string,
    { plugin, active, lost }: HeldSlot,
): Promise<Unread | undefined> {
    if (active) return undefined;
    if (lost) return { changes: 0, exact: true };
    const count = (rows: readonly unknown[]): Unread => ({ changes: rows.length, exact: rows.length < COUNTED });
    try {
        if (plugin !== "pgoutput") {
            return count(await ask(`SELECT FROM pg_logical_slot_peek_binary_changes($1, NULL, ${COUNTED})`, [slot]));
        }
        const publications = await ask("SELECT quote_ident(pubname) AS name FROM pg_publication");
        // What nobody publishes, nobody is told.
        if (publications.length === 0) return { changes: 0, exact: true };
        return count(
            await ask(
                // I, U, D and T: rows and truncations, without the frame of their transactions.
                `SELECT FROM pg_logical_slot_peek_binary_changes($1, NULL, ${COUNTED}, 'proto_version', '1', ` +
                    "'publication_names', $2) WHERE get_byte(data, 0) IN (73, 85, 68, 84)",
                [slot, publications.map(({ name }) => name).join(",")],
            ),
        );
    } catch (error) {
        // In use by now; of another database; not a user who may.
        if (isCode(error, "55006", "0A000", "42501")) return undefined;
        throw error;
    }
}
