import { type DocumentRules, type Flat, flatten } from "../document";
import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import type { PublicationDocument } from "./documents";
import { nameProblems } from "./server-problems";

/** All that a publication can tell of, in PostgreSQL's own order. */
export const OPERATIONS = ["insert", "update", "delete", "truncate"] as const;

/** What of a publication's form carries no meaning. */
export const PUBLICATION_RULES: DocumentRules = {
    sets: ["tables", "operations"],
    keyed: {},
    defaults: { operations: JSON.stringify([...OPERATIONS].sort()) },
};

const NAME = /^[a-z_][a-z0-9_$]{0,62}$/;
const TABLE = /^([a-z_][a-z0-9_$]{0,62}\.)?[a-z_][a-z0-9_$]{0,62}$/;

/** A publication in the one form that all equal declarations and answers share. */
export function canonicalPublication({ tables, allTables, operations, viaRoot, owner }: PublicationDocument): Flat {
    return flatten(
        {
            allTables: allTables ?? false,
            tables: Array.isArray(tables) ? tables.map(qualified) : tables,
            operations: operations ?? OPERATIONS,
            viaRoot: viaRoot ?? false,
            owner,
        },
        PUBLICATION_RULES,
    );
}

/** A table with its schema. */
export function qualified(table: string): string {
    return table === UNKNOWN || table.includes(".") ? table : `public.${table}`;
}

/** What can be said about a publication offline. */
export function publicationProblems(publication: unknown, document: PublicationDocument): Problem[] {
    const { tables, allTables, operations, owner } = document;
    const form = "small letters, digits and underscores, at most 63";
    const problems = nameProblems("publication", publication, NAME, form);
    if (owner !== undefined) problems.push(...nameProblems("owner", owner, NAME, form));
    const all = (allTables as unknown) === UNKNOWN ? undefined : (allTables ?? false);
    if (all === true && tables !== undefined) {
        problems.push({
            property: "tables",
            what: "tables and allTables exclude each other",
            wayOut: "keep one of them.",
        });
    } else if (all === false && tables === undefined) {
        problems.push({
            property: "tables",
            what: "tables is missing",
            wayOut: "list the tables; or set allTables: true, which needs a superuser.",
        });
    } else if (tables !== undefined && (tables as unknown) !== UNKNOWN) problems.push(...tableProblems(tables));
    if (operations !== undefined && (operations as unknown) !== UNKNOWN) {
        problems.push(...operationProblems(operations));
    }
    return problems;
}

function tableProblems(tables: unknown): Problem[] {
    if (!Array.isArray(tables) || tables.length === 0) {
        return [{ property: "tables", what: "tables is no list of tables", wayOut: `write ["public.person"].` }];
    }
    const seen = new Set<string>();
    return tables.flatMap((table: unknown, index): Problem[] => {
        const property = `tables[${index}]`;
        if (table === UNKNOWN) return [];
        if (typeof table !== "string" || !TABLE.test(table)) {
            const what = `${JSON.stringify(table)} is no name of a table`;
            return [{ property, what, wayOut: `write "schema.table" in small letters, without quotes.` }];
        }
        if (seen.has(qualified(table))) return [{ property, what: `${qualified(table)} is there twice` }];
        seen.add(qualified(table));
        return [];
    });
}

function operationProblems(operations: unknown): Problem[] {
    const wayOut = `there are ${OPERATIONS.join(", ")}.`;
    if (!Array.isArray(operations) || operations.length === 0) {
        return [{ property: "operations", what: "operations is no list of operations", wayOut }];
    }
    return operations.flatMap((operation: unknown, index): Problem[] => {
        const property = `operations[${index}]`;
        if (operation === UNKNOWN) return [];
        if (!OPERATIONS.includes(operation as never)) {
            return [{ property, what: `${JSON.stringify(operation)} is no operation`, wayOut }];
        }
        if (operations.indexOf(operation) !== index) return [{ property, what: `${operation} is there twice` }];
        return [];
    });
}
