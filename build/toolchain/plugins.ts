import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf } from "./fingerprint";
import { ensureGo, GO_ENVIRONMENT, goBuildArguments, parallelism } from "./go-toolchain";
import type { PluginPin } from "./pins";
import { makeProduct } from "./product";
import type { Workshop } from "./pulumi-cli";
import { sizeOf, type Tool } from "./record";
import { runStep } from "./run-step";

const GO_PACKAGE = "github.com/terraform-providers/terraform-provider-docker/plugins";

/** The executable of a plugin in a Pulumi home, where Pulumi itself looks for it. */
export function pluginPath(pulumiHome: string, { name, version }: PluginPin): string {
    return join(pulumiHome, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
}

/** Whether a Pulumi home holds a plugin. */
export function hasPlugin(pulumiHome: string, pin: PluginPin): boolean {
    return sizeOf(pluginPath(pulumiHome, pin)) !== undefined;
}

/** Has Pulumi download a plugin into its home. @throws ToolchainError when it cannot be had. */
export async function downloadPlugin(
    { layout, report }: Workshop,
    pulumi: string,
    pulumiHome: string,
    pin: PluginPin,
): Promise<void> {
    const temporary = join(layout.work, "plugin-download");
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    await runStep(
        {
            name: `plugin-${pin.name}-download`,
            doing: `downloading the ${pin.name} ${pin.version} plugin`,
            command: pulumi,
            args: ["plugin", "install", "resource", pin.name, pin.version, "--exact", "--non-interactive"],
            env: { PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true", TMPDIR: temporary },
            // Pulumi tries five times by itself.
            attempts: 1,
            typicalSeconds: 15,
            timeoutSeconds: 600,
            stall: { folders: [temporary, join(pulumiHome, "plugins")], seconds: 30 },
        },
        layout.logs,
        report,
    );
}

/**
 * Builds plugins from Go modules and installs them in our Pulumi home, as far as they are not there yet.
 *
 * One program writes both schemas; each plugin then embeds its own. They are built one after another: linking one takes
 * up to 3 GB.
 */
export async function buildPlugins(workshop: Workshop, pulumi: string, pins: readonly PluginPin[]): Promise<Tool[]> {
    const { layout } = workshop;
    const schemas = new Schemas(workshop);
    const tools: Tool[] = [];
    for (const pin of pins) {
        const path = pluginPath(layout.pulumiHome, pin);
        const fingerprint = fingerprintOf({
            root: layout.root,
            paths: [schemas.source],
            values: [process.platform, process.arch, ...pluginBuild(pin, "", "")],
        });
        await makeProduct(layout, { name: `plugin-${pin.name}`, fingerprint, files: [path] }, async () => {
            const binary = await buildPlugin(workshop, pin, await schemas.of(pin));
            await installPlugin(workshop, pulumi, pin, binary);
            rmSync(binary);
        });
        tools.push({ ...pin, origin: "built", path });
    }
    schemas.discard();
    return tools;
}

async function buildPlugin({ layout, pins, report }: Workshop, pin: PluginPin, overlay: string): Promise<string> {
    const binary = join(layout.work, "plugins", `pulumi-resource-${pin.name}`);
    await runStep(
        {
            name: `plugin-${pin.name}`,
            doing: `building the ${pin.name} ${pin.version} plugin from Go modules`,
            command: await ensureGo(layout, pins.go, report),
            args: [...pluginBuild(pin, overlay, binary), ...parallelism(), `./cmd/pulumi-resource-${pin.name}`],
            cwd: join(layout.sources, "plugins"),
            env: GO_ENVIRONMENT,
            typicalSeconds: 20,
        },
        layout.logs,
        report,
    );
    return binary;
}

function pluginBuild(pin: PluginPin, overlay: string, output: string): string[] {
    return goBuildArguments(versionFlag(pin), ...BUILD_TAGS, "-overlay", overlay, "-o", output);
}

/** Compose support of the Terraform provider is most of its size and no part of the Pulumi provider. */
const BUILD_TAGS = ["-tags", "no_compose"];

function versionFlag({ name, version }: PluginPin): string {
    return `-X ${GO_PACKAGE}/${name}.Version=${version}`;
}

async function installPlugin(
    { layout, report }: Workshop,
    pulumi: string,
    { name, version }: PluginPin,
    binary: string,
): Promise<void> {
    await runStep(
        {
            name: `plugin-${name}-install`,
            doing: `installing the ${name} ${version} plugin`,
            command: pulumi,
            args: [
                "plugin",
                "install",
                "resource",
                name,
                version,
                "--file",
                binary,
                "--reinstall",
                "--non-interactive",
            ],
            env: { PULUMI_HOME: layout.pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
            timeoutSeconds: 120,
        },
        layout.logs,
        report,
    );
}

/** The program that writes schemas: built when the first plugin needs it, removed when all are done. */
class Schemas {
    readonly source: string;
    private readonly folder: string;
    private program: string | undefined;

    constructor(private readonly workshop: Workshop) {
        this.source = join(workshop.layout.sources, "plugins");
        this.folder = join(workshop.layout.work, "plugins");
    }

    /** Writes a plugin's schema. @returns the overlay that lays it beside the plugin's main.go. */
    async of({ name }: PluginPin): Promise<string> {
        const { layout, report } = this.workshop;
        const program = await this.build();
        const folder = join(this.folder, name);
        await runStep(
            {
                name: `schema-${name}`,
                doing: `writing the ${name} plugin's schema`,
                command: program,
                args: [name, "schema", "--skip-docs", "--skip-examples", "--out", folder],
                timeoutSeconds: 120,
            },
            layout.logs,
            report,
        );
        const overlay = join(this.folder, `${name}.overlay.json`);
        const embedded = join(this.source, "cmd", `pulumi-resource-${name}`, "schema.json");
        writeFileSync(overlay, JSON.stringify({ Replace: { [embedded]: join(folder, "schema.json") } }));
        return overlay;
    }

    discard(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }

    private async build(): Promise<string> {
        if (this.program !== undefined) return this.program;
        const { layout, pins, report } = this.workshop;
        mkdirSync(this.folder, { recursive: true });
        const program = join(this.folder, "schema");
        const flags = pins.plugins.map(versionFlag).join(" ");
        await runStep(
            {
                name: "plugin-schemas",
                doing: "building the plugins' parts from Go modules",
                command: await ensureGo(layout, pins.go, report),
                args: [...goBuildArguments(flags, ...BUILD_TAGS, "-o", program), ...parallelism(), "./cmd/schema"],
                cwd: this.source,
                env: GO_ENVIRONMENT,
                typicalSeconds: 300,
            },
            layout.logs,
            report,
        );
        this.program = program;
        return program;
    }
}
