import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { duringPreview as askDuringPreview } from "../server";
import { isServerTrouble, type ResolvedAccess } from "./api";

/** What can be said about a database's address and credentials offline. */
export function serverProblems(server: ResolvedAccess): Problem[] {
    if ((server as unknown) === UNKNOWN) return [];
    const given: Partial<Record<keyof ResolvedAccess, unknown>> = server ?? {};
    const problems: Problem[] = [];
    const { address } = given;
    if (
        address !== UNKNOWN &&
        (typeof address !== "string" || !/^([^\s:/@]+|\[[0-9a-f:]+\]):\d{1,5}$/i.test(address))
    ) {
        problems.push({
            property: "server.address",
            what: `address ${typeof address === "string" && address !== "" ? "is no host:port" : "is missing"}`,
            ...(String(address).includes("@") && {
                why: "Credentials in it would stand in plain state and every error.",
            }),
            wayOut: `write it as "db.example:5432"; database, user and password have arguments of their own.`,
        });
    }
    for (const key of ["database", "user", "password"] as const) {
        if (typeof given[key] !== "string" || given[key] === "") {
            problems.push({ property: `server.${key}`, what: `${key} is missing` });
        }
    }
    if (given.certificate !== undefined && given.tls !== true && given.tls !== UNKNOWN) {
        problems.push({
            property: "server.certificate",
            what: "certificate is given, and tls is off",
            wayOut: "set server.tls: true, or leave the certificate out.",
        });
    }
    return problems;
}

/** Asks a database something during preview; see `duringPreview` of all servers. A database that is not there may be made by this run. */
export function duringPreview(server: ResolvedAccess, ask: () => Promise<Problem[]>): Promise<Problem[]> {
    const isStarting = (error: unknown): boolean =>
        isServerTrouble(error) || (error as { code?: string }).code === "3D000";
    return askDuringPreview(server, { url: "address", credentials: "password", isStarting }, ask);
}

/**
 * What is wrong with a name that is written into SQL and read by programs.
 * @param pattern of names that need no quotes.
 */
export function nameProblems(property: string, name: unknown, pattern: RegExp, form: string): Problem[] {
    if (name === UNKNOWN) return [];
    if (typeof name !== "string" || name === "") return [{ property, what: `${property} is missing` }];
    if (pattern.test(name)) return [];
    return [{ property, what: `${JSON.stringify(name)} is no name for it`, wayOut: `write ${form}.` }];
}
