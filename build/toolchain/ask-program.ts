import { execFile } from "node:child_process";

/** What a program answered. */
export interface Answer {
    /** Exit code; -1 when the program could not run or did not end in time. */
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/**
 * Asks a program something short, such as its version. Never throws.
 * @param seconds after which it is ended.
 */
export function askProgram(
    command: string,
    args: readonly string[],
    { env = {}, seconds = 10 }: { readonly env?: Readonly<Record<string, string>>; readonly seconds?: number } = {},
): Promise<Answer> {
    return new Promise((resolve) => {
        const options = { env: { ...process.env, ...env }, timeout: seconds * 1_000, encoding: "utf8" as const };
        execFile(command, args, options, (error, stdout, stderr) => {
            const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
            resolve({ code, stdout, stderr: stderr === "" && error !== null ? error.message : stderr });
        });
    });
}
