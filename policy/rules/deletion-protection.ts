import type { Trouble } from "../../resources/errors";
import { type DeclaredResource, kindOf, matchesAny, stackOf } from "../declared-resource";

/** Settings of {@link deletionProtection}. */
export interface DeletionProtectionConfig {
    /** Stacks whose data counts, with `*` for any text. */
    readonly stacks: readonly string[];
}

/** What could be deleted, with its data, by a small change of a program. */
export function deletionProtection(resource: DeclaredResource, { stacks }: DeletionProtectionConfig): Trouble[] {
    const stack = stackOf(resource);
    if (!matchesAny(stack, stacks)) return [];
    const kind = kindOf(resource);
    const [unprotected, wayOut] =
        kind === "Topic" || kind === "Volume"
            ? [
                  !resource.isProtected,
                  "set deletionProtection: true, or the option protect where you declare it yourself",
              ]
            : [resource.props.deletionProtection === false, "set deletionProtection: true, or leave it out"];
    if (!unprotected) return [];
    return [{ what: "deletionProtection is off", why: `Data in stack ${stack} counts.`, wayOut: `${wayOut}.` }];
}
