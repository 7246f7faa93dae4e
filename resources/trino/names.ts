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

/**
 * What an object's name cannot do.
 * @param properties that name it, in the order in which they stand in its name.
 * @param because why it would be another object.
 */
export function renameProblems<Names extends object>(
    olds: Partial<Names> | undefined,
    news: Names,
    properties: readonly (keyof Names & string)[],
    because: string,
): Problem[] {
    return properties
        .filter((property) => {
            const [before, now] = [olds?.[property], news[property]];
            return before !== undefined && before !== now && now !== UNKNOWN;
        })
        .map((property) => ({
            property,
            what: `${property} cannot change from ${String(olds?.[property])} to ${String(news[property])} while deletionProtection is on`,
            why: because,
            wayOut: "declare a second one under the new name; or set deletionProtection: false, run up, then change it.",
        }));
}

/** True when one of the properties that name an object is another than before. */
export function isRenamed<Names extends object>(
    olds: Partial<Names> | undefined,
    news: Names,
    properties: readonly (keyof Names & string)[],
): boolean {
    return properties.some(
        (property) => olds?.[property] !== undefined && olds[property] !== news[property] && news[property] !== UNKNOWN,
    );
}
