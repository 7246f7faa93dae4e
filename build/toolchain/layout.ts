import { join } from "node:path";

/** Where the toolchain keeps its things: all below the git-ignored `.tools`, so that deleting that folder undoes it. */
export interface Layout {
    /** The project. */
    readonly root: string;
    /** `.tools` */
    readonly tools: string;
    /** What goes to the front of PATH: `node`, `npm`, `npx` and, where we manage it, `pulumi`. */
    readonly bin: string;
    /** One log a step. */
    readonly logs: string;
    /** One stamp a product: from which inputs it was made. */
    readonly stamps: string;
    /** Products under construction and half-way downloads; nothing in it is used from outside. */
    readonly work: string;
    /** PULUMI_HOME where we manage the CLI or a plugin. */
    readonly pulumiHome: string;
    /** CLI, language host and launchers as built from Go modules, side by side as Pulumi expects them. */
    readonly builtBin: string;
    /** A Go toolchain from PyPI, for machines without a new enough Go. */
    readonly go: string;
    /** What the last run decided, see {@link ToolchainRecord}. */
    readonly record: string;
    /** Downloads that failed, and when, so that not every run pays for trying. */
    readonly failedDownloads: string;
    /** Go modules and scripts that the tools are built from. */
    readonly sources: string;
}

/** The layout of a project's toolchain. */
export function layoutOf(root: string): Layout {
    const tools = join(root, ".tools");
    return {
        root,
        tools,
        bin: join(tools, "bin"),
        logs: join(tools, "logs"),
        stamps: join(tools, "stamps"),
        work: join(tools, "work"),
        pulumiHome: join(tools, "pulumi-home"),
        builtBin: join(tools, "pulumi-built", "bin"),
        go: join(tools, "go"),
        record: join(tools, "toolchain.json"),
        failedDownloads: join(tools, "failed-downloads.json"),
        sources: join(root, "build", "toolchain"),
    };
}
