import { adoptionTrouble } from "../adoption";
import { changes } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, isProtected, progress, sameJson, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { connectorOf } from "./catalog-api";
import { lacks } from "./catalog-rules";
import { isRenamed, renameProblems } from "./names";
import { duringPreview, previewSession, serverProblems, workingSession } from "./session";
import { dropView, isOtherRelation, readView, readViewOnly, viewName, viewTrouble } from "./view-api";
import {
    differencesOf,
    otherRelationTrouble,
    readViewState,
    reconcileView,
    sqlTrouble,
    VIEW_KIND,
    type ViewInputs,
    type ViewState,
} from "./view-reconcile";
import { canonicalView, VIEW_RULES, viewProblems } from "./view-rules";

const NAMES = ["catalog", "schema", "view"] as const;

/** The code that manages a `TrinoView`; bundled into its state. */
export const viewProvider = managedProvider<ViewInputs, ViewState>({
    kind: VIEW_KIND,
    identity: "view",
    outputsOnly: ["observed"],
    nameOf,
    settingsOf: ({ server }) => ({ server }),
    compare: (olds, news) => ({
        changed: isChanged(olds, news),
        replaced: isRenamed(olds, news, NAMES),
    }),
    problemsOf,
    reconcile: reconcileView,
    read: readViewState,
    async remove(_name, state, outcome: Outcome) {
        const session = workingSession(state.server);
        if ((await readViewOnly(session, state)) === undefined) return;
        outcome.sent = true;
        await dropView(session, state);
    },
    async lossOf(state) {
        const live = await readViewOnly(workingSession(state.server), state);
        return live && "Who reads it would find nothing; what it reads stays.";
    },
});

function isChanged(olds: ViewState, news: ViewInputs): boolean {
    return changes(canonicalView(news), canonicalView(olds), olds.observed ?? {}, VIEW_RULES, UNKNOWN).length > 0;
}

/** Nothing is asked about a view that stays as it is: a preview of many takes no time. */
function isUnchanged(olds: ViewState, news: ViewInputs): boolean {
    return !isChanged(olds, news) && sameJson(olds.server, news.server);
}

async function problemsOf(olds: Partial<ViewState> | undefined, news: ViewInputs): Promise<Problem[]> {
    const problems = [...serverProblems(news.server), ...viewProblems(news, news)];
    const renamed = isRenamed(olds, news, NAMES);
    if (renamed && isProtected(olds)) {
        const because = "Another view would be created and this one dropped.";
        problems.push(...renameProblems(olds, news, NAMES, because));
    }
    if (problems.length > 0 || hasUnknown([news.catalog, news.schema, news.view])) return problems;
    const isOurs = !renamed && olds?.view !== undefined;
    if (isOurs && isUnchanged(olds as ViewState, news)) return [];
    return duringPreview(news.server, () => problemsOnServer(isOurs, news));
}

async function problemsOnServer(isOurs: boolean, news: ViewInputs): Promise<Problem[]> {
    const session = previewSession(news.server);
    const connector = await connectorOf(session, news.catalog);
    // The catalog may be created by the same up.
    if (connector === undefined) return [];
    if (lacks(connector, "views")) {
        return [
            {
                property: "catalog",
                what: `catalog ${news.catalog} keeps no views`,
                why: `Its connector ${connector} has none.`,
                wayOut: "put it into a catalog of hive, iceberg, delta_lake or memory: it may read from any other.",
            },
        ];
    }
    const { sql, security, comment } = news;
    if (hasUnknown([sql, security, comment])) return [];
    const problems: Problem[] = [];
    const found = await viewTrouble(session, news, news);
    if (found?.isMissing === true) {
        const where = found.place === undefined ? "" : `${found.place}: `;
        progress(`${VIEW_KIND} "${nameOf(news)}": ${where}${found.said}. The same up may be about to make it.`);
    } else if (found !== undefined) {
        return [{ property: "sql", ...sqlTrouble(found) }];
    }
    try {
        const live = isOurs ? undefined : await readView(session, news);
        if (live === undefined) return problems;
        const differences = await differencesOf(session, news, live);
        const refusal = adoptionTrouble(news.onExists, `view ${nameOf(news)}`, differences, "view");
        // An unprotected view may be about to be replaced by itself; create decides then.
        if (refusal !== undefined && isProtected(news)) problems.push({ property: "onExists", ...refusal });
    } catch (error) {
        if (!isOtherRelation(error)) throw error;
        problems.push({ property: "view", ...otherRelationTrouble(error) });
    }
    return problems;
}

function nameOf({ catalog = UNKNOWN, schema = UNKNOWN, view = UNKNOWN }: Partial<ViewInputs>): string {
    return viewName({ catalog, schema, view });
}
