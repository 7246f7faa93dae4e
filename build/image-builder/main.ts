import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { IMAGES, type ImageName, imageOrigin, imageReference, recipeNames } from "../../lib/images";
import { durationText } from "../toolchain/progress";
import { buildRecipes, type ImageResult } from "./build-recipes";
import { engineImages } from "./engine-images";
import { ensureImages } from "./ensure-images";

const ROOT = resolve(__dirname, "..", "..");

const HELP = `Usage: node --import tsx build/image-builder/main.ts [names…] [flags]

Builds container images from package registries: those named, or all that can be built. A name is an image
of lib/images or a folder of build/images. What is there already is not built again.

Flags:
  --list       what there is: each image with its reference, and whether the engine has it
  --fresh      build also what is there, from the packages of today
  --parallel   steps at the same time (default: one a core, as far as memory allows)
  --help       this text

Logs are in .tools/logs/images/. See docs/images.md.
`;

const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
};

async function list(): Promise<void> {
    const present = await engineImages();
    for (const name of Object.keys(IMAGES) as ImageName[]) {
        const { registry, built, builtAs, notBuilt } = IMAGES[name];
        const reference = built === undefined ? "" : imageReference(name, "built", ROOT);
        const size = present.get(reference);
        const state = built === undefined ? `not built: ${notBuilt}` : size === undefined ? "missing" : megabytes(size);
        say(`${name.padEnd(12)}${reference.padEnd(36)}${state}${builtAs === undefined ? "" : ` (${builtAs})`}`);
        if (registry !== undefined)
            say(`${"".padEnd(12)}${registry}${present.has(registry) ? " (on this engine)" : ""}`);
    }
}

async function build(names: readonly string[], parallel: number | undefined, fresh: boolean): Promise<void> {
    const shown = new Map<string, string>();
    const report = (line: string, image: string): void => {
        // One line a step, not one a line of output.
        const step = line.split(/: /)[image === "" || !line.startsWith(`${image}: `) ? 0 : 1] ?? line;
        if (shown.get(image) === step) return;
        shown.set(image, step);
        say(image === "" || line.startsWith(`${image}: `) ? line : `${image}: ${line}`);
    };
    const options = {
        root: ROOT,
        source: "built" as const,
        fresh,
        ...(parallel !== undefined && { parallelism: parallel }),
    };
    const buildable = (Object.keys(IMAGES) as ImageName[]).filter((name) => IMAGES[name].built !== undefined);
    const images = (names.length === 0 ? buildable : names.filter((name) => name in IMAGES)) as ImageName[];
    const folders = names.filter((name) => !(name in IMAGES));
    const unknown = folders.filter((name) => !recipeNames(ROOT).includes(name));
    if (unknown.length > 0) {
        const known = [...new Set([...Object.keys(IMAGES), ...recipeNames(ROOT)])].join(", ");
        throw new Error(`no image is called ${unknown.join(", ")}; there are ${known}`);
    }
    for (const name of images) imageOrigin(name, "built");
    const results = [...(await ensureImages({ ...options, names: images, report })).images];
    if (folders.length > 0) {
        results.push(
            ...(await buildRecipes({ ...options, recipes: folders, report, signal: new AbortController().signal })),
        );
    }
    for (const result of results) say(resultLine(result));
    if (results.some(({ action }) => action === "built")) say(`logs: ${join(ROOT, ".tools", "logs", "images")}`);
}

function resultLine({ tag, action, seconds, bytes }: ImageResult): string {
    const time = action === "present" ? "" : durationText(seconds * 1_000);
    return `${tag.padEnd(36)}${action.padEnd(9)}${time.padStart(9)}${megabytes(bytes).padStart(9)}`;
}

function megabytes(bytes: number): string {
    return `${Math.round(bytes / 1e6)} MB`;
}

async function main(): Promise<void> {
    const { values, positionals } = parseArgs({
        allowPositionals: true,
        options: {
            list: { type: "boolean" },
            fresh: { type: "boolean" },
            parallel: { type: "string" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help) return say(HELP.trimEnd());
    if (values.list) return list();
    await build(
        positionals,
        values.parallel === undefined ? undefined : Number(values.parallel),
        values.fresh ?? false,
    );
}

// A reader that has seen enough, as `| head`, is no failure.
process.stdout.on("error", () => process.exit(0));

main().catch((error: Error) => {
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = 1;
});
