import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import lockfile from "proper-lockfile";
import { STATE } from "./workspace";

/**
 * Runs one thing at a time in this project: a second `make up` would fight the first over tools, images and state.
 *
 * The lock is renewed while we live, so one that a killed process left is taken over after a few seconds.
 * @throws Error that says who holds the lock, since when, and what to do.
 */
export async function withProjectLock<T>(command: string, body: () => Promise<T>): Promise<T> {
    mkdirSync(STATE, { recursive: true, mode: 0o700 });
    const target = join(STATE, "in-use");
    const holder = join(STATE, "in-use.json");
    if (!existsSync(target)) writeFileSync(target, "");
    let release: () => Promise<void>;
    try {
        release = await lockfile.lock(target, { stale: 10_000, update: 3_000 });
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
        // A killed process leaves its lock fresh for a moment: if its pid is gone, wait until the lock is stale.
        if (holderIsGone(holder)) {
            release = await lockfile.lock(target, {
                stale: 10_000,
                update: 3_000,
                retries: { retries: 14, minTimeout: 1_000, maxTimeout: 1_000 },
            });
        } else {
            throw new Error(
                `another millrace command is at work in this project: ${describeHolder(holder)}\n` +
                    "  Way out: wait for it, or end it with Ctrl-C in its terminal. Nothing was changed.",
            );
        }
    }
    writeFileSync(holder, JSON.stringify({ command, pid: process.pid, since: new Date().toISOString() }));
    try {
        return await body();
    } finally {
        await release();
    }
}

interface Holder {
    command: string;
    pid: number;
    since: string;
}

function readHolder(path: string): Holder | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8")) as Holder;
    } catch {
        return undefined;
    }
}

function holderIsGone(path: string): boolean {
    const holder = readHolder(path);
    return holder === undefined || !processLives(holder.pid);
}

function describeHolder(path: string): string {
    const holder = readHolder(path);
    return holder === undefined
        ? "its name is not known"
        : `${holder.command}, pid ${holder.pid}, since ${holder.since}`;
}

/** True while a process with this id runs; one that has ended but was not collected by its parent does not. */
export function processLives(pid: number): boolean {
    try {
        process.kill(pid, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
    try {
        // The state stands after the command's name in parentheses, which may hold anything.
        return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
        return !existsSync("/proc/self");
    }
}
