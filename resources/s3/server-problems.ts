import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { duringPreview as askDuringPreview, urlProblems } from "../server";
import { isServerTrouble, type ResolvedServer } from "./api";

const EXAMPLE = "http://host:9000";

/** What can be said about a server's address and keys offline. */
export function serverProblems(server: ResolvedServer): Problem[] {
    if ((server as unknown) === UNKNOWN) return [];
    const given: Partial<Record<keyof ResolvedServer, unknown>> = server ?? {};
    const problems = urlProblems(given, "url", "server.accessKey and server.secretKey", EXAMPLE);
    const { url } = given;
    if (problems.length === 0 && url !== UNKNOWN && new URL(String(url)).pathname !== "/") {
        problems.push({
            property: "server.url",
            what: "url has a path",
            why: "The bucket has an argument of its own.",
            wayOut: `write it as "${EXAMPLE}".`,
        });
    }
    for (const key of ["accessKey", "secretKey"] as const) {
        if (typeof given[key] !== "string" || given[key] === "") {
            problems.push({ property: `server.${key}`, what: `${key} is missing` });
        }
    }
    return problems;
}

/** Asks an S3 server something during preview; see `duringPreview` of all servers. */
export function duringPreview(server: ResolvedServer, ask: () => Promise<Problem[]>): Promise<Problem[]> {
    return askDuringPreview(server, { url: "url", credentials: "accessKey", isStarting: isServerTrouble }, ask);
}
