import type { Problem } from "./errors";
import { type Answer, isUnreachable } from "./http";
import { hasUnknown, UNKNOWN } from "./lifecycle";

/** True for an error about credentials: they must never look like "gone" or "invalid". */
export function isDenied(error: unknown): boolean {
    return (error as { denied?: boolean } | undefined)?.denied === true;
}

/**
 * An answer of a server that knows us.
 * @param who answered: `controller`.
 * @throws Error (`denied`) for 401 and 403, which must never look like "gone" or "invalid".
 */
export function letIn(answer: Answer, who: string): Answer {
    if (answer.status !== 401 && answer.status !== 403) return answer;
    throw Object.assign(
        new Error(
            `${answer.said}\n  The ${who} does not accept these credentials.\n` +
                `  Way out: set server.authorization to the whole header, such as "Basic …", of a user with the right.`,
        ),
        { denied: true },
    );
}

/**
 * What can be said offline about a server's address.
 * @param property of `server` that holds it: `controllerUrl`.
 * @param credentials where credentials belong: `server.authorization`.
 * @param example of how it is written.
 */
export function urlProblems(
    server: object | undefined,
    property: string,
    credentials: string,
    example: string,
): Problem[] {
    const url = (server as Record<string, unknown> | undefined)?.[property];
    if ((server as unknown) === UNKNOWN || url === UNKNOWN) return [];
    const at = `server.${property}`;
    if (typeof url !== "string" || !/^https?:\/\/[^/]/.test(url)) {
        const what = `${property} ${typeof url === "string" ? "is no http(s) URL" : "is missing"}`;
        return [{ property: at, what, wayOut: `write it as "${example}".` }];
    }
    if (!/\/\/[^/@]*@/.test(url)) return [];
    return [
        {
            property: at,
            what: `${property} carries credentials`,
            why: "They would stand in plain state and in every error.",
            wayOut: `put them into ${credentials}.`,
        },
    ];
}

/**
 * Asks a server something during preview. One that does not answer, or is just starting, is no problem: it may not
 * exist yet. Refused credentials are one.
 * @param url property of `server` that holds its address.
 * @param credentials property of `server` that holds whom it knows us by.
 * @param isStarting tells further errors of a server that is not well, or just starting.
 */
export async function duringPreview(
    server: object,
    { url, credentials, isStarting }: { url: string; credentials: string; isStarting(error: unknown): boolean },
    ask: () => Promise<Problem[]>,
): Promise<Problem[]> {
    if (hasUnknown(server)) return [];
    try {
        return await ask();
    } catch (error) {
        if (isUnreachable(error) || isStarting(error)) return [];
        const property = `server.${isDenied(error) ? credentials : url}`;
        return [{ property, what: "the server does not let this be checked", why: (error as Error).message }];
    }
}
