import { adoptionTrouble } from "../adoption";
import {
    changes,
    type Difference,
    type DocumentRules,
    drift,
    type Flat,
    flatten,
    mismatch,
    type Observed,
    observe,
    outOfSync,
} from "../document";
import { type Problem, type Trouble, trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, hasUnknown, isProtected, plain, sameJson, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { ask, CODES, isCode, type ResolvedServer, type Session, tell, withSession } from "./api";
import { unreadable } from "./scratch";
import { filledSql, secretProblems } from "./secrets";
import { duringPreview, nameProblems, serverProblems } from "./server-problems";
import { literal, name } from "./sql-text";
import { sizeText } from "./table-api";
import { engineText } from "./table-form";

/** Inputs of a database, resolved. */
export interface DatabaseInputs extends Common {
    readonly server: ResolvedServer;
    readonly database: string;
    readonly engine?: string;
    readonly comment?: string;
    readonly secrets?: Readonly<Record<string, string>>;
    readonly forceDestroy?: boolean;
}

/** What is recorded of a database. */
export interface DatabaseState extends DatabaseInputs {
    readonly observed: Observed;
}

interface HeldDatabase {
    readonly engine: string;
    readonly comment: string;
}

const KIND = "ClickHouseDatabase";
const RULES: DocumentRules = { sets: [], keyed: {}, defaults: { engine: "Atomic" } };

/** Of a database that is not empty, so many tables are named. */
const NAMED_TABLES = 5;

/** The code that manages a `ClickHouseDatabase`. */
export const databaseProvider = managedProvider<DatabaseInputs, DatabaseState>({
    kind: KIND,
    identity: "database",
    outputsOnly: ["observed"],
    nameOf: ({ database }) => String(database ?? UNKNOWN),
    settingsOf: ({ server, secrets = {}, forceDestroy = false }) => ({ server, secrets, forceDestroy }),
    compare: (olds, news) => ({
        changed: changes(formOf(news), formOf(olds), olds.observed ?? {}, RULES, UNKNOWN).length > 0,
        replaced: news.database !== olds.database && news.database !== UNKNOWN,
    }),
    problemsOf,
    reconcile: reconcileDatabase,
    read: readDatabaseState,
    remove: dropDatabase,
    lossOf: (state) =>
        about(state, async (session) => {
            if ((await readDatabase(session, state.database)) === undefined) return undefined;
            const held = await contentsOf(session, state.database);
            const force = held === undefined ? "" : " forceDestroy: true is needed too, if that may be lost.";
            return `It holds ${held ?? "nothing"}.${force}`;
        }),
});

function reconcileDatabase(
    inputs: DatabaseInputs,
    before: DatabaseState | undefined,
    outcome: Outcome,
): Promise<DatabaseState> {
    return about(inputs, async (session) => {
        const held = await readDatabase(session, inputs.database);
        if (held === undefined) {
            await createDatabase(session, inputs, outcome);
            outcome.recorded = plain({ ...inputs, observed: {} });
        } else {
            const found = differencesOf(inputs, before, held);
            if (before === undefined) {
                const refusal = adoptionTrouble(inputs.onExists, `database ${inputs.database}`, found, "database");
                if (refusal !== undefined) throw trouble(KIND, inputs.database, refusal);
            }
            const [refusal] = engineRefusals(inputs, before, found);
            if (refusal !== undefined) throw trouble(KIND, inputs.database, refusal);
            if (found.some(({ path }) => path === "comment")) await comment(session, inputs, outcome);
        }
        const after = await readDatabase(session, inputs.database);
        if (after === undefined) {
            throw new Error(`the server accepted database ${inputs.database}, and does not have it`);
        }
        return plain({ ...inputs, observed: observe(formOf(inputs), formOf(after)) });
    });
}

function readDatabaseState(state: DatabaseState): Promise<DatabaseState | undefined> {
    return about(state, async (session) => {
        const held = await readDatabase(session, state.database);
        if (held === undefined) return undefined;
        const found = drift(formOf(state), state.observed ?? {}, formOf(held), RULES);
        if (found.length === 0) return state;
        return plain({ ...state, ...Object.fromEntries(found.map(({ path, actual }) => [path, actual])) });
    });
}

function dropDatabase(called: string, state: DatabaseState, outcome: Outcome): Promise<void> {
    return about(state, async (session) => {
        if ((await readDatabase(session, called)) === undefined) return;
        const held = state.forceDestroy === true ? undefined : await contentsOf(session, called);
        if (held !== undefined) throw trouble(KIND, called, fullTrouble(held, "will not be dropped"));
        outcome.sent = true;
        try {
            await tell(session, `DROP DATABASE IF EXISTS ${name(called)} SYNC`);
        } catch (error) {
            if (isUnreachable(error) && (await readDatabase(session, called)) === undefined) return;
            throw error;
        }
    });
}

async function problemsOf(olds: Partial<DatabaseState> | undefined, news: DatabaseInputs): Promise<Problem[]> {
    const { server, database, engine, secrets } = news;
    const problems = [
        ...serverProblems(server),
        ...nameProblems("database", database, "database"),
        ...secretProblems({ engine }, secrets),
    ];
    for (const [property, value] of Object.entries({ engine, comment: news.comment })) {
        if (value !== undefined && typeof value !== "string")
            problems.push({ property, what: `${property} is no text` });
    }
    if (typeof database === "string" && /^(system|information_schema)$/i.test(database)) {
        problems.push({ property: "database", what: `database ${database} is the server's own` });
    }
    const isKnown = olds?.database !== undefined;
    const renamed = isKnown && olds.database !== database && database !== UNKNOWN;
    if (renamed && isProtected(olds)) {
        problems.push({
            property: "database",
            what: `the database cannot change its name from ${olds.database} to ${database} while deletionProtection is on`,
            why: `Another database would be created and ${olds.database} dropped.`,
            wayOut: `declare "${database}" as a second database, and RENAME TABLE what shall move.`,
        });
    }
    const { server: _server, secrets: _secrets, ...document } = news;
    if (problems.length > 0 || hasUnknown(document)) return problems;
    if (renamed && olds.forceDestroy !== true) {
        const old = olds as DatabaseState;
        const full = await duringPreview(old.server, [], async (session) => {
            const held = await contentsOf(session, old.database);
            const what = `cannot change its name from ${old.database} to ${database}`;
            return held === undefined ? [] : [{ property: "database", ...fullTrouble(held, what) }];
        });
        if (full.length > 0) return full;
    }
    const before = isKnown && !renamed ? (olds as DatabaseState) : undefined;
    const isSame = before !== undefined && sameJson(formOf(before), formOf(news)) && sameJson(before.secrets, secrets);
    if (isSame && sameJson(before.server, server)) return [];
    return duringPreview(server, Object.values(secrets ?? {}), (session) => problemsOnServer(session, before, news));
}

async function problemsOnServer(
    session: Session,
    before: DatabaseState | undefined,
    news: DatabaseInputs,
): Promise<Problem[]> {
    const { engine, database } = news;
    if (engine !== undefined) {
        const statement = `CREATE DATABASE d ENGINE = ${engine}`;
        const [wrong] = await unreadable(session, [{ property: "engine", statement }]);
        if (wrong !== undefined) {
            return [{ property: "engine", what: "engine is no SQL that the server can read" }];
        }
    }
    const held = await readDatabase(session, database);
    if (held === undefined) return [];
    const found = differencesOf(news, before, held);
    if (before === undefined) {
        const refusal = adoptionTrouble(news.onExists, `database ${database}`, found, "database");
        // An unprotected database may be about to be replaced by itself; create decides then.
        if (refusal !== undefined) return isProtected(news) ? [{ property: "onExists", ...refusal }] : [];
    }
    return engineRefusals(news, before, found);
}

function differencesOf(inputs: DatabaseInputs, before: DatabaseState | undefined, held: HeldDatabase): Difference[] {
    const known = before && { declared: formOf(before), observed: before.observed ?? {} };
    return known === undefined
        ? mismatch(formOf(inputs), formOf(held), RULES)
        : outOfSync(formOf(inputs), formOf(held), known, RULES);
}

/** No ALTER changes an engine, or what it connects with; and a database is not dropped for it. */
function engineRefusals(
    inputs: DatabaseInputs,
    before: DatabaseState | undefined,
    found: readonly Difference[],
): (Trouble & { property: string })[] {
    const wayOut = "declare a second database with it, and RENAME or copy its tables.";
    const engine = found.find(({ path }) => path === "engine");
    if (engine !== undefined) {
        const what = `engine cannot change from ${engine.actual ?? "nothing"} to ${engine.expected ?? "the server's own"}`;
        return [{ property: "engine", what, why: "No ALTER does that.", wayOut }];
    }
    if (before === undefined || sameJson(before.secrets ?? {}, inputs.secrets ?? {})) return [];
    const what = "the secrets of the engine cannot change";
    return [{ property: "secrets", what, why: "No ALTER does that.", wayOut }];
}

async function readDatabase(session: Session, database: string): Promise<HeldDatabase | undefined> {
    const [row] = await ask<{ engine: string; comment: string }>(
        session,
        "SELECT engine_full AS engine, comment FROM system.databases WHERE name = {database:String}",
        { database },
    );
    return row;
}

async function createDatabase(session: Session, inputs: DatabaseInputs, outcome: Outcome): Promise<void> {
    const { database, engine, comment: text, secrets } = inputs;
    outcome.sent = true;
    try {
        await tell(
            session,
            `CREATE DATABASE ${name(database)}` +
                (engine === undefined ? "" : ` ENGINE = ${filledSql(engine, secrets)}`) +
                (text === undefined || text === "" ? "" : ` COMMENT ${literal(text)}`),
        );
    } catch (error) {
        if (!isUnreachable(error)) throw error;
        const there = await readDatabase(session, database).catch(() => undefined);
        if (there === undefined) throw error;
    }
}

async function comment(session: Session, inputs: DatabaseInputs, outcome: Outcome): Promise<void> {
    outcome.sent = true;
    try {
        const text = literal(inputs.comment ?? "");
        await tell(session, `ALTER DATABASE ${name(inputs.database)} MODIFY COMMENT ${text}`);
    } catch (error) {
        if (!isCode(error, CODES.NOT_IMPLEMENTED, CODES.SYNTAX_ERROR)) throw error;
        throw trouble(KIND, inputs.database, {
            what: "this server cannot change the comment of a database",
            why: "Servers before 25.8, and some engines, have no ALTER DATABASE … MODIFY COMMENT.",
            wayOut: "declare the comment that is there: the database is not dropped for a comment.",
        });
    }
}

/** `3 tables: a, with 12 rows (3.4 kB), …`; undefined for an empty database. */
async function contentsOf(session: Session, database: string): Promise<string | undefined> {
    const rows = await ask<{ name: string; rows: number | null; bytes: number | null; total: number }>(
        session,
        "SELECT name, total_rows AS rows, total_bytes AS bytes, count() OVER () AS total FROM system.tables " +
            `WHERE database = {database:String} ORDER BY name LIMIT ${NAMED_TABLES}`,
        { database },
    );
    const total = Number(rows[0]?.total ?? 0);
    if (total === 0) return undefined;
    const named = rows.map(({ name: table, rows: count, bytes }) =>
        count === null ? table : `${table} with ${sizeText({ rows: Number(count), bytes: Number(bytes ?? 0) })}`,
    );
    const more = total > rows.length ? ` and ${total - rows.length} more` : "";
    return `${total} table${total === 1 ? "" : "s"}: ${named.join(", ")}${more}`;
}

function fullTrouble(held: string, what: string): Trouble {
    return {
        what: `${what}: it is not empty`,
        why: `It holds ${held}.`,
        wayOut: "remove them; or set forceDestroy: true, run up, then delete it.",
    };
}

function formOf({ engine, comment: text }: Partial<HeldDatabase>): Flat {
    const known = typeof engine === "string" && engine !== "" ? engineText(engine) : undefined;
    return flatten({ engine: known, comment: text || undefined }, RULES);
}

function about<T>(state: DatabaseInputs, converse: (session: Session) => Promise<T>): Promise<T> {
    const more = { seconds: state.timeouts?.delete ?? 180, secrets: Object.values(state.secrets ?? {}) };
    return withSession(state.server, "work", converse, more);
}
