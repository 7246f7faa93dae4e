import { type DocumentRules, type Flat, flatten } from "../document";
import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { nameProblems } from "./names";
import { type PropertyValue, propertiesProblems, shownValue } from "./properties";
import { canonicalQuery, queryTrouble } from "./sql-text";

/** Whose rights a view reads with: those of who made it, or of who asks. */
export type ViewSecurity = "DEFINER" | "INVOKER";

/** What a view is beside its name. */
export interface ViewDocument {
    /** The query alone: what stands behind `AS`. */
    readonly sql: string;
    /** @default "DEFINER" */
    readonly security?: ViewSecurity;
    readonly comment?: string;
    /** Of the table in which a materialized view keeps its rows. */
    readonly properties?: Readonly<Record<string, PropertyValue | readonly PropertyValue[]>>;
}

/** What of a view's form carries no meaning: no comment and an empty one are the same. */
export const VIEW_RULES: DocumentRules = { sets: [], keyed: {}, defaults: { security: "DEFINER" } };

/** A view in the one form that all equal declarations share, as far as that can be told without the server. */
export function canonicalView({ sql, security, comment, properties = {} }: ViewDocument): Flat {
    const known = typeof properties === "object" && properties !== null;
    const values = known
        ? Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, shownValue(value)]))
        : properties;
    const isNone = known && Object.keys(values).length === 0;
    return flatten({ sql: canonicalQuery(sql), security, comment, ...(!isNone && { properties: values }) }, VIEW_RULES);
}

/** What can be said about a view offline. */
export function viewProblems(
    names: { readonly catalog: unknown; readonly schema: unknown; readonly view: unknown },
    { sql, security, comment, properties }: ViewDocument,
): Problem[] {
    const problems = (["catalog", "schema", "view"] as const).flatMap((property) =>
        nameProblems(property, names[property]),
    );
    if (typeof sql !== "string") {
        problems.push({ property: "sql", what: "sql is missing", wayOut: `write the query, as "SELECT 1 AS one".` });
    } else if (sql !== UNKNOWN) {
        const why = queryTrouble(sql);
        if (why !== undefined) problems.push({ property: "sql", what: "sql is not one query", why });
    }
    if (security !== undefined && ![UNKNOWN, "DEFINER", "INVOKER"].includes(security)) {
        problems.push({
            property: "security",
            what: `security is ${JSON.stringify(security)}`,
            wayOut: `write "DEFINER" (the rights of who made it) or "INVOKER" (of who asks).`,
        });
    }
    if (comment !== undefined && typeof comment !== "string") {
        problems.push({ property: "comment", what: "comment is no text" });
    }
    return [...problems, ...propertiesProblems(properties, true)];
}
