import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** What a bundle is made of. */
export interface BundleInputs {
    /** Source files, relative to the root, sorted. */
    readonly files: readonly string[];
    /** `path version integrity` of every npm package that ends up in it, as the lock file has them, sorted. */
    readonly packages: readonly string[];
}

/**
 * Finds what a bundler would put into one file, by following imports from its entry.
 *
 * The bundler itself would be exact and take a hundred times as long; this runs at every preview. Types are not
 * followed, since they leave nothing in a bundle; an import in a comment is, which costs a build too many at worst.
 *
 * @param entry path below the root.
 * @throws Error for a relative import that leads nowhere, naming the file that has it.
 */
export function bundleInputs(root: string, entry: string): BundleInputs {
    const files = new Set<string>();
    const packages = new Set<string>(["esbuild"]);
    const waiting = [resolveFile(join(root, entry)) ?? missing(`bundle entry ${entry} does not exist`)];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
        const name = relative(root, file);
        if (files.has(name)) continue;
        files.add(name);
        if (!/\.[cm]?[jt]sx?$/.test(file)) continue;
        for (const specifier of importSpecifiers(readFileSync(file, "utf8"))) {
            if (specifier.startsWith(".")) {
                const target = resolveFile(join(dirname(file), specifier));
                waiting.push(target ?? missing(`${name} imports "${specifier}", which does not exist`));
            } else if (!specifier.startsWith("node:")) {
                packages.add(packageName(specifier));
            }
        }
    }
    return { files: [...files].sort(), packages: lockedPackages(root, packages) };
}

/** What a module imports or re-exports at run time; `import type` and `export type` are left out. */
export function importSpecifiers(source: string): string[] {
    const statements =
        /(?:^|[\s;}])(?:(?:import|export)(?!\s+type\b)[^"'`;()]*?\bfrom\s*|import\s*(?:\(\s*)?|require\s*\(\s*)(["'])([^"'\n]+)\1/g;
    return [...source.matchAll(statements)].map(([, , specifier = ""]) => specifier);
}

function packageName(specifier: string): string {
    return specifier
        .split("/")
        .slice(0, specifier.startsWith("@") ? 2 : 1)
        .join("/");
}

function resolveFile(path: string): string | undefined {
    const candidates = [
        path,
        `${path}.ts`,
        `${path}.tsx`,
        `${path}.json`,
        `${path}.js`,
        join(path, "index.ts"),
        join(path, "index.js"),
    ];
    return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}

interface LockedPackage {
    readonly version?: string;
    readonly integrity?: string;
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function lockedPackages(root: string, names: ReadonlySet<string>): string[] {
    const file = join(root, "package-lock.json");
    if (!existsSync(file)) return [];
    const locked =
        (JSON.parse(readFileSync(file, "utf8")) as { packages?: Record<string, LockedPackage> }).packages ?? {};
    const found = new Set<string>();
    const waiting = [...names].flatMap((name) => nearest(locked, "", name));
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
        if (found.has(path)) continue;
        found.add(path);
        // esbuild is what bundles, not a part of the bundle: its binaries for other systems do not matter.
        if (path.endsWith("node_modules/esbuild")) continue;
        const { dependencies, optionalDependencies } = locked[path] ?? {};
        const from = path;
        waiting.push(
            ...Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) => nearest(locked, from, name)),
        );
    }
    return [...found].map((path) => `${path} ${locked[path]?.version} ${locked[path]?.integrity}`).sort();
}

/** Node's way to find a package: in the importing package's own node_modules, then in those further up. */
function nearest(locked: Readonly<Record<string, LockedPackage>>, from: string, name: string): string[] {
    for (let folder = from; ; ) {
        const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
        if (path in locked) return [path];
        // An optional dependency that was not installed.
        if (folder === "") return [];
        const above = folder.lastIndexOf("/node_modules/");
        folder = above === -1 ? "" : folder.slice(0, above);
    }
}

function missing(problem: string): never {
    throw new Error(problem);
}
