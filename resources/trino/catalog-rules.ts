import type { Difference } from "../document";
import { below } from "../document";
import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { catalogNameProblems } from "./names";
import type { PropertyValue } from "./properties";

/** What a catalog is beside its name: its connector, and the connector's properties. */
export interface CatalogDocument {
    readonly connector: string;
    readonly properties?: Readonly<Record<string, PropertyValue>>;
}

/**
 * Ends of the names of properties that hold a secret, in the connectors of Trino. `…-password-file`, `…token-exchange-enabled`
 * and the like hold none.
 */
const SECRET_NAME =
    /(^|[.-])(password|passphrase|secrets?|tokens?|credentials?|(access|secret|private|account|json|api|credentials|encryption|sas|shared|signing)-key)$/i;

/** Trino's own form of what is resolved on the server: `${ENV:NAME}`. */
const REFERENCE = /\$\{[a-zA-Z][a-zA-Z0-9_-]*:[^}]+\}/;

/** Connectors whose schemas, tables and views live in the catalog itself: they go with it. */
const HOLDING = ["memory", "blackhole"];

/** Connectors that keep no views. */
const WITHOUT_VIEWS = ["clickhouse", "jmx", "kafka", "mysql", "pinot", "postgresql", "tpcds", "tpch"];

/** Connectors that keep views, and no materialized ones. */
const WITHOUT_MATERIALIZED_VIEWS = [...WITHOUT_VIEWS, "delta_lake", "hive", "memory"];

/** Connectors in which no schemas are made. */
const WITHOUT_SCHEMAS = ["jmx", "kafka", "pinot", "tpcds", "tpch"];

const WITHOUT = {
    views: WITHOUT_VIEWS,
    "materialized views": WITHOUT_MATERIALIZED_VIEWS,
    schemas: WITHOUT_SCHEMAS,
};

/** True when dropping a catalog of this connector loses what is in it. */
export function holdsContents(connector: string): boolean {
    return HOLDING.includes(connector);
}

/** True when a connector is known to have no such objects. One that is not known may have them. */
export function lacks(connector: string, objects: keyof typeof WITHOUT): boolean {
    return WITHOUT[objects].includes(connector);
}

/** Properties as Trino takes them, in one order. */
export function canonicalProperties(properties: CatalogDocument["properties"]): Record<string, string> {
    const entries = Object.entries(properties ?? {}).filter(([, value]) => value !== undefined && value !== null);
    return Object.fromEntries(entries.map(([name, value]): [string, string] => [name, String(value)]).sort());
}

/** Where one catalog is declared otherwise than another. An unknown value is another value. */
export function catalogDifferences(expected: CatalogDocument, actual: CatalogDocument): Difference[] {
    const flat = ({ connector, properties }: CatalogDocument): Record<string, string> => ({
        connector,
        ...((properties as unknown) === UNKNOWN ? { properties: UNKNOWN } : under(canonicalProperties(properties))),
    });
    const [news, olds] = [flat(expected), flat(actual)];
    const paths = [...new Set([...Object.keys(news), ...Object.keys(olds)])].sort();
    return paths
        .filter((path) => news[path] !== olds[path])
        .map((path) => ({ path, expected: news[path], actual: olds[path] }));
}

/** Values that must appear in no error: those of properties whose name says so, and secrets within others. */
export function secretValues({ properties }: Pick<CatalogDocument, "properties">): string[] {
    if ((properties as unknown) === UNKNOWN || properties === null || typeof properties !== "object") return [];
    return Object.entries(canonicalProperties(properties)).flatMap(([name, value]) => {
        if (REFERENCE.test(value) || value === UNKNOWN || value === "") return [];
        return (SECRET_NAME.test(name) ? [value] : secretWithin(value)).filter((part) => part.length >= 4);
    });
}

/** What can be said about a catalog offline. */
export function catalogProblems(
    catalog: unknown,
    { connector, properties }: CatalogDocument,
    allowPlainSecrets: boolean | undefined,
): Problem[] {
    const problems = catalogNameProblems("catalog", catalog);
    if (typeof connector !== "string" || connector === "") {
        problems.push({ property: "connector", what: "connector is missing", wayOut: `write it as "memory".` });
    } else if (connector !== UNKNOWN && !/^[a-z][a-z0-9_]*$/.test(connector)) {
        problems.push({
            property: "connector",
            what: `"${connector}" is no name of a connector`,
            why: "It has small letters, digits and underscores.",
            wayOut: `write it as Trino's documentation does behind connector.name, as "delta_lake".`,
        });
    }
    if (properties === undefined || (properties as unknown) === UNKNOWN) return problems;
    if (properties === null || typeof properties !== "object" || Array.isArray(properties)) {
        return [...problems, { property: "properties", what: "properties is no object of names and values" }];
    }
    for (const [name, value] of Object.entries(properties)) {
        problems.push(...propertyProblems(name, value, allowPlainSecrets === true));
    }
    return problems;
}

function propertyProblems(name: string, value: unknown, plainSecrets: boolean): Problem[] {
    const property = below("properties", name);
    if (value === UNKNOWN) return [];
    if (name === "connector.name") {
        return [{ property, what: "connector.name is no property here", wayOut: "write it as connector." }];
    }
    if (!["string", "number", "boolean"].includes(typeof value)) {
        return [{ property, what: `${name} is neither text, number nor boolean`, why: "Trino takes texts." }];
    }
    const text = String(value);
    const isSecret = !REFERENCE.test(text) && (SECRET_NAME.test(name) || secretWithin(text).length > 0);
    if (plainSecrets || !isSecret || text === "") return [];
    return [
        {
            property,
            what: `${name} holds a secret in clear`,
            why: "Trino writes it into its log, its web page and a file on its volume.",
            wayOut:
                // biome-ignore lint/suspicious/noTemplateCurlyInString: Trino's own form of a reference.
                'give the secret to the server\'s environment and refer to it: "${ENV:NAME}" (trino.secretReference of the component); ' +
                "or set allowPlainSecrets: true.",
        },
    ];
}

/** Passwords within an address: `//user:password@`, `password=…`. */
function secretWithin(text: string): string[] {
    const found = [
        ...text.matchAll(/:\/\/[^/:@\s]*:([^/@\s]+)@/g),
        ...text.matchAll(/[?&;](?:password|secret|token)=([^&;\s]+)/gi),
    ];
    return found.map((match) => match[1] ?? "").filter((part) => part !== "" && !REFERENCE.test(part));
}

function under(properties: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(properties).map(([name, value]) => [below("properties", name), value]));
}
