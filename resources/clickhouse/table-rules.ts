import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import type { TableColumn, TableDocument } from "./documents";
import { secretProblems } from "./secrets";
import { nameProblems } from "./server-problems";
import { cutAt, splitList, tokensOf } from "./sql-text";
import { DEFAULT_ENGINE, engineName, isMergeTree, keyText, VALUE_KINDS } from "./table-form";

type Given = Readonly<Record<string, unknown>>;

/** What no server would take, or what would not mean what it seems to; all of it, each at its property. */
export function tableProblems(table: TableDocument, secrets: unknown): Problem[] {
    return [
        ...columnsProblems(table.columns),
        ...engineProblems(table),
        ...settingsProblems(table.settings),
        ...namedProblems("indices", table.indices, ["expression", "type"]),
        ...namedProblems("projections", table.projections, ["query"]),
        ...namedProblems("constraints", table.constraints, []),
        ...constraintProblems(table.constraints),
        ...secretProblems(secretTexts(table), secrets),
    ];
}

function columnsProblems(columns: unknown): Problem[] {
    if (columns === UNKNOWN) return [];
    if (!Array.isArray(columns) || columns.length === 0) {
        return [
            {
                property: "columns",
                what: "a table has one column at least",
                wayOut: `[{ name: "id", type: "UInt64" }].`,
            },
        ];
    }
    return columns.flatMap((column: unknown, at): Problem[] => {
        const property = `columns[${at}]`;
        if (column === UNKNOWN) return [];
        if (column === null || typeof column !== "object") return [{ property, what: `${property} is no column` }];
        const given = column as Given;
        const { name } = given;
        const first = columns.findIndex((other) => (other as TableColumn | null)?.name === name);
        return [
            ...nameProblems(`${property}.name`, name, "name"),
            ...(first < at && typeof name === "string" && name !== UNKNOWN
                ? [{ property: `${property}.name`, what: `column "${name}" is there twice` }]
                : []),
            ...typeProblems(`${property}.type`, given),
            ...valueProblems(property, given),
        ];
    });
}

function typeProblems(property: string, { name, type }: Given): Problem[] {
    if (type === UNKNOWN) return [];
    if (typeof type !== "string" || type.trim() === "") return [{ property, what: "type is missing" }];
    const [first, open] = tokensOf(type);
    if (first?.text.toLowerCase() === "nested" && open?.text === "(") {
        return [
            {
                property,
                what: "Nested is no type of one column",
                why: "The server makes a column of each of its parts.",
                wayOut: `declare these: { name: "${String(name)}.part", type: "Array(…)" } for each part.`,
            },
        ];
    }
    const clauses = [...cutAt(tokensOf(type), ["DEFAULT", "CODEC", "COMMENT", "TTL", "MATERIALIZED", "ALIAS"]).keys()];
    if (clauses.length > 1) {
        const clause = clauses[1] ?? "";
        return [
            { property, what: `${clause} is no part of a type`, wayOut: `write it as ${clause.toLowerCase()}: "…".` },
        ];
    }
    return [];
}

function valueProblems(property: string, column: Given): Problem[] {
    const problems: Problem[] = [];
    const kinds = VALUE_KINDS.filter((kind) => column[kind] !== undefined);
    if (kinds.length > 1) {
        const what = `a column has one of ${VALUE_KINDS.join(", ")}; this one has ${kinds.join(" and ")}`;
        problems.push({ property: `${property}.${kinds[1]}`, what });
    }
    for (const part of [...VALUE_KINDS, "codec", "ttl", "comment", "statistics"]) {
        const value = column[part];
        if (value === undefined || typeof value === "string" || (part === "ephemeral" && value === true)) continue;
        const shown = JSON.stringify(value);
        problems.push({
            property: `${property}.${part}`,
            what: `${part} is ${shown}, no text`,
            why: "Expressions are SQL texts.",
            wayOut: `write it as ${JSON.stringify(shown)}.`,
        });
    }
    if (column.alias !== undefined) {
        for (const part of ["codec", "ttl"].filter((one) => column[one] !== undefined)) {
            problems.push({ property: `${property}.${part}`, what: `an alias is not stored: it has no ${part}` });
        }
    }
    return problems;
}

function engineProblems(table: TableDocument): Problem[] {
    const { engine = DEFAULT_ENGINE } = table;
    if ((engine as unknown) === UNKNOWN) return [];
    if (typeof engine !== "string" || engine.trim() === "") return [{ property: "engine", what: "engine is no text" }];
    const clauses = cutAt(tokensOf(engine), [
        "ORDER BY",
        "PARTITION BY",
        "PRIMARY KEY",
        "SAMPLE BY",
        "TTL",
        "SETTINGS",
        "COMMENT",
    ]);
    const [, clause] = [...clauses.keys()];
    if (clause !== undefined) {
        const property = clause.toLowerCase().replace(/ (.)/, (_, letter: string) => letter.toUpperCase());
        return [
            {
                property: "engine",
                what: `${clause} is no part of the engine`,
                why: "What can be changed by ALTER and what cannot are compared apart.",
                wayOut: `write it as ${property}: …`,
            },
        ];
    }
    const problems: Problem[] = [];
    if (!isMergeTree(engine)) {
        const keys = ["orderBy", "partitionBy", "sampleBy", "ttl"] as const;
        const noKeys = /^(Kafka|Null|Log|TinyLog|StripeLog|Memory|PostgreSQL|MySQL|Distributed|Buffer|Merge)$/;
        for (const key of noKeys.test(engineName(engine)) ? keys : []) {
            if (table[key] !== undefined) {
                problems.push({ property: key, what: `engine ${engineName(engine)} has no ${key}` });
            }
        }
        return problems;
    }
    return primaryKeyProblems(table);
}

function primaryKeyProblems({ orderBy, primaryKey }: TableDocument): Problem[] {
    if (primaryKey === undefined || [orderBy, primaryKey].flat().some((part) => (part as unknown) === UNKNOWN))
        return [];
    const [sorting = "", primary = ""] = [keyText(orderBy), keyText(primaryKey)];
    const [all, some] = [sorting, primary].map((key) => splitList(tokensOf(key)).map((part) => JSON.stringify(part)));
    if (orderBy === undefined || some?.every((part, at) => all?.[at] === part)) return [];
    return [
        {
            property: "primaryKey",
            what: `primaryKey ${primary} is not the beginning of orderBy ${sorting}`,
            why: "Rows are found by the key only in the order in which they lie.",
            wayOut: "let orderBy begin with the primary key.",
        },
    ];
}

function settingsProblems(settings: unknown): Problem[] {
    if (settings === undefined || settings === UNKNOWN) return [];
    if (settings === null || typeof settings !== "object" || Array.isArray(settings)) {
        return [{ property: "settings", what: "settings is no object" }];
    }
    return Object.entries(settings).flatMap(([key, value]): Problem[] => {
        const property = `settings.${key}`;
        if (!/^\w+$/.test(key)) return [{ property, what: `"${key}" is no name of a setting` }];
        if (["string", "number", "boolean"].includes(typeof value)) return [];
        return [{ property, what: `${property} is ${JSON.stringify(value)}, no text, number or boolean` }];
    });
}

function namedProblems(
    list: "indices" | "projections" | "constraints",
    items: unknown,
    parts: readonly string[],
): Problem[] {
    if (items === undefined || items === UNKNOWN) return [];
    if (!Array.isArray(items)) return [{ property: list, what: `${list} is no list` }];
    return items.flatMap((item: unknown, at): Problem[] => {
        if (item === UNKNOWN) return [];
        const property = `${list}[${at}]`;
        if (item === null || typeof item !== "object") return [{ property, what: `${property} is no object` }];
        const given = item as Given;
        const isTwice = items.findIndex((other) => (other as Given | null)?.name === given.name) < at;
        return [
            ...nameProblems(`${property}.name`, given.name, "name"),
            ...(isTwice && given.name !== UNKNOWN && given.name !== undefined
                ? [{ property: `${property}.name`, what: `name "${String(given.name)}" is there twice` }]
                : []),
            ...parts
                .filter((part) => typeof given[part] !== "string" || given[part] === "")
                .map((part) => ({ property: `${property}.${part}`, what: `${part} is missing` })),
        ];
    });
}

function constraintProblems(constraints: unknown): Problem[] {
    if (!Array.isArray(constraints)) return [];
    return constraints.flatMap((constraint: Given | null | string, at): Problem[] => {
        if (constraint === null || typeof constraint !== "object") return [];
        const given = ["check", "assume"].filter((kind) => typeof constraint[kind] === "string");
        return given.length === 1
            ? []
            : [{ property: `constraints[${at}]`, what: "a constraint has either check or assume" }];
    });
}

/** Where a secret can be named. */
function secretTexts({ engine, settings }: TableDocument): Record<string, unknown> {
    const given = settings !== null && typeof settings === "object" ? Object.entries(settings) : [];
    return { engine, ...Object.fromEntries(given.map(([key, value]) => [`settings.${key}`, value])) };
}
