import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The project's folder: everything of ours on disk is below it. */
export const ROOT = resolve(__dirname, "..");

/** Tools and build products; can be deleted at any time. */
export const TOOLS = join(ROOT, ".tools");

/** Pulumi state and the passphrase that opens its secrets; deleting it forgets what runs. */
export const STATE = join(ROOT, ".state");

/** Variables of Pulumi's backend and stack for a child process or a shell. */
export interface StackEnvironment {
    /** Set unless the user has a backend of their own. */
    PULUMI_BACKEND_URL?: string;
    /** Set unless the user brings a passphrase of their own. */
    PULUMI_CONFIG_PASSPHRASE_FILE?: string;
    PULUMI_STACK: string;
}

/**
 * Which backend, passphrase and stack are used.
 *
 * A user's own `PULUMI_BACKEND_URL`, `PULUMI_CONFIG_PASSPHRASE` or `PULUMI_STACK` wins, and so does a login that
 * `pulumi login` recorded when `MILLRACE_BACKEND=login` says so: we never touch that login.
 */
export function stackEnvironment(environment: NodeJS.ProcessEnv = process.env): StackEnvironment {
    const stack = environment.PULUMI_STACK ?? "dev";
    const usersBackend = environment.PULUMI_BACKEND_URL !== undefined || environment.MILLRACE_BACKEND === "login";
    const usersPassphrase =
        environment.PULUMI_CONFIG_PASSPHRASE !== undefined || environment.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
    return {
        PULUMI_STACK: stack,
        ...(!usersBackend && { PULUMI_BACKEND_URL: `file://${STATE}` }),
        ...(!usersPassphrase && !usersBackend && { PULUMI_CONFIG_PASSPHRASE_FILE: join(STATE, "passphrase") }),
    };
}

/** True when the state is in our own folder, so that we may look into it and clear a stale lock. */
export function ownsBackend(environment: NodeJS.ProcessEnv = process.env): boolean {
    const url = environment.PULUMI_BACKEND_URL;
    return environment.MILLRACE_BACKEND !== "login" && (url === undefined || url === `file://${STATE}`);
}

/** Makes the state folder and, once, the passphrase: 32 random bytes, readable by the owner only. */
export function prepareState(): void {
    mkdirSync(STATE, { recursive: true, mode: 0o700 });
    const passphrase = join(STATE, "passphrase");
    if (!existsSync(passphrase)) {
        writeFileSync(passphrase, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
    }
    chmodSync(passphrase, 0o600);
}
