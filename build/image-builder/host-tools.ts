import { programsOnPath } from "../toolchain/find-program";

/** A program of the machine that a prepare helper calls. */
export interface HostTool {
    readonly command: string;
    /** What to install for it on Debian. */
    readonly packages: readonly string[];
}

/** Programs by the helper that needs them. */
export const HELPER_TOOLS: Readonly<Record<string, HostTool>> = {
    "debian-rootfs": { command: "mmdebstrap", packages: ["mmdebstrap", "debian-archive-keyring"] },
    "maven-jars": { command: "mvn", packages: ["maven"] },
    "pip-wheel": { command: "pip3", packages: ["python3-pip"] },
    "jar-without": { command: "zip", packages: ["zip"] },
    "npm-binary": { command: "npm", packages: ["npm"] },
    "go-binary": { command: "go", packages: ["golang-go"] },
};

/** What is known of the machine. */
export interface ToolCircumstances {
    readonly isRoot: boolean;
    readonly hasApt: boolean;
    /** Whether installing is allowed. */
    readonly mayInstall: boolean;
}

/** What to do about missing tools. */
export type ToolPlan =
    | { readonly action: "nothing" }
    | { readonly action: "install"; readonly packages: readonly string[]; readonly commands: readonly string[] }
    | { readonly action: "fail"; readonly message: string };

/** The tools of some helpers that are not on a PATH. */
export function missingTools(helpers: Iterable<string>, path: string): HostTool[] {
    const needed = [...new Set(helpers)].flatMap((helper) => HELPER_TOOLS[helper] ?? []);
    return needed.filter(({ command }) => programsOnPath(command, path).length === 0);
}

/** Decides what to do about missing tools. Pure. */
export function planTools(missing: readonly HostTool[], { isRoot, hasApt, mayInstall }: ToolCircumstances): ToolPlan {
    if (missing.length === 0) return { action: "nothing" };
    const packages = missing.flatMap((tool) => tool.packages);
    const commands = missing.map(({ command }) => command);
    const install = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
    const lacking = `building images needs ${commands.join(" and ")}, which ${commands.length === 1 ? "is" : "are"} not on this machine`;
    if (!hasApt) {
        return {
            action: "fail",
            message: `${lacking}\nWay out: install ${commands.join(" and ")}, or set millrace:images to registry where an image registry answers.`,
        };
    }
    if (!mayInstall)
        return {
            action: "fail",
            message: `${lacking}, and MILLRACE_INSTALL=no forbids installing\nWay out: ${install}`,
        };
    if (!isRoot) return { action: "fail", message: `${lacking}, and installing takes root\nWay out: sudo ${install}` };
    return { action: "install", packages, commands };
}
