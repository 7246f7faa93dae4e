import type { Problem } from "./errors";
import { UNKNOWN } from "./lifecycle";

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
