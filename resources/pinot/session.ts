import type * as pulumi from "@pulumi/pulumi";
import type { HostAddress } from "../../lib/address";
import type { Problem } from "../errors";
import { isUnreachable } from "../http";
import { hasUnknown, UNKNOWN } from "../lifecycle";
import { isDenied, isServerTrouble, type ResolvedServer, type Session } from "./api";

/** Which Pinot controller holds an object. */
export interface PinotServer {
    /** URL as the machine running Pulumi reaches it; see `hostAddress` for servers that exist already. */
    controllerUrl: pulumi.Input<HostAddress>;
    /** Whole value of the Authorization header, such as `Basic …`. Kept secret. @default none */
    authorization?: pulumi.Input<string>;
}

/** The server as an input of a resource, with its authorization marked secret. */
export function secretServer(
    server: PinotServer,
    secret: (value: pulumi.Input<string>) => pulumi.Output<string>,
): object {
    return server.authorization === undefined
        ? { controllerUrl: server.controllerUrl }
        : { controllerUrl: server.controllerUrl, authorization: secret(server.authorization) };
}

/** A conversation that carries changes out: patient, and with values of the document that errors must not show. */
export function workingSession(server: ResolvedServer, ...documents: unknown[]): Session {
    return { ...server, secrets: documents.flatMap((document) => sensitiveValues(document)) };
}

/** A conversation during preview: quick, since the server may not exist yet. */
export function previewSession(server: ResolvedServer, ...documents: unknown[]): Session {
    return { ...workingSession(server, ...documents), timeoutMs: 5000, retries: 0 };
}

/** What can be said about a server's address offline. */
export function serverProblems(server: ResolvedServer): Problem[] {
    const url: unknown = (server as Partial<ResolvedServer> | undefined)?.controllerUrl;
    if ((server as unknown) === UNKNOWN || url === UNKNOWN) return [];
    if (typeof url !== "string" || !/^https?:\/\/[^/]/.test(url)) {
        return [
            {
                property: "server.controllerUrl",
                what: `controllerUrl ${typeof url === "string" ? "is no http(s) URL" : "is missing"}`,
                wayOut: `write it as "http://host:9000".`,
            },
        ];
    }
    if (/\/\/[^/@]*@/.test(url)) {
        return [
            {
                property: "server.controllerUrl",
                what: "controllerUrl carries credentials",
                why: "They would stand in plain state and in every error.",
                wayOut: "put them into server.authorization.",
            },
        ];
    }
    return [];
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
        const property = isDenied(error) ? "server.authorization" : "server.controllerUrl";
        return [{ property, what: "the server does not let this be checked", why: (error as Error).message }];
    }
}

function sensitiveValues(value: unknown, key = ""): string[] {
    if (typeof value === "string") {
        return /jaas|password|passwd|secret|token|credential|private.?key/i.test(key) && value.length >= 4
            ? [value]
            : [];
    }
    if (value === null || typeof value !== "object") return [];
    return Object.entries(value).flatMap(([name, item]) => sensitiveValues(item, Array.isArray(value) ? key : name));
}
