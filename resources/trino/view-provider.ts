import { adoptionTrouble } from "../adoption";
import { changes } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, isProtected, progress, sameJson, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import { isRenamed, renameProblems } from "../renaming";
import { connectorOf } from "./catalog-api";
import { lacks } from "./catalog-rules";
import { duringPreview, previewSession, serverProblems, workingSession } from "./session";
import { dropView, isOtherRelation, type Relation, readView, readViewOnly, viewName, viewTrouble } from "./view-api";
import {
    differencesOf,
    otherRelationTrouble,
    placeOf,
    readViewState,
    reconcileView,
    sqlTrouble,
    VIEW_KINDS,
    type ViewInputs,
    type ViewState,
} from "./view-reconcile";
import { canonicalView, VIEW_RULES, viewProblems } from "./view-rules";

const NAMES = ["catalog", "schema", "view"] as const;

const LOSS: Readonly<Record<Relation, string>> = {
    VIEW: "Who reads it would find nothing; what it reads stays.",
    "MATERIALIZED VIEW":
        "Who reads it would find nothing; its rows would have to be computed again. What it reads stays.",
};

const KEEPERS: Readonly<Record<Relation, string>> = {
    VIEW: "hive, iceberg, delta_lake or memory",
    "MATERIALIZED VIEW": "iceberg",
};

/** The code that manages a `TrinoView`. */
export const viewProvider = providerOf("VIEW");

/** The code that manages a `TrinoMaterializedView`. */
export const materializedViewProvider = providerOf("MATERIALIZED VIEW");

function providerOf(relation: Relation) {
    return managedProvider<ViewInputs, ViewState>({
        kind: VIEW_KINDS[relation],
        identity: "view",
        outputsOnly: ["observed", "usable"],
        nameOf,
        settingsOf: ({ server, refresh = true }) => ({ server, refresh }),
        compare: (olds, news) => ({
            changed: olds.usable === false || isChanged(olds, news),
            replaced: isRenamed(olds, news, NAMES),
        }),
        problemsOf: (olds, news) => problemsOf(relation, olds, news),
        reconcile: (inputs, before, outcome) => reconcileView(relation, inputs, before, outcome),
        read: (state) => readViewState(relation, state),
        async remove(_name, state, outcome) {
            const session = workingSession(state.server);
            const place = placeOf(relation, state);
            // What is no such view is not ours: nothing is there to be removed.
            if ((await readViewOnly(session, place)) === undefined) return;
            outcome.sent = true;
            await dropView(session, place);
        },
        async lossOf(state) {
            const live = await readViewOnly(workingSession(state.server), placeOf(relation, state));
            return live && LOSS[relation];
        },
    });
}

function isChanged(olds: ViewState, news: ViewInputs): boolean {
    return changes(canonicalView(news), canonicalView(olds), olds.observed ?? {}, VIEW_RULES, UNKNOWN).length > 0;
}

async function problemsOf(
    relation: Relation,
    olds: Partial<ViewState> | undefined,
    news: ViewInputs,
): Promise<Problem[]> {
    const problems = [...serverProblems(news.server), ...viewProblems(news, news)];
    const renamed = isRenamed(olds, news, NAMES);
    if (renamed && isProtected(olds)) {
        const because = "Another view would be created and this one dropped.";
        problems.push(...renameProblems(olds, news, NAMES, because));
    }
    if (problems.length > 0 || hasUnknown([news.catalog, news.schema, news.view])) return problems;
    const isOurs = !renamed && olds?.view !== undefined;
    // Nothing is asked about a view that stays as it is: a preview of many takes no time.
    if (isOurs && !isChanged(olds as ViewState, news) && sameJson(olds.server, news.server)) return [];
    return duringPreview(news.server, () => problemsOnServer(relation, isOurs, news));
}

async function problemsOnServer(relation: Relation, isOurs: boolean, news: ViewInputs): Promise<Problem[]> {
    const session = previewSession(news.server);
    const connector = await connectorOf(session, news.catalog);
    // The catalog may be created by the same up.
    if (connector === undefined) return [];
    const objects = relation === "VIEW" ? "views" : "materialized views";
    if (lacks(connector, objects)) {
        return [
            {
                property: "catalog",
                what: `catalog ${news.catalog} keeps no ${objects}`,
                why: `Its connector ${connector} has none.`,
                wayOut: `put it into a catalog of ${KEEPERS[relation]}: it may read from any other.`,
            },
        ];
    }
    const { sql, security, comment, properties } = news;
    if (hasUnknown([sql, security, comment, properties])) return [];
    const place = placeOf(relation, news);
    const found = await viewTrouble(session, place, news);
    if (found?.isMissing === true) {
        const where = found.place === undefined ? "" : `${found.place}: `;
        progress(
            `${VIEW_KINDS[relation]} "${nameOf(news)}": ${where}${found.said}. The same up may be about to make it.`,
        );
    } else if (found !== undefined) {
        return [{ property: "sql", ...sqlTrouble(found) }];
    }
    if (isOurs) return [];
    try {
        const live = await readView(session, place);
        if (live === undefined) return [];
        const differences = await differencesOf(session, news, live);
        const refusal = adoptionTrouble(news.onExists, `view ${nameOf(news)}`, differences, "view");
        // An unprotected view may be about to be replaced by itself; create decides then.
        return refusal !== undefined && isProtected(news) ? [{ property: "onExists", ...refusal }] : [];
    } catch (error) {
        if (!isOtherRelation(error)) throw error;
        return [{ property: "view", ...otherRelationTrouble(error) }];
    }
}

function nameOf({ catalog = UNKNOWN, schema = UNKNOWN, view = UNKNOWN }: Partial<ViewInputs>): string {
    return viewName({ catalog, schema, view });
}
