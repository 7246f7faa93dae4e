import { type Problem, trouble } from "../errors";
import { isProtected, sameJson, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { isRenamed, renameProblems } from "../renaming";
import { contentsText, countContents, dropCatalog, readCatalog } from "./catalog-api";
import {
    adoptionRefusal,
    CATALOG_KIND,
    type CatalogInputs,
    type CatalogState,
    lossIn,
    lossTrouble,
    readCatalogState,
    reconcileCatalog,
} from "./catalog-reconcile";
import { catalogDifferences, catalogProblems, holdsContents, secretValues } from "./catalog-rules";
import { duringPreview, previewSession, serverProblems, workingSession } from "./session";

/** The code that manages a `TrinoCatalog`. */
export const catalogProvider = managedProvider<CatalogInputs, CatalogState>({
    kind: CATALOG_KIND,
    identity: "catalog",
    outputsOnly: ["usable"],
    nameOf,
    settingsOf: ({ server, forceDestroy = false, allowPlainSecrets = false }) => ({
        server,
        forceDestroy,
        allowPlainSecrets,
    }),
    compare: (olds, news) => ({
        changed: olds.usable === false || catalogDifferences(news, olds).length > 0,
        replaced: isRenamed(olds, news, ["catalog"]),
    }),
    problemsOf,
    reconcile: reconcileCatalog,
    read: readCatalogState,
    remove,
    async lossOf(state) {
        const session = workingSession(state.server, secretValues(state));
        const live = await readCatalog(session, state.catalog);
        if (live === undefined) return undefined;
        if (!holdsContents(live.connector)) {
            return "Queries and views on it would fail; what it connects to stays as it is.";
        }
        return `It holds ${contentsText(await countContents(session, state.catalog))}.`;
    },
});

async function remove(name: string, state: CatalogState, outcome: Outcome): Promise<void> {
    const session = workingSession(state.server, secretValues(state));
    const live = await readCatalog(session, state.catalog);
    if (live === undefined) return;
    const contents = await lossIn(session, state, live);
    if (contents !== undefined) {
        throw trouble(CATALOG_KIND, name, {
            what: "will not be deleted: it is not empty",
            why: `${contentsText(contents)} would be lost.`,
            wayOut: "remove them; or set forceDestroy: true, run up, then delete it.",
        });
    }
    outcome.sent = true;
    await dropCatalog(session, state.catalog);
}

async function problemsOf(olds: Partial<CatalogState> | undefined, news: CatalogInputs): Promise<Problem[]> {
    const problems = [...serverProblems(news.server), ...catalogProblems(news.catalog, news, news.allowPlainSecrets)];
    const renamed = isRenamed(olds, news, ["catalog"]);
    if (renamed && isProtected(olds)) {
        const because = `Trino does not rename catalogs: another one would be created and ${olds?.catalog} dropped.`;
        problems.push(...renameProblems(olds, news, ["catalog"], because));
    }
    if (problems.length > 0 || news.catalog === UNKNOWN) return problems;
    if (renamed) return duringPreview(news.server, () => problemsOfRenaming(olds as CatalogState));
    return duringPreview(news.server, () => problemsOnServer(olds, news));
}

/** Whether a catalog that a renaming would drop has something to lose. */
async function problemsOfRenaming(olds: CatalogState): Promise<Problem[]> {
    const session = previewSession(olds.server, secretValues(olds));
    const live = await readCatalog(session, olds.catalog);
    const contents = live && (await lossIn(session, olds, live));
    if (live === undefined || contents === undefined) return [];
    return [
        {
            property: "catalog",
            what: `catalog cannot change from ${olds.catalog}: it is not empty`,
            why: `Connector ${live.connector} keeps ${contentsText(contents)} in the catalog itself, which would be lost.`,
            wayOut: "declare a second catalog, move them, then remove this one.",
        },
    ];
}

async function problemsOnServer(olds: Partial<CatalogState> | undefined, news: CatalogInputs): Promise<Problem[]> {
    const session = previewSession(news.server, secretValues(news));
    const isOurs = olds?.catalog === news.catalog && olds.connector !== undefined;
    const differences = isOurs ? catalogDifferences(news, olds as CatalogState) : [];
    if (isOurs && differences.length === 0 && sameJson(olds.server, news.server)) return [];
    const live = await readCatalog(session, news.catalog);
    if (live === undefined) return [];
    if (!isOurs) {
        const refusal = adoptionRefusal(news, live);
        // An unprotected catalog may be about to be replaced by itself; create decides then.
        if (refusal !== undefined) return isProtected(news) ? [{ property: "onExists", ...refusal }] : [];
    }
    if (isOurs && differences.length === 0) return [];
    const contents = await lossIn(session, news, live);
    if (contents === undefined) return [];
    const property = isOurs ? (differences[0]?.path ?? "properties") : "onExists";
    const what = isOurs ? `${property} cannot change` : `catalog ${news.catalog} cannot be taken over`;
    return [{ property, ...lossTrouble(what, live.connector, contents) }];
}

function nameOf({ catalog }: Partial<CatalogInputs>): string {
    return String(catalog ?? UNKNOWN);
}
