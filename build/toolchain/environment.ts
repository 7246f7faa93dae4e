import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { type Layout, layoutOf } from "./layout";
import { readJson, type ToolchainRecord } from "./record";

/**
 * Variables with which a child process or a shell uses the project's tools, quietly and fast.
 *
 * Reads what {@link ensureToolchain} recorded; before its first run only the ordinary tools are in it.
 * @param environment what PATH and a user's own Pulumi folder are taken from. @default process.env
 */
export function toolchainEnvironment(
    root: string,
    environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
    const layout = layoutOf(root);
    return environmentFor(layout, readJson<ToolchainRecord>(layout.record), environment, existsSync);
}

/** The decision behind {@link toolchainEnvironment}. Pure but for `exists`. */
export function environmentFor(
    layout: Layout,
    record: ToolchainRecord | undefined,
    environment: NodeJS.ProcessEnv,
    exists: (path: string) => boolean,
): Record<string, string> {
    return {
        PATH: pathWithFirst(layout.bin, environment.PATH ?? ""),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // Types are the business of `make check`; checking them on every preview costs a second or more.
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        // Most operations wait for a server to be ready. Pulumi's own four per core would let servers wait for servers.
        PULUMI_PARALLEL: environment.PULUMI_PARALLEL ?? "32",
        ...(record?.pulumiHome !== undefined && {
            PULUMI_HOME: record.pulumiHome,
            ...credentials(layout, environment, exists),
        }),
        // A plugin of ours that is missing is a matter of `make tools`, not of five tries to download it.
        ...(record?.plugins.some(({ origin }) => origin === "built") && {
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        }),
    };
}

/** The folder where Pulumi keeps a user's plugins and login. */
export function usersPulumiHome(layout: Layout, environment: NodeJS.ProcessEnv): string {
    const set = environment.PULUMI_HOME;
    return set === undefined || set === layout.pulumiHome ? join(homedir(), ".pulumi") : set;
}

/** A user who is logged in somewhere stays logged in when PULUMI_HOME moves to our folder. */
function credentials(
    layout: Layout,
    environment: NodeJS.ProcessEnv,
    exists: (path: string) => boolean,
): { PULUMI_CREDENTIALS_PATH?: string } {
    const home = usersPulumiHome(layout, environment);
    if (environment.PULUMI_CREDENTIALS_PATH !== undefined || !exists(join(home, "credentials.json"))) return {};
    return { PULUMI_CREDENTIALS_PATH: home };
}

function pathWithFirst(first: string, path: string): string {
    return [first, ...path.split(delimiter).filter((entry) => entry !== "" && entry !== first)].join(delimiter);
}
