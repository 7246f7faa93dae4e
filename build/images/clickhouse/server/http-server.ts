import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { sendException } from "./answer";
import { Authentication } from "./authentication";
import type { ServerConfig } from "./config";
import { ServerException } from "./exceptions";
import type { Log } from "./log";
import { readRequest } from "./request";
import type { QueryRunner } from "./run-query";

/** How long a URL with its headers may be, in bytes: statements and parameters stand in it. */
const MAX_HEAD_BYTES = 1024 * 1024;

/** The server's HTTP interface: health, and queries by GET and POST. */
export function httpServer(config: ServerConfig, queries: QueryRunner, version: string, log: Log): Server {
    const authentication = new Authentication(config.users);
    const server = createServer(
        {
            keepAliveTimeout: config.keepAliveSeconds * 1_000,
            maxHeaderSize: MAX_HEAD_BYTES,
            // A body may come in for hours.
            requestTimeout: 0,
            // Small answers would wait for the client's acknowledgement otherwise: 40 ms a query.
            noDelay: true,
        },
        (incoming, response) => {
            answer(incoming, response).catch((error: Error) => {
                log.error("request failed", { error: error.message });
                response.destroy();
            });
        },
    );

    async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
        const method = incoming.method ?? "GET";
        const url = new URL(incoming.url ?? "/", "http://server");
        if (method === "GET" || method === "HEAD") {
            const text = healthText(url);
            if (text !== undefined) return plain(response, 200, text);
        }
        if (method === "OPTIONS") return plain(response, 200, "");
        const isQuery = method === "POST" || method === "PUT" || url.search !== "";
        if (!isQuery || method === "DELETE" || method === "PATCH") return plain(response, 404, unknownPlace(url));
        try {
            const request = readRequest(method, url, incoming.headers);
            const user = authentication.check(request.credentials, incoming.socket.remoteAddress ?? "");
            await queries.run(request, user, incoming, response);
        } catch (error) {
            if (!(error instanceof ServerException)) throw error;
            log.error("request refused", { code: error.code, error: error.error });
            sendException(response, error, version);
        }
    }
    return server;
}

function healthText(url: URL): string | undefined {
    if (url.pathname === "/ping" || url.pathname === "/replicas_status") return "Ok.\n";
    return url.pathname === "/" && url.search === "" ? "Ok.\n" : undefined;
}

function unknownPlace(url: URL): string {
    return [
        `There is no handle ${url.pathname}`,
        "Use / or /ping for health checks, /replicas_status likewise.",
        "Send queries with POST, or GET /?query=… for those that change nothing.",
        "",
    ].join("\n\n");
}

function plain(response: ServerResponse, status: number, text: string): void {
    response.writeHead(status, { "Content-Type": "text/html; charset=UTF-8" });
    response.end(text);
}
