import { createHash } from "node:crypto";
import type { SqlJobDocument } from "./documents";
import { DECLARATION_KEY } from "./job-api";
import { normalStatement, withSecrets } from "./statements";

/** A job in the one form that all equal declarations share; secrets stand in it. */
export interface CanonicalJob {
    readonly setup: readonly string[];
    readonly inserts: readonly string[];
    readonly configuration: Readonly<Record<string, string>>;
}

/** Arguments that have a key of Flink's own, which cannot be set in another way at the same time. */
export const KEYS_OF_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
    parallelism: ["parallelism.default"],
    checkpointSeconds: ["execution.checkpointing.interval"],
    stateTtlSeconds: ["table.exec.state.ttl"],
    restart: ["restart-strategy.type", "restart-strategy"],
    stateBackend: ["state.backend.type", "state.backend"],
};

/** Keys that are ours: a job is known by its name, and goes on from where we say. */
export const KEYS_OF_OURS: Readonly<Record<string, string>> = {
    "pipeline.name": "It is the argument name.",
    "execution.state-recovery.path": "It is the argument startFrom.",
    "execution.savepoint.path": "It is the argument startFrom.",
    "table.dml-sync": "The job would have to end before anything else can go on.",
    "execution.attached": "The job would have to end before anything else can go on.",
};

/** How jobs are, unless they say otherwise: so that their last checkpoint stays, and can be found. */
const DEFAULTS: Readonly<Record<string, string>> = {
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    // State in files of its own, not in `_metadata`: SQL lists a folder's files, but none that begin with an underscore.
    "execution.checkpointing.data-inline-threshold": "0 b",
};

const GLOBAL_PARAMETERS = "pipeline.global-job-parameters";

/** A declaration in its canonical form. */
export function canonicalJob(job: SqlJobDocument): CanonicalJob {
    const { setup = [], statement, secrets = {} } = job;
    const sql = (text: string): string => withSecrets(normalStatement(text), secrets, true);
    return {
        setup: listOf(setup).map(sql),
        inserts: listOf(statement).map(sql),
        configuration: Object.fromEntries(
            Object.entries(configurationOf(job))
                .filter(([key, value]) => DEFAULTS[key] !== value)
                .sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
    };
}

/** What tells declarations apart; the job carries it among its parameters. Says nothing about secrets. */
export function fingerprint(job: CanonicalJob): string {
    const { setup, inserts, configuration } = job;
    return createHash("sha256")
        .update(JSON.stringify([setup, inserts, Object.entries(configuration)]))
        .digest("hex")
        .slice(0, 20);
}

/**
 * Configuration of the session that a job is submitted in.
 * @param from checkpoint or savepoint to start from.
 */
export function sessionConfiguration(
    name: string,
    job: CanonicalJob,
    from: string | undefined,
): Record<string, string> {
    const { [GLOBAL_PARAMETERS]: parameters, ...configuration } = job.configuration;
    const ours = `${DECLARATION_KEY}:${fingerprint(job)}`;
    return {
        ...DEFAULTS,
        ...configuration,
        "pipeline.name": name,
        [GLOBAL_PARAMETERS]: parameters === undefined ? ours : `${parameters},${ours}`,
        ...(from === undefined ? {} : { "execution.state-recovery.path": from }),
    };
}

/** The one statement that starts the job. */
export function startStatement({ inserts }: CanonicalJob): string {
    return inserts.length === 1 ? (inserts[0] ?? "") : `EXECUTE STATEMENT SET BEGIN ${inserts.join("; ")}; END`;
}

/** A list that is not known yet is a text. */
function listOf(given: string | readonly string[]): readonly string[] {
    return typeof given === "string" ? [given] : given;
}

function configurationOf(job: SqlJobDocument): Record<string, string> {
    const {
        parallelism,
        checkpointSeconds,
        stateTtlSeconds,
        restart,
        stateBackend,
        configuration = {},
        secrets = {},
    } = job;
    const found: Record<string, string | undefined> = {
        "parallelism.default": parallelism === undefined ? undefined : String(parallelism),
        "execution.checkpointing.interval": milliseconds(checkpointSeconds),
        "table.exec.state.ttl": milliseconds(stateTtlSeconds),
        "state.backend.type": stateBackend,
        // The cluster's own setting is made for its own backend.
        "execution.checkpointing.incremental":
            stateBackend === undefined ? undefined : String(stateBackend === "rocksdb"),
    };
    if (restart !== undefined) {
        const never = Number(restart.attempts) === 0;
        found["restart-strategy.type"] = never ? "none" : "fixed-delay";
        if (!never) {
            found["restart-strategy.fixed-delay.attempts"] = String(restart.attempts);
            found["restart-strategy.fixed-delay.delay"] = milliseconds(restart.delaySeconds ?? 10);
        }
    }
    for (const [key, value] of Object.entries(configuration)) found[key] = withSecrets(String(value), secrets, false);
    return Object.fromEntries(
        Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
}

function milliseconds(seconds: number | undefined): string | undefined {
    return seconds === undefined ? undefined : `${Math.round(Number(seconds) * 1_000)} ms`;
}
