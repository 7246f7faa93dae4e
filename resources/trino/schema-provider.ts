import { changes, mismatch } from "../document";
import { type Problem, trouble } from "../errors";
import { hasUnknown, isProtected, sameJson, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { isRenamed, renameProblems } from "../renaming";
import { isStatementError } from "./api";
import { connectorOf, contentsText, countContents, isEmpty } from "./catalog-api";
import { lacks } from "./catalog-rules";
import { dropSchema, readSchema } from "./schema-api";
import {
    adoptionRefusal,
    changeTrouble,
    declaredOnly,
    readSchemaState,
    reconcileSchema,
    SCHEMA_KIND,
    type SchemaInputs,
    type SchemaState,
    schemaName,
} from "./schema-reconcile";
import { canonicalSchema, SCHEMA_RULES, schemaProblems } from "./schema-rules";
import { duringPreview, previewSession, serverProblems, workingSession } from "./session";

const NAMES = ["catalog", "schema"] as const;

/** The code that manages a `TrinoSchema`. */
export const schemaProvider = managedProvider<SchemaInputs, SchemaState>({
    kind: SCHEMA_KIND,
    identity: "schema",
    outputsOnly: ["observed"],
    nameOf: ({ catalog = UNKNOWN, schema = UNKNOWN }) => schemaName({ catalog, schema }),
    settingsOf: ({ server, forceDestroy = false }) => ({ server, forceDestroy }),
    compare: (olds, news) => ({
        changed: changesOf(olds, news).length > 0,
        replaced: isRenamed(olds, news, NAMES),
    }),
    problemsOf,
    reconcile: reconcileSchema,
    read: readSchemaState,
    remove,
    async lossOf({ server, catalog, schema }) {
        const session = workingSession(server);
        if ((await readSchema(session, catalog, schema)) === undefined) return undefined;
        const contents = await countContents(session, catalog, schema);
        const force = isEmpty(contents) ? "" : " forceDestroy: true is needed too, if that may be lost.";
        return `It holds ${contentsText(contents)}.${force}`;
    },
});

async function remove(name: string, { server, catalog, schema, forceDestroy }: SchemaState, outcome: Outcome) {
    const session = workingSession(server);
    if ((await readSchema(session, catalog, schema)) === undefined) return;
    const contents = forceDestroy === true ? undefined : await countContents(session, catalog, schema);
    if (contents !== undefined && !isEmpty(contents)) {
        throw trouble(SCHEMA_KIND, name, {
            what: "will not be deleted: it is not empty",
            why: `${contentsText(contents)} would be lost.`,
            wayOut: "remove them; or set forceDestroy: true, run up, then delete it.",
        });
    }
    try {
        outcome.sent = true;
        await dropSchema(session, catalog, schema, forceDestroy === true);
    } catch (error) {
        if (!isStatementError(error, "SCHEMA_NOT_EMPTY")) throw error;
        throw trouble(SCHEMA_KIND, name, {
            what: "will not be deleted: it is not empty",
            why: `${error.message}. It holds what this user may not see, or something is being made in it.`,
            wayOut: "remove it, then again; or set forceDestroy: true, run up, then delete the schema.",
        });
    }
}

async function problemsOf(olds: Partial<SchemaState> | undefined, news: SchemaInputs): Promise<Problem[]> {
    const { server, catalog, schema } = news;
    const problems = [...serverProblems(server), ...schemaProblems(catalog, schema, news)];
    const renamed = isRenamed(olds, news, NAMES);
    if (renamed && isProtected(olds)) {
        const because = "Another schema would be created and this one dropped.";
        problems.push(...renameProblems(olds, news, NAMES, because));
    }
    if (problems.length > 0) return problems;
    if (renamed) problems.push(...(await problemsOfRenaming(olds as SchemaState)));
    if (problems.length > 0 || hasUnknown([catalog, schema])) return problems;
    const isOurs = !renamed && olds?.schema !== undefined;
    if (isOurs && changesOf(olds as SchemaState, news).length === 0 && sameJson(olds.server, server)) return [];
    return duringPreview(server, () => problemsOnServer(isOurs, news));
}

/** Whether a schema that a renaming would drop has something to lose. */
function problemsOfRenaming({ server, catalog, schema, forceDestroy }: SchemaState): Promise<Problem[]> {
    if (forceDestroy === true) return Promise.resolve([]);
    return duringPreview(server, async () => {
        const contents = await countContents(previewSession(server), catalog, schema);
        if (isEmpty(contents)) return [];
        return [
            {
                property: "schema",
                what: `schema cannot change from ${schemaName({ catalog, schema })}: it is not empty`,
                why: `${contentsText(contents)} would be lost.`,
                wayOut: "declare a second schema, move them, then remove this one.",
            },
        ];
    });
}

async function problemsOnServer(isOurs: boolean, news: SchemaInputs): Promise<Problem[]> {
    const { catalog, schema } = news;
    const session = previewSession(news.server);
    const connector = await connectorOf(session, catalog);
    // The catalog may be created by the same up.
    if (connector === undefined) return [];
    const live = await readSchema(session, catalog, schema);
    if (live === undefined) {
        if (!lacks(connector, "schemas")) return [];
        return [
            {
                property: "catalog",
                what: `catalog ${catalog} takes no schemas`,
                why: `Its connector ${connector} shows what there is elsewhere, and makes none.`,
                wayOut: "create it there; or use a catalog of another connector.",
            },
        ];
    }
    if (hasUnknown(news.properties)) return [];
    const differences = declaredOnly(mismatch(canonicalSchema(news), canonicalSchema(live), SCHEMA_RULES));
    if (isOurs) return differences.map((change) => ({ property: change.path, ...changeTrouble(change) }));
    const refusal = adoptionRefusal(news, differences);
    // An unprotected schema may be about to be replaced by itself; create decides then.
    return refusal !== undefined && isProtected(news) ? [{ property: "onExists", ...refusal }] : [];
}

function changesOf(olds: SchemaState, news: SchemaInputs) {
    return changes(canonicalSchema(news), canonicalSchema(olds), olds.observed ?? {}, SCHEMA_RULES, UNKNOWN);
}
