import type { Difference } from "./document";
import type { Trouble } from "./errors";
import type { OnExists } from "./lifecycle";

/**
 * Why an object that is there already may not be taken over; undefined when it may.
 * @param what as in `table raw-events_REALTIME`.
 * @param differences between what is declared and what is there.
 * @param root name of the declared property, for the paths.
 */
export function adoptionTrouble(
    onExists: OnExists | undefined,
    what: string,
    differences: readonly Difference[],
    root: string,
): Trouble | undefined {
    if (onExists === "adopt") return undefined;
    if (onExists === "adoptIfEqual") {
        if (differences.length === 0) return undefined;
        return {
            what: `${what} exists and is not what is declared`,
            why: `${differenceLines(differences, root).join("\n  ")}`,
            wayOut: `declare what is there, or set onExists: "adopt" to bring it to what is declared.`,
        };
    }
    return {
        what: `${what} exists already and was not created by this stack`,
        why: "Taking over what belongs to somebody else must be asked for.",
        wayOut: `set onExists: "adoptIfEqual" (take it over when it is what is declared) or "adopt" (and bring it to that), or choose another name.`,
    };
}

/** `table.routing.instanceSelectorType: declared strictReplicaGroup, there is nothing`; at most ten. */
export function differenceLines(differences: readonly Difference[], root: string): string[] {
    const lines = differences
        .slice(0, 10)
        .map(
            ({ path, expected, actual }) =>
                `${root}.${path}: declared ${expected ?? "nothing"}, there is ${shorten(actual ?? "nothing")}`,
        );
    return differences.length > 10 ? [...lines, `and ${differences.length - 10} more`] : lines;
}

function shorten(text: string): string {
    return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
