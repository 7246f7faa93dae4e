import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describeFailure, isNetworkTrouble, ToolchainError } from "./failure";
import { progressLine, type Report } from "./progress";

/** A program that does one step, with its output in a log of the step's own. */
export interface Step {
    /** Names the log: `.tools/logs/<name>.log`. */
    readonly name: string;
    /** What is being done, for people: "building the Pulumi CLI". */
    readonly doing: string;
    readonly command: string;
    readonly args: readonly string[];
    /** Working directory. @default the present one */
    readonly cwd?: string;
    /** Variables besides those of this process. */
    readonly env?: Readonly<Record<string, string>>;
    /** How long it takes on a machine of two cores, in seconds. @default unknown */
    readonly typicalSeconds?: number;
    /** How often it is tried when the network fails it. @default 3 */
    readonly attempts?: number;
    /** Given up after so many seconds. @default 3600 */
    readonly timeoutSeconds?: number;
    /** Given up when nothing grows below these folders for so many seconds. @default never */
    readonly stall?: { readonly folders: readonly string[]; readonly seconds: number };
}

/** Pause before the second attempt, in milliseconds; before the third it is four times as long. */
const FIRST_PAUSE = 2_000;

/**
 * Runs a step to its end, reporting every second.
 * @param logs folder of the logs.
 * @throws ToolchainError with the last lines of the log and the way out.
 */
export async function runStep(step: Step, logs: string, report: Report): Promise<void> {
    mkdirSync(logs, { recursive: true });
    const log = join(logs, `${step.name}.log`);
    const attempts = step.attempts ?? 3;
    const started = Date.now();
    for (let attempt = 1; ; attempt++) {
        const ending = await attemptStep(step, log, () =>
            report(progressLine(step.doing, Date.now() - started, step.typicalSeconds)),
        );
        if (ending === undefined) return;
        if (ending === INTERRUPTED) {
            throw new ToolchainError(`${step.doing} was interrupted\nWay out: run make again; it goes on from here.`);
        }
        const output = readFileSync(log, "utf8");
        if (attempt >= attempts || !isNetworkTrouble(output)) {
            throw new ToolchainError(describeFailure({ doing: step.doing, ending, attempts: attempt, output, log }));
        }
        const pause = FIRST_PAUSE * 4 ** (attempt - 1);
        report(`${step.doing}: the network failed, attempt ${attempt + 1} of ${attempts} in ${pause / 1000} s`);
        await sleep(pause);
    }
}

const INTERRUPTED = "interrupted";

/** One attempt. @returns how it failed; undefined when it succeeded. */
async function attemptStep(step: Step, log: string, tick: () => void): Promise<string | undefined> {
    const file = openSync(log, "w");
    let child: ChildProcess;
    try {
        child = spawn(step.command, step.args, {
            cwd: step.cwd,
            env: { ...process.env, ...step.env },
            stdio: ["ignore", file, file],
            // A group of its own, so that giving up ends compilers and downloads too.
            detached: true,
        });
    } finally {
        closeSync(file);
    }
    const end = (): void => endGroup(child);
    let givenUp: string | undefined;
    const giveUp = (reason: string): void => {
        givenUp ??= reason;
        end();
    };
    // Not passed on: the step's error ends what was asked for, and whoever called may still have to tidy up.
    const interrupted = (): void => giveUp(INTERRUPTED);
    process.on("SIGINT", interrupted).on("SIGTERM", interrupted).on("exit", end);

    const deadline = (step.timeoutSeconds ?? 3_600) * 1_000;
    const started = Date.now();
    const stalled = stallWatch(step.stall);
    tick();
    const timer = setInterval(() => {
        tick();
        if (Date.now() - started > deadline) giveUp(`not done after ${deadline / 1_000} s`);
        if (stalled()) giveUp(`nothing arrived for ${step.stall?.seconds} s`);
    }, 1_000);
    try {
        return await new Promise<string | undefined>((resolve) => {
            child.once("error", (error: NodeJS.ErrnoException) =>
                resolve(error.code === "ENOENT" ? `there is no program ${step.command}` : error.message),
            );
            child.once("close", (code, signal) => {
                if (givenUp !== undefined) resolve(givenUp);
                else if (code === 0) resolve(undefined);
                else
                    resolve(
                        signal === null ? `exit code ${code}` : `signal: ${signal === "SIGKILL" ? "killed" : signal}`,
                    );
            });
        });
    } finally {
        clearInterval(timer);
        process
            .removeListener("SIGINT", interrupted)
            .removeListener("SIGTERM", interrupted)
            .removeListener("exit", end);
    }
}

function endGroup(child: ChildProcess): void {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
        process.kill(-child.pid, "SIGKILL");
    } catch {
        // It ended by itself in this very moment.
    }
}

/** A question to ask every second: has nothing grown for too long? */
function stallWatch(stall: Step["stall"]): () => boolean {
    if (stall === undefined) return () => false;
    let [bytes, since] = [-1, Date.now()];
    return () => {
        const now = stall.folders.reduce((sum, folder) => sum + bytesBelow(folder), 0);
        if (now !== bytes) [bytes, since] = [now, Date.now()];
        return Date.now() - since > stall.seconds * 1_000;
    };
}

/** Bytes of all files below a folder; what vanishes while we look counts nothing. */
function bytesBelow(folder: string): number {
    try {
        return readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce(
            (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
            0,
        );
    } catch {
        return 0;
    }
}
