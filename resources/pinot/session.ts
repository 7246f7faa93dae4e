import type * as pulumi from "@pulumi/pulumi";
import type { HostAddress } from "../../lib/address";
import type { Problem } from "../errors";
import { duringPreview as askDuringPreview, urlProblems } from "../server";
import { isServerTrouble, type ResolvedServer, type Session } from "./api";

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
    return urlProblems(server, "controllerUrl", "server.authorization", "http://host:9000");
}

/** Asks a controller something during preview; see `duringPreview` of all servers. */
export function duringPreview(server: ResolvedServer, ask: () => Promise<Problem[]>): Promise<Problem[]> {
    return askDuringPreview(
        server,
        { url: "controllerUrl", credentials: "authorization", isStarting: isServerTrouble },
        ask,
    );
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
