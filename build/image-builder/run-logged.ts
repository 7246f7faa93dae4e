import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import type { Readable } from "node:stream";

/** A program whose output goes to a log and, line by line, to whoever shows progress. */
export interface LoggedRun {
    readonly command: string;
    readonly args: readonly string[];
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    /** File that the output is appended to. */
    readonly log: string;
    readonly onLine: (line: string) => void;
    /** Ends the program and all that it has started. */
    readonly signal: AbortSignal;
}

/** How a run ended. */
export interface RunEnding {
    /** Absent when it succeeded: "exit code 1", "signal SIGKILL". */
    readonly failure?: string;
    readonly output: string;
}

/** How long a program may take to clean up after itself, in milliseconds. */
const GRACE = 10_000;

/**
 * Runs a program to its end; how it ended is in the answer, not thrown.
 * @throws the signal's reason when it was aborted, after the program has ended.
 */
export async function runLogged({ command, args, cwd, env, log, onLine, signal }: LoggedRun): Promise<RunEnding> {
    signal.throwIfAborted();
    // A group of its own, so that what it starts ends with it, and a Ctrl-C of the terminal comes through us only.
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const lines: string[] = [];
    const heard = (line: string): void => {
        lines.push(line);
        appendFileSync(log, `${line}\n`);
        onLine(line);
    };
    const rests = [child.stdout, child.stderr].map((stream) => eachLine(stream, heard));

    let killer: NodeJS.Timeout | undefined;
    const end = (): void => {
        endGroup(child.pid, "SIGTERM");
        killer = setTimeout(() => endGroup(child.pid, "SIGKILL"), GRACE);
    };
    const endNow = (): void => endGroup(child.pid, "SIGKILL");
    signal.addEventListener("abort", end, { once: true });
    process.once("exit", endNow);
    try {
        const failure = await new Promise<string | undefined>((resolve) => {
            child.once("error", (error: NodeJS.ErrnoException) =>
                resolve(error.code === "ENOENT" ? `there is no program ${command}` : error.message),
            );
            child.once("close", (code, ending) =>
                resolve(code === 0 ? undefined : ending === null ? `exit code ${code}` : `signal ${ending}`),
            );
        });
        signal.throwIfAborted();
        for (const rest of rests) rest();
        return { ...(failure !== undefined && { failure }), output: lines.join("\n") };
    } finally {
        clearTimeout(killer);
        signal.removeEventListener("abort", end);
        process.removeListener("exit", endNow);
    }
}

/** Calls back for each line of a stream. @returns what passes on a last line without an end. */
function eachLine(stream: Readable, heard: (line: string) => void): () => void {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
        const parts = (rest + text).split(/\r?\n|\r/);
        rest = parts.pop() ?? "";
        for (const part of parts) heard(part);
    });
    return () => {
        if (rest !== "") heard(rest);
    };
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
    if (pid === undefined) return;
    try {
        process.kill(-pid, signal);
    } catch {
        // It has ended by itself.
    }
}
