import { type DocumentRules, type Flat, flatten } from "../document";
import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { COLUMN_KINDS, columnsOf, type DateTimeFieldSpec, type FieldSpec, type SchemaDocument } from "./documents";

/** What of a schema's form carries no meaning. */
export const SCHEMA_RULES: DocumentRules = {
    sets: [],
    keyed: {
        dimensionFieldSpecs: "name",
        metricFieldSpecs: "name",
        dateTimeFieldSpecs: "name",
        complexFieldSpecs: "name",
    },
    defaults: {},
};

/** Schema in a form in which two that mean the same are equal. */
export function canonicalSchema(schema: SchemaDocument): Flat {
    const document: Record<string, unknown> = { ...schema };
    for (const kind of COLUMN_KINDS) {
        const specs = schema[`${kind}FieldSpecs`];
        if (Array.isArray(specs)) {
            document[`${kind}FieldSpecs`] = specs.map((spec) => canonicalField(spec as FieldSpec, kind));
        }
    }
    return flatten(document, SCHEMA_RULES);
}

/** Rules of Pinot that need no server, all problems at once; pure. Unknown values are given the benefit of the doubt. */
export function schemaProblems(schema: SchemaDocument): Problem[] {
    const problems: Problem[] = [];
    const say = (path: string, what: string, why?: string, wayOut?: string): void => {
        problems.push({
            property: path,
            what,
            ...(why === undefined ? {} : { why }),
            ...(wayOut === undefined ? {} : { wayOut }),
        });
    };
    const name: unknown = schema.schemaName;
    if (name !== UNKNOWN) {
        if (typeof name !== "string" || name === "") say("schema.schemaName", "schemaName is missing");
        else if (/__|\s/.test(name)) {
            say(
                "schema.schemaName",
                `schemaName "${name}" has ${name.includes("__") ? "a double underscore" : "a space"}`,
                "Pinot refuses it: it separates the parts of a segment's name by it.",
                `call it "${name.replace(/__+|\s+/g, "_")}".`,
            );
        }
    }
    const seen: Record<string, string> = {};
    for (const kind of COLUMN_KINDS) {
        const list: unknown = schema[`${kind}FieldSpecs`];
        if (!Array.isArray(list)) continue;
        list.forEach((spec: Partial<FieldSpec> | undefined, index) => {
            if (spec === null || typeof spec !== "object") return;
            const path = `schema.${kind}FieldSpecs[${index}]`;
            const column: unknown = spec.name;
            if (column === UNKNOWN) return;
            if (typeof column !== "string" || column === "") {
                say(`${path}.name`, "a column has no name");
                return;
            }
            if (/\s/.test(column)) say(`${path}.name`, `column "${column}" has a space in its name`);
            const other = seen[column];
            if (other !== undefined) say(`${path}.name`, `column "${column}" stands in ${other} already`);
            seen[column] ??= path;
            for (const { property, what, wayOut } of fieldProblems(kind, column, spec)) {
                say(`${path}.${property}`, what, undefined, wayOut);
            }
        });
    }
    problems.push(...primaryKeyProblems(schema));
    return problems;
}

function fieldProblems(
    kind: string,
    column: string,
    spec: Partial<FieldSpec>,
): { property: string; what: string; wayOut?: string }[] {
    const found: { property: string; what: string; wayOut?: string }[] = [];
    const type: unknown = spec.dataType;
    if (kind === "complex" || type === UNKNOWN) return found;
    if (typeof type !== "string" || type === "") {
        found.push({ property: "dataType", what: `column "${column}" has no dataType` });
    } else if (type !== type.toUpperCase()) {
        found.push({
            property: "dataType",
            what: `column "${column}" has dataType "${type}"`,
            wayOut: `write "${type.toUpperCase()}".`,
        });
    } else if (kind === "metric" && ["STRING", "BOOLEAN", "TIMESTAMP", "JSON"].includes(type)) {
        found.push({
            property: "dataType",
            what: `metric "${column}" cannot be ${type}`,
            wayOut: "make it a dimension, or give it a number type.",
        });
    }
    if (kind === "dateTime") {
        for (const property of ["format", "granularity"]) {
            if (typeof spec[property] !== "string") {
                found.push({
                    property,
                    what: `time column "${column}" has no ${property}`,
                    wayOut: `such as "${property === "format" ? "1:MILLISECONDS:EPOCH" : "1:MILLISECONDS"}".`,
                });
            }
        }
    }
    return found;
}

function primaryKeyProblems(schema: SchemaDocument): Problem[] {
    const keys: unknown = schema.primaryKeyColumns;
    if (!Array.isArray(keys)) return [];
    const columns = columnsOf(schema);
    return keys.flatMap((key: unknown, index): Problem[] => {
        if (key === UNKNOWN) return [];
        const property = `schema.primaryKeyColumns[${index}]`;
        const column = columns[String(key)];
        if (column === undefined) {
            return [
                {
                    property,
                    what: `primary key "${key}" is no column of the schema`,
                    wayOut: `columns are ${Object.keys(columns).join(", ") || "none yet"}.`,
                },
            ];
        }
        return column.singleValueField === false
            ? [{ property, what: `primary key "${key}" holds several values; a key column must hold one` }]
            : [];
    });
}

function canonicalField(spec: FieldSpec, kind: string): unknown {
    if (spec === null || typeof spec !== "object") return spec;
    const field: Record<string, unknown> = { ...spec };
    if (String(field.fieldType).toUpperCase() === (kind === "dateTime" ? "DATE_TIME" : kind.toUpperCase())) {
        delete field.fieldType;
    }
    if (String(field.singleValueField) === "true") delete field.singleValueField;
    if (String(field.notNull) === "false") delete field.notNull;
    if (isDefaultNull(field.defaultNullValue, String(field.dataType), kind)) delete field.defaultNullValue;
    if (kind === "dateTime") {
        if (typeof field.format === "string") field.format = canonicalFormat(field.format);
        if (typeof field.granularity === "string") field.granularity = canonicalGranularity(field.granularity);
    }
    return field;
}

/** A schema with dates in the form with colons, which every generation takes; Pinot 0.11 does not know the other. */
export function schemaToWire(schema: SchemaDocument): SchemaDocument {
    const fields = schema.dateTimeFieldSpecs;
    if (!Array.isArray(fields)) return schema;
    return {
        ...schema,
        dateTimeFieldSpecs: fields.map((field: DateTimeFieldSpec) => ({
            ...field,
            format: field.format.includes(":") ? field.format : canonicalFormat(field.format),
            granularity: canonicalGranularity(field.granularity),
        })),
    };
}

/** `EPOCH|MILLISECONDS|1` and `1:MILLISECONDS:EPOCH` are one format; so is `TIMESTAMP` with its long form. */
export function canonicalFormat(format: string): string {
    if (format.includes("|") || !format.includes(":")) {
        const [kind = "", first, second] = format.split("|");
        if (kind === "EPOCH") return `${second ?? "1"}:${first ?? "MILLISECONDS"}:EPOCH`;
        if (kind === "SIMPLE_DATE_FORMAT" && first !== undefined) {
            return `1:DAYS:SIMPLE_DATE_FORMAT:${first}${second === undefined ? "" : ` tz(${second})`}`;
        }
        return kind === "TIMESTAMP" ? "1:MILLISECONDS:TIMESTAMP" : format;
    }
    const [, , kind, ...pattern] = format.split(":");
    // Size and unit say nothing beside a pattern.
    if (kind === "SIMPLE_DATE_FORMAT") return `1:DAYS:SIMPLE_DATE_FORMAT:${pattern.join(":")}`;
    return kind === "TIMESTAMP" ? "1:MILLISECONDS:TIMESTAMP" : format;
}

/** `MILLISECONDS|1` and `1:MILLISECONDS` are one granularity. */
export function canonicalGranularity(granularity: string): string {
    if (granularity.includes(":")) return granularity;
    const [unit = "", size = "1"] = granularity.split("|");
    return `${size}:${unit}`;
}

/** The server does not return a null value that its type has anyway. `Schema`/`FieldSpec` of Pinot 0.11 to 1.6. */
function isDefaultNull(value: unknown, dataType: string, kind: string): boolean {
    if (value === undefined || value === null) return false;
    if (kind === "metric") {
        if (dataType === "BYTES") return value === "";
        return Number(value) === 0 && value !== "";
    }
    switch (dataType) {
        case "INT":
            return Number(value) === -2147483648;
        case "LONG":
            return Number(value) === -(2 ** 63);
        case "FLOAT":
        case "DOUBLE":
            return value === "-Infinity" || value === Number.NEGATIVE_INFINITY;
        case "BIG_DECIMAL":
        case "TIMESTAMP":
            return Number(value) === 0;
        case "BOOLEAN":
            return String(value) === "false" || String(value) === "0";
        case "STRING":
        case "JSON":
            return value === "null";
        case "BYTES":
            return value === "";
        default:
            return false;
    }
}
