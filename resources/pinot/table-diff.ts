import { changes, type Difference, flatten, type Observed, within } from "../document";
import { UNKNOWN } from "../lifecycle";
import { nameWithType, type TableDocument } from "./documents";
import { TABLE_RULES } from "./table-rules";
import { fromWire } from "./wire";

/** What one changed property costs. */
export type ChangeClass = "in place" | "in place + reload" | "replace" | "refused";

/** One changed property of a table, classified. */
export interface TableChange extends Difference {
    readonly class: ChangeClass;
    /** Why it is refused or replaces, and what to do instead. */
    readonly why?: string;
    readonly wayOut?: string;
    /** `upsertConfig.mode cannot change from FULL to PARTIAL`. */
    readonly what: string;
}

/** Table config in a form in which two that mean the same are equal, whatever generation wrote them. */
export function canonicalTable(table: TableDocument): Record<string, string> {
    return flatten(fromWire(table), TABLE_RULES);
}

/**
 * What a new table config changes, and what each change costs; pure.
 *
 * Neither generation guards all of this: 0.11 accepts any change, 1.5 refuses some late and lets others pass (turning
 * upsert off, `deleteRecordColumn`), so the guard is here.
 * @param old what was declared, or what the server holds.
 * @param observed what the server added to `old`; see `observe`.
 */
export function classifyTableChange(old: TableDocument, next: TableDocument, observed: Observed = {}): TableChange[] {
    const found = changes(canonicalTable(next), canonicalTable(old), observed, TABLE_RULES, UNKNOWN);
    const merging = isMerging(old) || isMerging(next);
    // Turning upsert on or off is one change, however many properties it has.
    const switched = found.filter(isSwitch).map(({ path }) => blockOf(path));
    return found
        .filter((difference) => isSwitch(difference) || !switched.includes(blockOf(difference.path)))
        .map((difference) => classify(difference, merging, old));
}

/** Refusals among classified changes. */
export function refusedChanges(all: readonly TableChange[]): TableChange[] {
    return all.filter((change) => change.class === "refused");
}

/** True when a change shows in existing segments only after a reload. */
export function needsReload(all: readonly TableChange[]): boolean {
    return all.some((change) => change.class === "in place + reload");
}

const UPSERT_FIXED: Readonly<Record<string, string>> = {
    mode: "Pinot keeps upsert metadata with the segments; after the change old and new rows would merge by different rules.",
    comparisonColumns:
        "Which version of a row is the latest was decided by the old column; rows that lost would not come back.",
    deleteRecordColumn:
        "Keys that are deleted by the old column would come back or stay deleted at the next restart, at random.",
    hashFunction: "Primary keys are kept hashed; rows would no longer find their older versions.",
    dropOutOfOrderRecord: "Rows that were dropped are gone, and rows that were kept would stay.",
    outOfOrderRecordColumn: "Rows that are written keep their mark under the old column.",
    defaultPartialUpsertStrategy: "Rows that are merged already were merged by the old rule.",
    partialUpsertStrategies: "Rows that are merged already were merged by the old rule.",
};

const DEDUP_FIXED: Readonly<Record<string, string>> = {
    hashFunction: "Primary keys are kept hashed; rows would no longer find their duplicates.",
    dedupTimeColumn: "Which rows are forgotten was decided by the old column.",
};

const SECOND_TABLE =
    "declare a second table on the same topic, let it catch up, move the readers, then remove this one.";

function classify(difference: Difference, merging: boolean, old: TableDocument): TableChange {
    const { path, expected, actual } = difference;
    const as = (kind: ChangeClass, parts: { why?: string; wayOut?: string; what?: string } = {}): TableChange => ({
        ...difference,
        what: changeText(path, actual, expected),
        ...parts,
        class: kind,
    });
    if (expected === UNKNOWN) return as("in place");
    if (path === "tableName" || path === "tableType") {
        return as("replace", {
            why: `It is the identity of ${nameWithType(old)}: another table would be created and this one deleted with its rows.`,
            wayOut: SECOND_TABLE,
        });
    }
    for (const [block, fixed] of [
        ["upsertConfig", UPSERT_FIXED],
        ["dedupConfig", DEDUP_FIXED],
    ] as const) {
        if (!within(path, block)) continue;
        const [, property = ""] = /^[a-zA-Z]+\.([a-zA-Z]+)/.exec(path) ?? [];
        const word = block === "upsertConfig" ? "upsert" : "dedup";
        if (isSwitch(difference)) {
            const on = [undefined, "NONE", "false"].includes(actual);
            return as("refused", {
                what: on
                    ? `${word} cannot be turned on for a table that exists`
                    : `${block} cannot be removed: ${word} cannot be turned off`,
                why: on
                    ? "Rows that are written already would not be merged, and would be counted beside their newer versions."
                    : "The older versions of each row would all come back and be counted.",
                wayOut: SECOND_TABLE,
            });
        }
        if (fixed[property] !== undefined) return as("refused", { why: fixed[property], wayOut: SECOND_TABLE });
        return as("in place");
    }
    if (path === "segmentsConfig.timeColumnName") {
        return as("refused", {
            why: "Segments that are written carry times of the old column; pruning and retention would drop the wrong ones.",
            wayOut: SECOND_TABLE,
        });
    }
    if (path === "isDimTable") {
        return as("refused", {
            why: "A dimension table is loaded and kept in another way.",
            wayOut: "declare a second table.",
        });
    }
    if (/streamConfigMaps\[\d+\](\.streamType|\["stream\.\w+\.topic\.name"\])$/.test(path) && actual !== undefined) {
        return as("refused", {
            what: changeText("the topic", actual, expected),
            why: "Pinot goes on from the offsets of the old topic, which mean nothing in the new one: rows would be skipped or read twice.",
            wayOut: SECOND_TABLE.replace("same", "new"),
        });
    }
    if (merging && /segmentPartitionConfig\b.*\.(numPartitions|functionName)$/.test(path)) {
        return as("refused", {
            why: "Rows of one key must stay on one server; after the change old and new rows of a key would be on different ones.",
            wayOut: SECOND_TABLE,
        });
    }
    const index = within(path, "tableIndexConfig") || within(path, "fieldConfigList");
    return as(index ? "in place + reload" : "in place");
}

function blockOf(path: string): string {
    return /^[a-zA-Z]+/.exec(path)?.[0] ?? path;
}

/** True for the property whose presence turns upsert or dedup on. */
function isSwitch({ path, expected, actual }: Difference): boolean {
    if (expected === UNKNOWN) return false;
    if (path === "upsertConfig.mode") return [expected, actual].some((mode) => mode === undefined || mode === "NONE");
    return path === "dedupConfig.dedupEnabled" || path === "dedupConfig" || path === "upsertConfig";
}

function changeText(path: string, from: string | undefined, to: string | undefined): string {
    if (from === undefined) return `${path} cannot be set to ${shown(to)}`;
    if (to === undefined) return `${path} cannot be removed (it is ${shown(from)})`;
    return `${path} cannot change from ${shown(from)} to ${shown(to)}`;
}

function shown(value: string | undefined): string {
    return String(value).replace(/^\["(.*)"\]$/, (_all, list: string) => list.split('","').join(", "));
}

function isMerging(table: TableDocument): boolean {
    const upsert = table.upsertConfig;
    return (typeof upsert === "object" && upsert !== null && upsert.mode !== "NONE") || table.dedupConfig !== undefined;
}
