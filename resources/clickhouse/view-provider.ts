import { adoptionTrouble } from "../adoption";
import { changes } from "../document";
import type { Problem } from "../errors";
import { isUnreachable } from "../http";
import { hasUnknown, isProtected, sameJson, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { type Session, tell, withSession, wordsOf } from "./api";
import { type Fragment, unreadable } from "./scratch";
import { duringPreview, nameProblems, serverProblems } from "./server-problems";
import { qualified, tokensOf } from "./sql-text";
import { VIEW_RULES, viewForm } from "./view-form";
import {
    readView,
    readViewState,
    reconcileView,
    VIEW_KIND,
    type ViewInputs,
    type ViewState,
    viewDifferences,
    viewName,
    viewRefusals,
} from "./view-reconcile";
import { rehearseView } from "./view-scratch";

/** The code that manages a `ClickHouseView`. */
export const viewProvider = managedProvider<ViewInputs, ViewState>({
    kind: VIEW_KIND,
    identity: "view",
    outputsOnly: ["observed"],
    nameOf: viewName,
    settingsOf: ({ server }) => ({ server }),
    compare: (olds, news) => ({
        changed: isChanged(olds, news),
        replaced: viewName(news) !== viewName(olds) && !hasUnknown([news.database, news.view]),
    }),
    problemsOf,
    reconcile: reconcileView,
    read: readViewState,
    remove: (_name, state, outcome) =>
        withSession(state.server, "work", (session) => dropView(session, state, outcome), {
            seconds: state.timeouts?.delete ?? 180,
        }),
    lossOf: (state) =>
        withSession(state.server, "work", async (session) => {
            const held = await readView(session, state);
            if (held === undefined) return undefined;
            return held.document.to === undefined
                ? "It holds no rows; whoever asks it would fail."
                : `Its rows stay in ${held.document.to}; new ones would not come there any more.`;
        }),
});

function isChanged(olds: ViewState, news: ViewInputs): boolean {
    const { server: _server, ...document } = news;
    return (
        hasUnknown(document) ||
        changes(viewForm(news), viewForm(olds), olds.observed ?? {}, VIEW_RULES, UNKNOWN).length > 0
    );
}

async function dropView(session: Session, state: ViewState, outcome: Outcome): Promise<void> {
    if ((await readView(session, state)) === undefined) return;
    outcome.sent = true;
    try {
        await tell(session, `DROP VIEW IF EXISTS ${qualified(state.database ?? "default", state.view)} SYNC`);
    } catch (error) {
        if (isUnreachable(error) && (await readView(session, state)) === undefined) return;
        throw error;
    }
}

async function problemsOf(olds: Partial<ViewState> | undefined, news: ViewInputs): Promise<Problem[]> {
    const { server, database = "default", view } = news;
    const problems = [
        ...serverProblems(server),
        ...nameProblems("database", database, "database"),
        ...nameProblems("view", view, "view"),
        ...documentProblems(news),
    ];
    const isKnown = olds?.view !== undefined;
    const renamed = isKnown && viewName(olds) !== viewName(news) && !hasUnknown([database, view]);
    if (renamed && isProtected(olds)) {
        problems.push({
            property: olds.view === view ? "database" : "view",
            what: `the view cannot change its name from ${viewName(olds)} to ${viewName(news)} while deletionProtection is on`,
            why: `A view of the new name would be created and ${viewName(olds)} dropped.`,
            wayOut: "set deletionProtection: false, run up, then rename; or declare a second view.",
        });
    }
    const { server: _server, ...document } = news;
    if (problems.length > 0 || hasUnknown(document)) return problems;
    const isOurs = isKnown && !renamed;
    if (isOurs && !isChanged(olds as ViewState, news) && sameJson(olds.server, server)) return [];
    return duringPreview(server, [], (session) => problemsOnServer(session, isOurs ? olds : undefined, news));
}

async function problemsOnServer(
    session: Session,
    olds: Partial<ViewState> | undefined,
    news: ViewInputs,
): Promise<Problem[]> {
    const fragments: Fragment[] = [
        { property: "query", statement: `CREATE VIEW v AS ${news.query}` },
        ...(news.to === undefined ? [] : [{ property: "to", statement: `SELECT 1 FROM ${news.to}` }]),
        ...(news.refresh === undefined
            ? []
            : [
                  {
                      property: "refresh",
                      statement: `CREATE MATERIALIZED VIEW v REFRESH ${news.refresh} TO t AS SELECT 1`,
                  },
              ]),
    ];
    const wrong = await unreadable(session, fragments);
    if (wrong.length > 0) {
        return wrong.map(({ property }) => ({ property, what: `${property} is no SQL that the server can read` }));
    }
    const { refusal } = await rehearseView(session, news);
    if (refusal !== undefined) {
        return [{ property: "query", what: "the server would refuse this query", why: wordsOf(refusal) }];
    }
    const held = await readView(session, news);
    if (held === undefined) return [];
    const { found } = await viewDifferences(session, news, held, olds as ViewState | undefined);
    if (olds === undefined) {
        const trouble = adoptionTrouble(news.onExists, `view ${viewName(news)}`, found, "view");
        // An unprotected view may be about to be replaced by itself; create decides then.
        if (trouble !== undefined) return isProtected(news) ? [{ property: "onExists", ...trouble }] : [];
    }
    return viewRefusals(held, found);
}

function documentProblems({ query, to, refresh, comment, materialized }: ViewInputs): Problem[] {
    const problems: Problem[] = [];
    for (const [property, value] of Object.entries({ query, to, refresh, comment })) {
        const isText = typeof value === "string" && (value.trim() !== "" || property === "comment");
        if (isText || (value === undefined && property !== "query")) continue;
        problems.push({ property, what: `${property} is ${value === undefined ? "missing" : "no text"}` });
    }
    if (typeof query === "string" && query !== UNKNOWN && problems.length === 0) {
        const first = tokensOf(query)[0]?.text.toUpperCase();
        if (first !== "SELECT" && first !== "WITH" && first !== "(") {
            problems.push({
                property: "query",
                what: `query begins with ${first ?? "nothing"}`,
                wayOut: "give the SELECT alone: the view around it is made of the other arguments.",
            });
        }
    }
    if (to === undefined && (materialized === true || refresh !== undefined)) {
        problems.push({
            property: "to",
            what: "a materialised view names the table that holds its rows",
            why: "In a table of its own the rows would be lost with every change of the view.",
            wayOut: 'declare that table as a ClickHouseTable, and give its name: to: "database.table".',
        });
    }
    return problems;
}
