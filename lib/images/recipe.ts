import { createHash, type Hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import type { ImageSource } from "../settings";
import { bundleInputs } from "./bundle-inputs";

/** First part of the names of images that we build. */
export const OUR_REPOSITORY = "millrace";

/** Folder of the recipes, below the project's root. */
export const RECIPES = join("build", "images");

/** Folder of the helpers that `prepare.sh` scripts call by name. */
export const PREPARE_HELPERS = join("build", "image-builder", "prepare");

/** An image that another is built from. */
export interface Base {
    /** Build argument that carries its reference: `JAVA_IMAGE`. */
    readonly argument: string;
    /** Its recipe; absent where the Dockerfile's default, an image of a registry, is used. */
    readonly recipe?: string;
}

/** How one image is built: a folder below `build/images`, read. */
export interface Recipe {
    /** Name of the folder and of the image. */
    readonly name: string;
    readonly folder: string;
    readonly bases: readonly Base[];
    /** Whether `prepare.sh` has to fetch or make something before the Dockerfile can run. */
    readonly prepared: boolean;
    /** Helpers that `prepare.sh` calls. */
    readonly helpers: readonly string[];
    /** First 12 hex digits of the hash of everything that the image is made of. */
    readonly hash: string;
    /** `millrace/<name>:<hash>` */
    readonly tag: string;
}

/** Names of all recipes. */
export function recipeNames(root: string): string[] {
    return readdirSync(join(root, RECIPES), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort();
}

/**
 * Reads a recipe and, through its bases, everything that decides its content.
 * @param source where bases come from that a registry holds too; with "built" they are ours.
 * @throws Error for an unknown name, a missing Dockerfile, a base without a recipe, or bases in a circle.
 */
export function readRecipe(root: string, name: string, source: ImageSource, within: readonly string[] = []): Recipe {
    if (within.includes(name)) {
        throw new Error(`images are built from each other in a circle: ${[...within, name].join(" → ")}`);
    }
    const folder = join(root, RECIPES, name);
    const dockerfile = readIfThere(join(folder, "Dockerfile"));
    if (dockerfile === undefined) {
        const user = within.at(-1);
        throw new Error(
            `image "${name}"${user === undefined ? "" : `, which "${user}" is built from,`} has no ` +
                `${join(RECIPES, name, "Dockerfile")}; there are ${recipeNames(root).join(", ")}`,
        );
    }
    const hash = createHash("sha256");
    for (const file of recipeFiles(folder)) addFile(hash, folder, file);

    const bases = baseArguments(dockerfile).map(({ argument, recipe, fallback }): Base => {
        if (source === "registry" && fallback !== undefined) {
            // The default stands in the Dockerfile, which is hashed already; that it is used has to be, too.
            hash.update(`${argument} ${fallback}\n`);
            return { argument };
        }
        hash.update(`${argument} ${readRecipe(root, recipe, source, [...within, name]).tag}\n`);
        return { argument, recipe };
    });

    const prepare = readIfThere(join(folder, "prepare.sh"));
    const helpers = prepare === undefined ? [] : calledHelpers(prepare, helperNames(root));
    for (const helper of helpers) addFile(hash, root, join(PREPARE_HELPERS, helper));
    for (const entry of prepare === undefined ? [] : bundleEntries(prepare)) {
        const { files, packages } = bundleInputs(root, entry);
        for (const file of [...files, "tsconfig.json"]) addFile(hash, root, file);
        hash.update(packages.join("\n"));
    }
    const digits = hash.digest("hex").slice(0, 12);
    return {
        name,
        folder,
        bases,
        prepared: prepare !== undefined,
        helpers,
        hash: digits,
        tag: `${OUR_REPOSITORY}/${name}:${digits}`,
    };
}

/** A base as a Dockerfile declares it. */
export interface BaseArgument {
    readonly argument: string;
    /** The recipe that the argument's name stands for: `JAVA_IMAGE` → `java`. */
    readonly recipe: string;
    /** The argument's default, an image of a registry. */
    readonly fallback?: string;
}

/** The images that a Dockerfile is built from: its lines `ARG <NAME>_IMAGE[=default]`. */
export function baseArguments(dockerfile: string): BaseArgument[] {
    const lines = dockerfile.matchAll(/^[ \t]*ARG[ \t]+([A-Z0-9_]+)_IMAGE(?:=["']?([^\s"']+)["']?)?[ \t]*$/gim);
    return [...lines].map(([, name = "", fallback]) => ({
        argument: `${name}_IMAGE`,
        recipe: name.toLowerCase().replaceAll("_", "-"),
        ...(fallback !== undefined && { fallback }),
    }));
}

/** Which of the helpers a script calls, sorted. */
export function calledHelpers(script: string, helpers: readonly string[]): string[] {
    const words = new Set(commandLines(script).flatMap((line) => line.split(/[\s;&|"'`()]+/)));
    return helpers.filter((helper) => words.has(helper)).sort();
}

/** The programs that a script bundles: the first word after `bundle`. */
function bundleEntries(script: string): string[] {
    return commandLines(script).flatMap((line) => /^\s*bundle\s+(\S+)/.exec(line)?.[1] ?? []);
}

function commandLines(script: string): string[] {
    return script.split("\n").filter((line) => !line.trimStart().startsWith("#"));
}

function helperNames(root: string): string[] {
    const folder = join(root, PREPARE_HELPERS);
    return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** Files of a recipe, relative to its folder, sorted: all but its README and hidden files. */
export function recipeFiles(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
        .filter((file) => file !== "README.md" && !file.split(sep).some((part) => part.startsWith(".")))
        .sort();
}

/** Adds name and content, not times and modes: those differ between checkouts of the same commit. */
function addFile(hash: Hash, folder: string, file: string): void {
    const content = readFileSync(join(folder, file));
    hash.update(`${file.split(sep).join("/")} ${content.length}\n`).update(content);
}

function readIfThere(file: string): string | undefined {
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
