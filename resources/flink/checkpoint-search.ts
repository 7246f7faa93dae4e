import { inSqlSession, isRefused } from "./gateway";
import { isMissingState } from "./root-cause";
import { type FlinkSession, traceOf } from "./wire";

/** More than a job keeps; each costs a look of about a second. */
const LOOKS = 8;
/** A JobManager that was just started gets its slots back within half a minute. */
const LOOK_SECONDS = 90;

/**
 * The newest complete checkpoint in a job's folder, for a job that its JobManager does not know any more: no REST
 * interface of Flink's lists a folder. SQL does, but only files whose names do not begin with an underscore, and so not
 * `_metadata`, which makes a checkpoint complete: folders are found by their other files, and then asked whether it is there.
 *
 * Each look is a job that reads one file, in streaming mode: in batch mode it would want 32 MB of direct memory for a
 * shuffle, and without them take the TaskManager down with it.
 * @param folder of the job, as `file:///var/lib/flink/checkpoints/<job>`.
 * @returns undefined when there is none that can be found.
 */
export async function newestCheckpointIn(session: FlinkSession, folder: string): Promise<string | undefined> {
    const numbers = await numbersIn(session, folder);
    for (const number of numbers.sort((a, b) => b - a)) {
        const path = `${folder}/chk-${number}`;
        if (await exists(session, `${path}/_metadata`)) return path;
    }
    return undefined;
}

async function numbersIn(session: FlinkSession, folder: string): Promise<number[]> {
    const found: number[] = [];
    for (let looked = 0; looked < LOOKS; looked++) {
        const others = found.length === 0 ? "" : `(?!(?:${found.join("|")})/)`;
        const file = await firstFile(session, folder, `.*/chk-${others}\\d+/[^/]+`);
        const number = /\/chk-(\d+)\//.exec(file ?? "")?.[1];
        if (number === undefined) return found;
        found.push(Number(number));
    }
    return found;
}

async function exists(session: FlinkSession, path: string): Promise<boolean> {
    return (await look(session, path, undefined)) !== "missing";
}

async function firstFile(session: FlinkSession, folder: string, pattern: string): Promise<string | undefined> {
    const file = await look(session, folder, pattern);
    return file === "missing" ? undefined : file;
}

async function look(session: FlinkSession, path: string, pattern: string | undefined): Promise<string | undefined> {
    const properties = {
        "pipeline.name": "look for checkpoints",
        "execution.runtime-mode": "streaming",
        "parallelism.default": "1",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": "1",
        "restart-strategy.fixed-delay.delay": "100 ms",
        // It would write checkpoints of its own.
        "execution.checkpointing.interval": "1 h",
    };
    const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
    const filter = pattern === undefined ? "" : `, 'source.path.regex-pattern' = ${quoted(pattern)}`;
    try {
        return await inSqlSession(session, properties, async (sql) => {
            await sql.run(
                "CREATE TEMPORARY TABLE files (line BYTES, `file.path` STRING NOT NULL METADATA) WITH " +
                    `('connector' = 'filesystem', 'format' = 'raw', 'path' = ${quoted(path)}${filter})`,
                LOOK_SECONDS,
            );
            const { rows } = await sql.run("SELECT `file.path` FROM files LIMIT 1", LOOK_SECONDS);
            const file = rows[0]?.[0];
            return file === undefined ? undefined : String(file);
        });
    } catch (error) {
        if (isRefused(error) && isMissingState(traceOf(error))) return "missing";
        throw error;
    }
}
