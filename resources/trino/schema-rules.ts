import { type DocumentRules, type Flat, flatten } from "../document";
import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { nameProblems } from "./names";
import { type PropertyValue, propertiesProblems } from "./properties";

/** What a schema is beside its name. */
export interface SchemaDocument {
    /** Of its connector: `location`. */
    readonly properties?: Readonly<Record<string, PropertyValue>>;
}

/** No form of a schema's properties means the same as another. */
export const SCHEMA_RULES: DocumentRules = { sets: [], keyed: {}, defaults: {} };

/** A schema in the one form that all equal declarations and answers share. */
export function canonicalSchema({ properties }: SchemaDocument): Flat {
    if ((properties as unknown) === UNKNOWN) return { properties: UNKNOWN };
    if (properties === undefined || Object.keys(properties).length === 0) return {};
    const { location, ...rest } = properties;
    // Connectors take a folder with and without its slash, and show it in one of both.
    const folder = typeof location === "string" ? location.replace(/\/+$/, "") : location;
    return flatten({ properties: { ...rest, ...(folder !== undefined && { location: folder }) } }, SCHEMA_RULES);
}

/** What can be said about a schema offline. */
export function schemaProblems(catalog: unknown, schema: unknown, { properties }: SchemaDocument): Problem[] {
    const problems = [...nameProblems("catalog", catalog), ...nameProblems("schema", schema)];
    if (schema === "information_schema") {
        problems.push({
            property: "schema",
            what: `"${schema}" is Trino's own schema`,
            wayOut: "choose another name.",
        });
    }
    return [...problems, ...propertiesProblems(properties, false)];
}
