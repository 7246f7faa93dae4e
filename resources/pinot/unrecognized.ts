import { below } from "../document";
import type { Problem } from "../errors";
import type { Unrecognized } from "./api";

/**
 * Problems for the properties that a server reports as unrecognized: it would accept and ignore them.
 * @param root name of the document among the resource's inputs: `table`.
 * @param prefix JSON pointer of the document in what was sent: `/realtime` in a `/tableConfigs` body.
 */
export function unrecognizedProblems(unrecognized: Unrecognized, root: string, prefix = ""): Problem[] {
    const properties = Object.keys(unrecognized)
        .filter((pointer) => pointer.startsWith(`${prefix}/`))
        .map((pointer) => pathOfPointer(root, pointer.slice(prefix.length)));
    return [...new Set(properties)].map((property) => ({
        property,
        what: `${property} is not known to this Pinot`,
        why: "The server would accept and ignore it.",
        wayOut: "correct its name or place, or leave it out.",
    }));
}

/** `/upsertConfig/comparisonColumns/0` below `table` → `table.upsertConfig.comparisonColumns[0]`. */
export function pathOfPointer(root: string, pointer: string): string {
    return pointer
        .split("/")
        .slice(1)
        .map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"))
        .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : below(path, part)), root);
}
