import { adoptionTrouble } from "../adoption";
import { changes } from "../document";
import type { Problem } from "../errors";
import { isUnreachable } from "../http";
import { hasUnknown, isProtected, sameJson, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { type Session, tell, wordsOf } from "./api";
import { fragmentsOf, rehearseAlter, rehearseCreate, unreadable } from "./scratch";
import { duringPreview, nameProblems, serverProblems } from "./server-problems";
import { qualified } from "./sql-text";
import { readTable, sizeText } from "./table-api";
import { TABLE_RULES, tableForm } from "./table-form";
import { propertyOf, refusalsOf } from "./table-guard";
import {
    aboutTable,
    differencesOf,
    hasOtherSecrets,
    planFor,
    readTableState,
    reconcileTable,
    TABLE_KIND,
    type TableInputs,
    type TableState,
    tableName,
} from "./table-reconcile";
import { tableProblems } from "./table-rules";

/** The code that manages a `ClickHouseTable`. */
export const tableProvider = managedProvider<TableInputs, TableState>({
    kind: TABLE_KIND,
    identity: "table",
    outputsOnly: ["observed"],
    nameOf: tableName,
    settingsOf: ({ server, secrets = {}, allowDataLoss = false }) => ({ server, secrets, allowDataLoss }),
    compare: (olds, news) => ({
        changed: isChanged(olds, news),
        replaced: tableName(news) !== tableName(olds) && !hasUnknown([news.database, news.table]),
    }),
    problemsOf,
    reconcile: reconcileTable,
    read: readTableState,
    remove: (_name, state, outcome) => aboutTable(state, (session) => dropTable(session, state, outcome)),
    lossOf: (state) =>
        aboutTable(state, async (session) => {
            const held = await readTable(session, state.database ?? "default", state.table);
            if (held === undefined) return undefined;
            return held.hasOwnData
                ? `It holds ${sizeText(held)}.`
                : `Its engine, ${held.engine}, keeps no rows itself; whoever reads from the table would fail.`;
        }),
});

function isChanged(olds: TableState, news: TableInputs): boolean {
    // What is not known yet is no SQL that could be read.
    return (
        hasUnknown(documentOf(news)) ||
        changes(tableForm(news), tableForm(olds), olds.observed ?? {}, TABLE_RULES, UNKNOWN).length > 0
    );
}

function documentOf({ server: _server, secrets: _secrets, ...document }: TableInputs): object {
    return document;
}

/** SYNC: without it the table's name is free at once and its data goes minutes later. */
async function dropTable(session: Session, state: TableState, outcome: Outcome): Promise<void> {
    const { database = "default", table } = state;
    if ((await readTable(session, database, table)) === undefined) return;
    outcome.sent = true;
    try {
        await tell(session, `DROP TABLE IF EXISTS ${qualified(database, table)} SYNC`);
    } catch (error) {
        if (isUnreachable(error) && (await readTable(session, database, table)) === undefined) return;
        throw error;
    }
}

async function problemsOf(olds: Partial<TableState> | undefined, news: TableInputs): Promise<Problem[]> {
    const { server, database = "default", table } = news;
    const problems = [
        ...serverProblems(server),
        ...nameProblems("database", database, "database"),
        ...nameProblems("table", table, "table"),
        ...tableProblems(news, news.secrets),
    ];
    const isKnown = olds?.table !== undefined;
    const renamed = isKnown && tableName(olds) !== tableName(news) && !hasUnknown([database, table]);
    if (renamed && isProtected(olds)) problems.push(renameProblem(olds, news, "while deletionProtection is on"));
    if (problems.length > 0 || hasUnknown(documentOf(news))) return problems;
    const secrets = Object.values(news.secrets ?? {}).filter((secret) => secret !== UNKNOWN);
    if (renamed) {
        problems.push(
            ...(await duringPreview((olds as TableState).server, secrets, async (session) => {
                const held = await readTable(session, olds.database ?? "default", olds.table ?? "");
                const isFull = held?.hasOwnData === true && held.rows !== 0 && olds.allowDataLoss !== true;
                return isFull ? [renameProblem(olds, news, `while it has ${sizeText(held)}`)] : [];
            })),
        );
        if (problems.length > 0) return problems;
    }
    const isOurs = isKnown && !renamed;
    // The server was asked when this was first declared: two hundred tables that stay as they are ask nothing.
    const same = isOurs && !isChanged(olds as TableState, news) && sameJson(olds.server, server);
    if (same && !hasOtherSecrets(news, olds)) return [];
    return duringPreview(server, secrets, (session) => problemsOnServer(session, isOurs ? olds : undefined, news));
}

async function problemsOnServer(
    session: Session,
    olds: Partial<TableState> | undefined,
    news: TableInputs,
): Promise<Problem[]> {
    const wrong = await unreadable(session, fragmentsOf(news));
    if (wrong.length > 0) {
        return wrong.map(({ property }) => ({ property, what: `${property} is no SQL that the server can read` }));
    }
    const { refusal } = await rehearseCreate(session, news);
    if (refusal !== undefined) return [refused(refusal, news)];
    const held = await readTable(session, news.database ?? "default", news.table);
    if (held === undefined) return [];
    const { found } = await differencesOf(session, news, held, olds as TableState | undefined);
    if (olds === undefined) {
        const trouble = adoptionTrouble(news.onExists, `table ${tableName(news)}`, found, "table");
        // An unprotected table may be about to be replaced by itself; create decides then.
        if (trouble !== undefined && isProtected(news)) return [{ property: "onExists", ...trouble }];
        if (trouble !== undefined) return [];
    }
    const plan = planFor(news, held, found, hasOtherSecrets(news, olds));
    const problems = await refusalsOf(session, news, olds, held, plan);
    if (problems.length > 0 || plan.recreated.length > 0) return problems;
    const alterRefusal = await rehearseAlter(session, held.document, plan.alters);
    return alterRefusal === undefined ? [] : [refused(alterRefusal, news, found[0]?.path)];
}

/** The server's own refusal, at the column that it names. */
function refused(error: unknown, table: TableInputs, path?: string): Problem {
    const words = wordsOf(error);
    const column = table.columns.findIndex(({ name }) => new RegExp(`(['\`"]|column )${escaped(name)}\\b`).test(words));
    const property = path !== undefined ? propertyOf(path, table) : column >= 0 ? `columns[${column}]` : "columns";
    return { property, what: "the server would refuse this table", why: words };
}

function escaped(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function renameProblem(olds: Partial<TableInputs>, news: TableInputs, when: string): Problem {
    const [from, to] = [tableName(olds), tableName(news)];
    return {
        property: olds.table === news.table ? "database" : "table",
        what: `the table cannot change its name from ${from} to ${to} ${when}`,
        why: `A table of the new name would be created and ${from} dropped.`,
        wayOut:
            `to keep the rows: RENAME TABLE ${from} TO ${to} on the server, set onExists: "adoptIfEqual" and ` +
            "deletionProtection: false, then run up; otherwise declare a second table.",
    };
}
