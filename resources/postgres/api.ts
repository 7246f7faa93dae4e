import { Client, types } from "pg";
import { scrub } from "../http";

/** A database and who asks it, as resolved inputs. */
export interface ResolvedAccess {
    /** `host:port` */
    readonly address: string;
    readonly database: string;
    readonly user: string;
    readonly password: string;
    readonly tls?: boolean;
    /** What to trust instead of public authorities, in PEM. */
    readonly certificate?: string;
}

/** One conversation with a database: whom to ask, and how patiently. */
export interface Session {
    readonly server: ResolvedAccess;
    /** Milliseconds for a connection, and for a statement. */
    readonly timeoutMs: number;
    /** How often a connection that fails is tried again. */
    readonly retries: number;
}

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement on the connection of {@link converse}. */
export type Ask = (sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Starts a conversation that carries changes out: patient, since a server may just be restarting. */
export function workingSession(server: ResolvedAccess, seconds = 60): Session {
    return { server, timeoutMs: seconds * 1_000, retries: 8 };
}

/** A conversation during preview: quick, since the server may not exist yet. */
export function previewSession(server: ResolvedAccess): Session {
    return { server, timeoutMs: 5_000, retries: 0 };
}

/**
 * Opens a connection, lets `talk` ask on it, and closes it.
 *
 * Errors: plain Errors. No answer (`unreachable`, see `isUnreachable`); credentials or rights that are refused (`denied`),
 * which must never look like "gone"; anything else with its SQLSTATE as `code`. None of them shows the password.
 */
export async function converse<T>(session: Session, talk: (ask: Ask) => Promise<T>): Promise<T> {
    const client = await connect(session);
    const ask: Ask = async (sql, values) => {
        try {
            return (await client.query(sql, values as unknown[] | undefined)).rows;
        } catch (error) {
            throw inOurWords(session.server, error);
        }
    };
    try {
        return await talk(ask);
    } finally {
        // A connection that is gone already cannot be closed, and need not be.
        await client.end().catch(() => undefined);
    }
}

/** True when the error of {@link converse} has one of these SQLSTATEs. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
    return codes.includes((error as { code?: string } | undefined)?.code ?? "");
}

/** True for the error of a server that is starting, stopping or out of connections. */
export function isServerTrouble(error: unknown): boolean {
    return isCode(error, "57P01", "57P02", "57P03", "53300", "08006", "08001");
}

/** A name in SQL. */
export function quotedName(name: string): string {
    return `"${name.replaceAll('"', '""')}"`;
}

async function connect({ server, timeoutMs, retries }: Session): Promise<Client> {
    const separator = server.address.lastIndexOf(":");
    for (let attempt = 0; ; attempt++) {
        const client = new Client({
            host: server.address.slice(0, separator).replace(/^\[(.*)\]$/, "$1"),
            port: Number(server.address.slice(separator + 1)),
            database: server.database,
            user: server.user,
            password: server.password,
            ssl: server.tls === true ? { ...(server.certificate !== undefined && { ca: server.certificate }) } : false,
            connectionTimeoutMillis: Math.min(timeoutMs, 10_000),
            statement_timeout: timeoutMs,
            application_name: "millrace",
            // Numbers of 64 bits stay text, as they are for pg; names are not parsed either.
            types: { getTypeParser: types.getTypeParser },
        });
        // Without a listener the loss of an idle connection would end the process.
        client.on("error", () => undefined);
        try {
            await client.connect();
            return client;
        } catch (error) {
            await client.end().catch(() => undefined);
            const said = inOurWords(server, error);
            const again = (said as { unreachable?: boolean }).unreachable === true || isServerTrouble(said);
            if (!again || attempt >= retries) throw said;
            await new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** attempt, 2_000)));
        }
    }
}

function inOurWords(server: ResolvedAccess, error: unknown): Error {
    const { code, message, hint, detail } = error as {
        code?: string;
        message?: string;
        hint?: string;
        detail?: string;
    };
    const where = `${server.user}@${server.address}/${server.database}`;
    const clean = (text: string): string => scrub(text.replace(/\s+/g, " ").trim(), [server.password]);
    // SQLSTATEs have five letters and digits; everything else is the network's, or pg's own.
    if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) {
        const reason = clean(code ?? message ?? String(error));
        return Object.assign(new Error(`${where} got no answer: ${reason}`), { unreachable: true });
    }
    const further = [detail, hint].filter((text) => text !== undefined && text !== "").map((text) => `; ${text}`);
    const said = clean(`${where} answered ${code}: ${message ?? ""}${further.join("")}`);
    if (code.startsWith("28")) {
        const help = "Way out: set server.user and server.password to a user of this database.";
        return Object.assign(new Error(`${said}\n  ${help}`), { denied: true, code });
    }
    if (code === "42501") {
        const help = "Way out: use a user with the right: the owner for publications, one with REPLICATION for slots.";
        return Object.assign(new Error(`${said}\n  ${help}`), { denied: true, code });
    }
    return Object.assign(new Error(said), { code });
}
