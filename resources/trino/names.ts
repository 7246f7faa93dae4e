import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";

/** What can be said offline about the name of a catalog, schema or view. */
export function nameProblems(property: string, name: unknown): Problem[] {
    if (name === UNKNOWN) return [];
    if (typeof name !== "string" || name === "") return [{ property, what: `${property} is missing` }];
    if (name !== name.toLowerCase()) {
        return [
            {
                property,
                what: `"${name}" has capital letters`,
                why: "Trino holds every name in small letters.",
                wayOut: `write it as "${name.toLowerCase()}".`,
            },
        ];
    }
    return [];
}

/**
 * What can be said offline about the name of a catalog. It becomes the name of a file on the coordinator: Trino takes
 * `../x` as it stands, and writes outside of its folder.
 */
export function catalogNameProblems(property: string, name: unknown): Problem[] {
    const problems = nameProblems(property, name);
    if (problems.length > 0 || name === UNKNOWN) return problems;
    if (name === "system") {
        return [{ property, what: `"system" is Trino's own catalog`, wayOut: "choose another name." }];
    }
    if (/^[a-z0-9_][a-z0-9_-]*$/.test(String(name))) return [];
    return [
        {
            property,
            what: `"${name}" is no name for a catalog`,
            why: "It names a file on the coordinator: small letters, digits, underscores and hyphens.",
            wayOut: "choose another name.",
        },
    ];
}
