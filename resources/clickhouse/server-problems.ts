import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { duringPreview as askDuringPreview, urlProblems } from "../server";
import { isServerTrouble, type ResolvedServer, type Session, withSession } from "./api";

/** What can be said about a server's address and login offline. */
export function serverProblems(server: ResolvedServer): Problem[] {
    if ((server as unknown) === UNKNOWN) return [];
    const given: Partial<Record<keyof ResolvedServer, unknown>> = server ?? {};
    const problems = urlProblems(given, "url", "server.username and server.password", "http://host:8123");
    const { url } = given;
    if (problems.length === 0 && url !== UNKNOWN && !/^https?:\/\/[^/?#]+\/?$/.test(String(url))) {
        problems.push({
            property: "server.url",
            what: "url has a path",
            why: "The client would take it for a database, which has an argument of its own.",
            wayOut: 'write it as "http://host:8123".',
        });
    }
    if (typeof given.username !== "string" || given.username === "") {
        problems.push({ property: "server.username", what: "username is missing" });
    }
    // A user without a password is possible, one whose password was forgotten is likelier.
    if (typeof given.password !== "string") {
        problems.push({ property: "server.password", what: "password is missing" });
    }
    return problems;
}

/** Asks a ClickHouse server something during preview; see `duringPreview` of all servers. */
export function duringPreview(
    server: ResolvedServer,
    secrets: readonly string[],
    ask: (session: Session) => Promise<Problem[]>,
): Promise<Problem[]> {
    return askDuringPreview(server, { url: "url", credentials: "password", isStarting: isServerTrouble }, () =>
        withSession(server, "preview", ask, { secrets }),
    );
}

/** What is wrong with a name of a database, a table, a column. */
export function nameProblems(property: string, value: unknown, what: string): Problem[] {
    if (value === UNKNOWN) return [];
    if (typeof value !== "string" || value === "") return [{ property, what: `${what} is missing` }];
    if (value.includes("\0") || Buffer.byteLength(value) > 206) {
        return [
            {
                property,
                what: `${what} is longer than 206 bytes, or has a zero byte`,
                why: "It becomes part of a file's name on the server.",
            },
        ];
    }
    return [];
}
