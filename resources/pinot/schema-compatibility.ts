import { UNKNOWN } from "../lifecycle";
import { columnsOf, type FieldSpec, type SchemaDocument } from "./documents";

/** One change of a schema that Pinot would not survive. */
export interface Incompatibility {
    /** Property in the user's words. */
    readonly path: string;
    /** The column, or the primary key as a whole. */
    readonly column: string;
    readonly what: string;
    readonly why: string;
    readonly wayOut: string;
}

/**
 * Whether a new schema can take the place of an old one without new tables; pure, needs no server.
 *
 * The rules are Pinot's own (`Schema#isBackwardCompatibleWith`, the same in 0.11 and 1.6): every column stays, with its
 * data type and its one or several values, and primary keys do not change once there are any. The server only says
 * "Only allow adding new columns"; this says which column, why, and what to do.
 */
export function schemaIncompatibilities(old: SchemaDocument, next: SchemaDocument): Incompatibility[] {
    const found: Incompatibility[] = [];
    const after = columnsOf(next);
    // A list that is not known yet may hold any column.
    const unknownLists = Object.values(next).includes(UNKNOWN);
    for (const [name, before] of Object.entries(columnsOf(old))) {
        const now = after[name];
        if (now === undefined) {
            if (!unknownLists) found.push(removed(name, before.kind));
            continue;
        }
        const path = `schema.${now.kind}FieldSpecs.${name}`;
        if (now.dataType !== before.dataType && now.dataType !== UNKNOWN) {
            found.push({
                path: `${path}.dataType`,
                column: name,
                what: `column "${name}" cannot change from ${before.dataType} to ${now.dataType}`,
                why: "Segments that are written keep the old type; queries over old and new ones would fail or misread.",
                wayOut: `add a column "${name}_${now.dataType.toLowerCase()}" and fill both, or declare a second schema and table on the same topic.`,
            });
        }
        if (isSingle(now) !== isSingle(before)) {
            const from = isSingle(before) ? "one value" : "several values";
            const to = isSingle(now) ? "one value" : "several values";
            found.push({
                path: `${path}.singleValueField`,
                column: name,
                what: `column "${name}" cannot change from ${from} to ${to}`,
                why: "Segments that are written keep their form.",
                wayOut: "add a column of the other form under a new name.",
            });
        }
    }
    const keys = keysOf(old);
    const nextKeys = keysOf(next);
    if (keys.length > 0 && next.primaryKeyColumns !== (UNKNOWN as unknown) && !nextKeys.includes(UNKNOWN)) {
        if (keys.join("\n") !== nextKeys.join("\n")) {
            found.push({
                path: "schema.primaryKeyColumns",
                column: keys.join(", "),
                what: `primaryKeyColumns cannot change from [${keys.join(", ")}] to [${nextKeys.join(", ")}]`,
                why: "An upsert table finds the older version of a row by this key; with another key it would keep both.",
                wayOut: "declare a second schema and table on a topic that is keyed by the new columns, move the readers, then remove these.",
            });
        }
    }
    return found;
}

/** True when a change needs a reload before existing segments show it: new columns and new defaults. */
export function schemaNeedsReload(old: SchemaDocument, next: SchemaDocument): boolean {
    const before = columnsOf(old);
    return Object.entries(columnsOf(next)).some(([name, now]) => {
        const was = before[name];
        return (
            was === undefined ||
            String(was.defaultNullValue ?? "") !== String(now.defaultNullValue ?? "") ||
            String(was.transformFunction ?? "") !== String(now.transformFunction ?? "")
        );
    });
}

function removed(name: string, kind: string): Incompatibility {
    return {
        path: `schema.${kind}FieldSpecs`,
        column: name,
        what: `column "${name}" cannot be removed`,
        why: "Segments that are written hold it, and Pinot only allows adding columns.",
        wayOut: `keep it in the schema (it costs little when nothing fills it), or declare a second schema and table without it.`,
    };
}

function isSingle(field: FieldSpec): boolean {
    return String(field.singleValueField ?? true) !== "false";
}

function keysOf(schema: SchemaDocument): string[] {
    return Array.isArray(schema.primaryKeyColumns) ? schema.primaryKeyColumns.map(String) : [];
}
