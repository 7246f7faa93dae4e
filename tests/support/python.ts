import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./make";

/** Python with some packages of PyPI, for what is to be tried with a Python client. */
export interface Python {
    /** Runs a program. @returns what it printed. @throws Error with what it said when it fails. */
    run(program: string, environment: Readonly<Record<string, string>>): string;
}

/**
 * Installs packages into the test cache, once for each list.
 * @param packages as `name==version`.
 * @returns undefined when PyPI does not answer.
 */
export function pythonWith(name: string, packages: readonly string[]): Python | undefined {
    const folder = join(
        ROOT,
        ".tools",
        "test-cache",
        "python",
        `${name}-${packages.join("-").replace(/[^\w.-]/g, "_")}`,
    );
    if (!existsSync(folder)) {
        ensurePip();
        const part = `${folder}.part`;
        rmSync(part, { recursive: true, force: true });
        mkdirSync(part, { recursive: true });
        const options = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--target", part];
        try {
            python(["-m", "pip", "install", ...options, ...packages]);
        } catch (error) {
            if (/NewConnectionError|Could not fetch|No matching distribution|Max retries/.test(String(error)))
                return undefined;
            throw error;
        }
        renameSync(part, folder);
    }
    return {
        run: (program, environment) => python(["-c", program], { ...environment, PYTHONPATH: folder }),
    };
}

function ensurePip(): void {
    try {
        python(["-m", "pip", "--version"]);
    } catch {
        execFileSync("apt-get", ["install", "-y", "--no-install-recommends", "python3-pip"], { stdio: "ignore" });
    }
}

function python(args: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
    try {
        return execFileSync("python3", [...args], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "pipe"],
            env: { ...process.env, ...environment },
        });
    } catch (error) {
        const { stderr, message } = error as Error & { stderr?: string };
        throw new Error(`${message.split("\n")[0]}\n${(stderr ?? "").slice(-4_000)}`);
    }
}
