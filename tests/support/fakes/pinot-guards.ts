import { fieldsOf, isObject, type Json } from "./pinot-generation";

/** Topic that a table config reads, wherever it says so. */
export function topicOf(config: Json): string | undefined {
    const found = /"stream\.kafka\.topic\.name":"([^"]*)"/.exec(JSON.stringify(config));
    return found?.[1];
}

/** What 1.5.1 guards: not turning upsert off, and not `deleteRecordColumn`. */
export function guardedChange(old: Json, next: Json): string | undefined {
    if (!isObject(old.upsertConfig) || !isObject(next.upsertConfig)) return undefined;
    for (const property of [
        "mode",
        "hashFunction",
        "comparisonColumns",
        "dropOutOfOrderRecord",
        "outOfOrderRecordColumn",
    ]) {
        const [from, to] = [old.upsertConfig[property], next.upsertConfig[property]];
        if (JSON.stringify(from) === JSON.stringify(to)) continue;
        const text = (value: unknown): string => (Array.isArray(value) ? `[${value.join(", ")}]` : String(value));
        return `upsertConfig.${property} (${text(from)} -> ${text(to)})`;
    }
    return undefined;
}

/** Whether Pinot takes a schema in place of another. */
export function isCompatible(old: Json, next: Json): boolean {
    const fields = fieldsOf(next);
    const kept = Object.entries(fieldsOf(old)).every(
        ([name, was]) =>
            fields[name]?.dataType === was.dataType &&
            (fields[name]?.singleValueField ?? true) === (was.singleValueField ?? true),
    );
    const keys = old.primaryKeyColumns;
    return kept && (keys === undefined || JSON.stringify(keys) === JSON.stringify(next.primaryKeyColumns));
}
