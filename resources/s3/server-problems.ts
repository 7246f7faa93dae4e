import type { Problem } from "../errors";
import { isUnreachable } from "../http";
import { hasUnknown, UNKNOWN } from "../lifecycle";
import { isDenied, isServerTrouble, type ResolvedServer } from "./api";

/** What can be said about a server's address and keys offline. */
export function serverProblems(server: ResolvedServer): Problem[] {
    if ((server as unknown) === UNKNOWN) return [];
    const given: Partial<Record<keyof ResolvedServer, unknown>> = server ?? {};
    const problems: Problem[] = [];
    const { url } = given;
    if (typeof url !== "string" || (url !== UNKNOWN && !/^https?:\/\/[^/]/.test(url))) {
        problems.push({
            property: "server.url",
            what: `url ${typeof url === "string" ? "is no http(s) URL" : "is missing"}`,
            wayOut: `write it as "http://host:9000".`,
        });
    } else if (/\/\/[^/@]*@/.test(url)) {
        problems.push({
            property: "server.url",
            what: "url carries credentials",
            why: "They would stand in plain state and in every error.",
            wayOut: "put them into server.accessKey and server.secretKey.",
        });
    } else if (url !== UNKNOWN && new URL(url).pathname !== "/") {
        problems.push({
            property: "server.url",
            what: "url has a path",
            why: "The bucket has an argument of its own.",
            wayOut: `write it as "http://host:9000".`,
        });
    }
    for (const key of ["accessKey", "secretKey"] as const) {
        if (typeof given[key] !== "string" || given[key] === "") {
            problems.push({ property: `server.${key}`, what: `${key} is missing` });
        }
    }
    return problems;
}

/**
 * Asks a server something during preview. One that does not answer, or is just starting, is no problem: it may not
 * exist yet. Refused credentials are one.
 */
export async function duringPreview(server: ResolvedServer, ask: () => Promise<Problem[]>): Promise<Problem[]> {
    if (hasUnknown(server)) return [];
    try {
        return await ask();
    } catch (error) {
        if (isUnreachable(error) || isServerTrouble(error)) return [];
        const property = isDenied(error) ? "server.accessKey" : "server.url";
        return [{ property, what: "the server does not let this be checked", why: (error as Error).message }];
    }
}
