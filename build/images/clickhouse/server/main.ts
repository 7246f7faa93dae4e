import { readConfig } from "./config";
import { Engine } from "./engine";
import { httpServer } from "./http-server";
import { Log } from "./log";
import { QueryRunner } from "./run-query";

/** Folder of the engine's library and the binding; beside this file in the image. */
const LIBRARY = process.env.CLICKHOUSE_ENGINE ?? __dirname;

async function main(): Promise<void> {
    const config = readConfig(configFile(process.argv.slice(2)));
    const log = new Log(config.logLevel);
    const started = performance.now();
    // Each running statement takes a thread; the others are for files, packing and what tells statements to end. Read by
    // libuv when the first thread is needed.
    process.env.UV_THREADPOOL_SIZE = String(Math.min(1_024, 2 * config.maxConcurrentQueries + 8));
    if (config.timezone !== undefined) process.env.TZ = config.timezone;
    const engine = await Engine.open(LIBRARY, config.path, config.engine);
    for (const { name, settings } of config.users.values()) {
        await engine.checkSettings(settings).catch((error: Error) => {
            throw new Error(`the profile of user "${name}": ${error.message}`);
        });
    }
    const queries = new QueryRunner(engine, config, log);
    const servers = config.listenHosts.map((host) => {
        const server = httpServer(config, queries, engine.version, log);
        server.listen(config.httpPort, host);
        return server;
    });
    await Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve))));
    log.information("ready", {
        version: engine.version,
        port: config.httpPort,
        milliseconds: Math.round(performance.now() - started),
    });

    let stopping = false;
    const stop = async (signal: string): Promise<void> => {
        if (stopping) return;
        stopping = true;
        log.information("stopping", { signal });
        for (const server of servers) {
            server.close();
            server.closeIdleConnections();
        }
        await queries.stop();
        for (const server of servers) server.closeAllConnections();
        await engine.shutdown();
        log.information("stopped");
        process.exit(0);
    };
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => void stop(signal).catch(die));
}

function configFile(args: readonly string[]): string {
    const option = /^(?:--config-file=|--config=|-C)(.+)$/;
    const named = args.flatMap((arg) => option.exec(arg)?.[1] ?? [])[0];
    const unknown = args.find((arg) => !option.test(arg));
    if (unknown !== undefined) throw new Error(`${unknown} is not known; there is --config-file=<path>`);
    return named ?? "/etc/clickhouse-server/config.xml";
}

/** Half a server is none: the process ends, and whoever runs it starts it anew. */
function die(error: unknown): never {
    new Log().error("the server ends", { error: (error as Error).stack ?? String(error) });
    process.exit(1);
}

process.on("uncaughtException", die);
process.on("unhandledRejection", die);
void main().catch(die);
