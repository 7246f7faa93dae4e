import type { Problem } from "../errors";
import { hasUnknown, isProtected, sameJson, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import { getSchema, getTable, type Session } from "./api";
import { rawTableName } from "./documents";
import { contentsOf, headOf } from "./segment-files";
import {
    heldSegments,
    LOAD_KIND,
    type LoadInputs,
    type LoadState,
    lossOfLoad,
    readLoad,
    reconcileLoad,
    removeLoad,
    tableTrouble,
    takeoverTrouble,
} from "./segment-load-reconcile";
import { beginningProblem, headerProblem, loadProblems, offlineName, segmentNames } from "./segment-load-rules";
import { duringPreview, previewSession, serverProblems } from "./session";

/** The code that manages a `PinotSegmentLoad`. */
export const pinotSegmentLoadProvider = managedProvider<LoadInputs, LoadState>({
    kind: LOAD_KIND,
    identity: "table",
    outputsOnly: ["segments"],
    async complete(inputs) {
        const { files } = inputs;
        return { ...inputs, contents: Array.isArray(files) ? await contentsOf(files) : [] };
    },
    nameOf: ({ segmentPrefix }) => String(segmentPrefix ?? UNKNOWN),
    idOf: ({ table, segmentPrefix }) => `${offlineName(table)}/${segmentPrefix}`,
    settingsOf: ({ server }) => ({ server }),
    compare(olds, news) {
        const unknown = hasUnknown([news.files, news.format, news.reader, news.contents]);
        const held = Object.keys(olds.segments ?? {}).sort();
        return {
            changed: unknown || !sameJson(segmentNames({ ...news, segmentPrefix: olds.segmentPrefix }).sort(), held),
            replaced: movedTo(olds, news).length > 0,
        };
    },
    async problemsOf(olds, news) {
        const problems = [...serverProblems(news.server), ...loadProblems(news), ...moveProblems(olds, news)];
        return problems.length > 0 ? problems : beginningProblems(news);
    },
    problemsOnServer: (olds, news) => duringPreview(news.server, () => problemsOnServer(olds, news)),
    reconcile: reconcileLoad,
    read: readLoad,
    remove: removeLoad,
    lossOf: lossOfLoad,
});

/** Which parts of its identity a change gives another value. */
function movedTo(olds: Partial<LoadState> | undefined, news: LoadInputs): ("table" | "segmentPrefix")[] {
    if (olds?.table === undefined || olds.segmentPrefix === undefined) return [];
    const { table, segmentPrefix } = news;
    return [
        ...(table !== UNKNOWN && offlineName(table) !== offlineName(olds.table) ? (["table"] as const) : []),
        ...(segmentPrefix !== UNKNOWN && segmentPrefix !== olds.segmentPrefix ? (["segmentPrefix"] as const) : []),
    ];
}

function moveProblems(olds: Partial<LoadState> | undefined, news: LoadInputs): Problem[] {
    if (typeof news.table !== "string" || !isProtected(olds)) return [];
    return movedTo(olds, news).map((property) => ({
        property,
        what: `${property} cannot change from ${olds?.[property]} to ${news[property]} while deletionProtection is on`,
        why: `The rows would be loaded anew, and those of ${olds?.segmentPrefix} in ${offlineName(olds?.table ?? "")} removed.`,
        wayOut: "declare a second load; or set deletionProtection: false, run up, then change it.",
    }));
}

/** Files that are something else than their format says. */
async function beginningProblems({ files, format }: LoadInputs): Promise<Problem[]> {
    if (hasUnknown([files, format])) return [];
    const problems: Problem[] = [];
    for (const [index, file] of files.entries()) {
        const why = beginningProblem(format, await headOf(file));
        if (why === undefined) continue;
        const wayOut = "correct format, or the file.";
        problems.push({ property: `files[${index}]`, what: `${file} is no ${format} file`, why: `${why}.`, wayOut });
    }
    return problems;
}

async function problemsOnServer(olds: Partial<LoadState> | undefined, news: LoadInputs): Promise<Problem[]> {
    const { table, segmentPrefix } = news;
    if (table === UNKNOWN) return [];
    const session = previewSession(news.server);
    const missing = await tableTrouble(session, table);
    if (missing !== undefined) return [{ property: "table", ...missing }];
    if (hasUnknown([segmentPrefix, news.files, news.format, news.reader])) return [];
    const isOurs = olds?.table !== undefined && movedTo(olds, news).length === 0;
    if (!isOurs) {
        const refusal = takeoverTrouble(news, segmentNames(news), await heldSegments(session, news));
        if (refusal !== undefined) return [{ property: "onExists", ...refusal }];
    }
    return headerProblems(session, news);
}

/** CSV files none of whose columns the table has. */
async function headerProblems(session: Session, news: LoadInputs): Promise<Problem[]> {
    if (news.format !== "csv") return [];
    const raw = rawTableName(news.table);
    const [table, schema] = await Promise.all([getTable(session, raw, "OFFLINE"), getSchema(session, raw)]);
    if (table === undefined || schema === undefined) return [];
    const problems: Problem[] = [];
    for (const [index, file] of news.files.entries()) {
        const what = headerProblem(news, await headOf(file), schema, table);
        if (what === undefined) continue;
        problems.push({
            property: `files[${index}]`,
            what: `${file} fits no column: ${what}`,
            why: "Every row would be empty.",
            wayOut: "give reader.delimiter or reader.header, or correct the first line.",
        });
    }
    return problems;
}
