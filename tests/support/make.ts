import { spawn } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** The project's folder. */
export const ROOT = resolve(__dirname, "..", "..");

/** Stack of the tests; its file is a copy of Pulumi.ci.yaml, because Pulumi writes a salt into it. */
export const TEST_STACK = "test";

const STACK_FILE = join(ROOT, `Pulumi.${TEST_STACK}.yaml`);

/** How a command ended. */
export interface Outcome {
    readonly code: number | null;
    /** What it wrote, stdout and stderr together in order. */
    readonly text: string;
    readonly seconds: number;
}

/** Environment of every command of a test. */
export function testEnvironment(): NodeJS.ProcessEnv {
    const { PULUMI_BACKEND_URL: _backend, NODE_OPTIONS: _options, ...rest } = process.env;
    return { ...rest, PULUMI_STACK: TEST_STACK, NO_COLOR: "1", CI: "true" };
}

/** Gives the test stack its configuration. */
export function prepareTestStack(): void {
    copyFileSync(join(ROOT, "Pulumi.ci.yaml"), STACK_FILE);
}

/** Removes the test stack's configuration. */
export function forgetTestStack(): void {
    rmSync(STACK_FILE, { force: true });
}

/** Runs a command, in the project's folder and with the tests' environment unless told otherwise, as a person would. */
export function command(
    program: string,
    args: readonly string[],
    cwd = ROOT,
    env = testEnvironment(),
): Promise<Outcome> {
    const started = Date.now();
    return new Promise((settle, reject) => {
        const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
        let text = "";
        const take = (chunk: Buffer): void => {
            text += chunk.toString();
        };
        child.stdout.on("data", take);
        child.stderr.on("data", take);
        child.on("error", reject);
        child.on("close", (code) => settle({ code, text, seconds: (Date.now() - started) / 1000 }));
    });
}

/**
 * Starts a target of the Makefile and sends a signal to it, and to all it started, after a while: `SIGKILL` as a
 * crash does, `SIGINT` as Ctrl-C in a terminal does.
 */
export async function makeSignalled(target: string, milliseconds: number, signal: NodeJS.Signals): Promise<Outcome> {
    const started = Date.now();
    const child = spawn("make", ["-s", target], {
        cwd: ROOT,
        env: testEnvironment(),
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
            text += chunk.toString();
        });
    }
    // Not "close": what was killed leaves children that keep the pipes open.
    const ended = new Promise<number | null>((settle) => child.once("exit", settle));
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
    const code = await ended;
    return { code, text, seconds: (Date.now() - started) / 1000 };
}

/** Runs a target of the Makefile. */
export function make(...args: string[]): Promise<Outcome> {
    return command("make", ["-s", ...args]);
}

/** Runs a shell line with the stack's tools and settings, as after `eval "$(make -s env)"`. */
export function inShell(line: string, cwd = ROOT): Promise<Outcome> {
    return command("sh", ["-c", `cd '${ROOT}' && eval "$(make -s env)" && cd '${cwd}' && ${line}`]);
}

/** Fails with what the command wrote when it did not end well. */
export function expectWell(outcome: Outcome): Outcome {
    if (outcome.code !== 0)
        throw new Error(`exit code ${outcome.code} after ${outcome.seconds} s:\n${outcome.text.slice(-6_000)}`);
    return outcome;
}
