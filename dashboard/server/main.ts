import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { jsonLog, type Log } from "../../generators/log";
import { describeOptions } from "../../generators/options";
import { CATEGORIES } from "../../pipelines/product-analytics/contract";
import { dashboardApp } from "./app";
import { DASHBOARD_OPTIONS, type DashboardOptions, parseDashboardOptions } from "./options";
import { connectPinot } from "./pinot";

const HELP = `Usage: dashboard [flags]

Serves the product analytics dashboard: a page, and the numbers on it, which it asks of Pinot and never changes.
Every flag can also be given as the variable in brackets. SIGTERM ends it in order.

Flags:
${describeOptions(DASHBOARD_OPTIONS)}

Variables only:
  PINOT_USER, PINOT_PASSWORD  what Pinot asks for, if it does

Exit codes: 0 stopped in order, 1 failed, 2 wrong parameters.
`;

/** How long requests under way may take after SIGTERM. */
const STOP_MILLIS = 5_000;

function refuse(problems: readonly string[]): never {
    process.stderr.write(`${problems.map((problem) => `error: ${problem}`).join("\n")}\nSee --help.\n`);
    process.exit(2);
}

function readAsset(folder: string, name: string): Uint8Array<ArrayBuffer> {
    const file = join(folder, name);
    try {
        return new Uint8Array(readFileSync(file));
    } catch (error) {
        throw new Error(
            `the built page is not there: ${file} (${(error as NodeJS.ErrnoException).code}); see --assets`,
        );
    }
}

function start(options: DashboardOptions, log: Log): Server {
    const folder = options.assets ?? join(__dirname, "assets");
    const app = dashboardApp({
        pinot: connectPinot(options),
        settings: { refresh: options.refresh, categories: CATEGORIES },
        assets: { "app.js": readAsset(folder, "app.js"), "app.css": readAsset(folder, "app.css") },
        log,
    });
    const where = { port: options.port, hostname: options.bindAddress };
    return serve({ fetch: app.fetch, ...where }, ({ port }) => {
        log("info", "listening", { port, pinot: options.brokerUrl });
    }) as Server;
}

function stopInOrder(server: Server, log: Log): void {
    let stopping = false;
    for (const name of ["SIGTERM", "SIGINT"] as const) {
        process.on(name, () => {
            if (stopping) process.exit(1);
            stopping = true;
            log("info", "stopping", { signal: name });
            server.close(() => {
                log("info", "stopped");
                process.exit(0);
            });
            // Browsers keep connections open long after their last request.
            server.closeIdleConnections();
            setTimeout(() => server.closeAllConnections(), STOP_MILLIS).unref();
        });
    }
}

function main(): void {
    if (process.argv.includes("--help") || process.argv.includes("-h")) {
        process.stdout.write(HELP);
        return;
    }
    const parsed = parseDashboardOptions(process.argv.slice(2), process.env);
    if ("problems" in parsed) refuse(parsed.problems);
    const log = jsonLog(process.stdout, parsed.options.logLevel, { program: "dashboard" });
    try {
        const server = start(parsed.options, log);
        server.on("error", (error) => {
            log("error", error.message);
            process.exit(1);
        });
        stopInOrder(server, log);
    } catch (error) {
        log("error", error instanceof Error ? error.message : String(error));
        process.exit(1);
    }
}

main();
