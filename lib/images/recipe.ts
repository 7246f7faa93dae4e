import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** How one image is built: a folder below `build/images`. */
export interface Recipe {
    /** Name of the folder and of the image. */
    readonly name: string;
    readonly folder: string;
    /** Images that it is built from, by build argument: `JAVA_IMAGE` → `java`. */
    readonly bases: Readonly<Record<string, string>>;
    /** Whether something has to be fetched or made before the Dockerfile can run. */
    readonly prepared: boolean;
    /** First 12 hex digits of the hash of everything that the image is made of. */
    readonly hash: string;
}

/** Folder of the recipes, below the project's root. */
export const RECIPES = join("build", "images");

/** Folder of the helpers that `prepare.sh` scripts call; part of every prepared recipe's hash. */
export const PREPARE_HELPERS = join("build", "image-builder", "prepare");

/** Names of all recipes. */
export function recipeNames(root: string): string[] {
    return readdirSync(join(root, RECIPES), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort();
}

/**
 * Reads a recipe and, through its bases, everything that decides its content.
 * @throws Error for an unknown name, a missing Dockerfile, a base without a recipe, or bases in a circle.
 */
export function readRecipe(root: string, name: string, within: readonly string[] = []): Recipe {
    if (within.includes(name)) throw new Error(`images are built from each other in a circle: ${[...within, name].join(" → ")}`);
    const folder = join(root, RECIPES, name);
    const dockerfile = join(folder, "Dockerfile");
    if (!existsSync(dockerfile)) {
        const user = within.at(-1);
        throw new Error(
            `image "${name}"${user === undefined ? "" : `, which "${user}" is built from,`} has no ${join(RECIPES, name, "Dockerfile")}; ` +
                `there are ${recipeNames(root).join(", ")}`,
        );
    }
    const bases = baseArguments(readFileSync(dockerfile, "utf8"));
    const prepared = existsSync(join(folder, "prepare.sh"));
    const hash = createHash("sha256");
    for (const file of filesBelow(folder)) addFile(hash, folder, file);
    for (const base of Object.values(bases)) hash.update(`base ${readRecipe(root, base, [...within, name]).hash}\n`);
    if (prepared) for (const file of filesBelow(join(root, PREPARE_HELPERS))) addFile(hash, root, file);
    for (const input of declaredInputs(folder)) for (const file of filesBelow(join(root, input))) addFile(hash, root, file);
    return { name, folder, bases, prepared, hash: hash.digest("hex").slice(0, 12) };
}

/**
 * The images that a Dockerfile is built from, by its `ARG <NAME>_IMAGE` lines.
 * An argument's default, if any, is a registry's image and does not matter here.
 */
export function baseArguments(dockerfile: string): Record<string, string> {
    const found = [...dockerfile.matchAll(/^ARG ([A-Z0-9_]+)_IMAGE(?:=.*)?$/gm)];
    return Object.fromEntries(
        found.map(([, name = ""]) => [`${name}_IMAGE`, name.toLowerCase().replaceAll("_", "-")]),
    );
}

/** Paths below the root that an image is made of besides its folder: the lines of its `inputs` file. */
function declaredInputs(folder: string): string[] {
    const file = join(folder, "inputs");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("#"));
}

function filesBelow(path: string): string[] {
    if (!existsSync(path)) return [];
    if (statSync(path).isFile()) return [path];
    return readdirSync(path, { withFileTypes: true })
        .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)]))
        .sort();
}

function addFile(hash: ReturnType<typeof createHash>, root: string, file: string): void {
    const content = readFileSync(file);
    // The mode's execute bit is content too: a script that cannot be executed is another image.
    const executable = (statSync(file).mode & 0o111) !== 0 ? "x" : "-";
    hash.update(`${file.slice(root.length)} ${executable} ${content.length}\n`).update(content);
}
