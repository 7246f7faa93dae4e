import { partially, troubleText } from "./errors";
import { isUnreachable } from "./http";

/** How far a reconcile got: what an error has to say, and what has to be recorded. */
export interface Outcome {
    /** A request that changes the server was sent; its effect may not be known. */
    sent?: boolean;
    /** What is to be recorded: the object is there and ours. */
    recorded?: object;
}

/**
 * The error of a create or update that failed: in the form of `troubleText`, and with partial state when the object is
 * there, so that the next run goes on.
 * @param doing `cannot be created`.
 */
export function failure(
    kind: string,
    name: string,
    id: string,
    doing: string,
    error: unknown,
    outcome: Outcome,
): Error {
    const message = error instanceof Error ? error.message : String(error);
    const left =
        outcome.recorded !== undefined
            ? "What was done so far is recorded: the next up goes on from there."
            : outcome.sent === true && isUnreachable(error)
              ? "Whether the server carried it out is not known: the next up looks first."
              : "Nothing was changed.";
    const text = message.startsWith(`${kind} "`)
        ? message
        : troubleText(kind, name, { what: doing, why: message, left });
    return outcome.recorded === undefined ? new Error(text) : partially(new Error(text), id, outcome.recorded);
}
