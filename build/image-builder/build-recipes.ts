import { mkdirSync } from "node:fs";
import { cpus, freemem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { lock } from "proper-lockfile";
import { type Recipe, readRecipe } from "../../lib/images";
import type { ImageSource } from "../../lib/settings";
import { findBuildClient } from "../toolchain/docker-build-client";
import { programsOnPath } from "../toolchain/find-program";
import { runStep } from "../toolchain/run-step";
import { type BuildContext, buildImage, logFile, prepareImage, startLog, workFolder } from "./build-image";
import { buildPlan, defaultParallelism } from "./build-plan";
import { engineImages } from "./engine-images";
import { missingTools, planTools } from "./host-tools";
import { Slots } from "./slots";

/** One image as it is now, and what was done for it. */
export interface ImageResult {
    readonly name: string;
    readonly tag: string;
    readonly action: "built" | "pulled" | "present";
    /** Time that its own steps took, without waiting for others. */
    readonly seconds: number;
    /** Size on the engine, with all layers that it shares with others. */
    readonly bytes: number;
}

/** Arguments of {@link buildRecipes}. */
export interface BuildRecipesArgs {
    /** The project's folder. */
    readonly root: string;
    /** Folders of `build/images`. */
    readonly recipes: readonly string[];
    /** Where bases come from that a registry holds too. */
    readonly source: ImageSource;
    /** Hears what is under way, for which image. */
    readonly report: (line: string, image: string) => void;
    readonly signal: AbortSignal;
    /** Steps at the same time. @default one a core, as far as memory for them is there */
    readonly parallelism?: number;
    /** Build also what is there, from the packages of today. @default false */
    readonly fresh?: boolean;
}

/**
 * Builds the images that are missing, and what they are built from, several at a time.
 *
 * After a failure the others go on to their end, so that the next run has less to do.
 * @throws ImageBuildError, or one error with the messages of all that failed; the signal's reason when aborted.
 */
export async function buildRecipes(args: BuildRecipesArgs): Promise<ImageResult[]> {
    const { root, source, recipes, report, signal, fresh = false } = args;
    const known = new Map<string, Recipe>();
    const read = (name: string): Recipe => {
        const recipe = known.get(name) ?? readRecipe(root, name, source);
        known.set(name, recipe);
        return recipe;
    };
    const wanted = [...new Set(recipes)];
    const plan = async (): Promise<Recipe[]> => {
        const present = await engineImages();
        return buildPlan(wanted, read, (tag) => !fresh && present.has(tag));
    };
    const seconds = new Map<string, number>();
    if ((await plan()).length > 0) {
        const release = await onlyOne(root, () => report("waiting for another run that builds images", ""), signal);
        try {
            // What the other run has built is not missing any more.
            const missing = await plan();
            await bringTools(root, missing, (line) => report(line, ""));
            const context = {
                root,
                client: await findBuildClient(),
                tagOf: (name: string) => read(name).tag,
                signal,
                fresh,
            };
            const slots = new Slots(args.parallelism ?? defaultParallelism(cpus().length, freemem()));
            await buildAll(missing, context, slots, report, seconds);
        } finally {
            await release();
        }
    }
    const present = await engineImages();
    return [...new Set([...wanted, ...seconds.keys()])].map((name) => {
        const { tag } = read(name);
        const spent = seconds.get(name);
        const action = spent === undefined ? "present" : "built";
        return { name, tag, action, seconds: spent ?? 0, bytes: present.get(tag) ?? 0 };
    });
}

async function buildAll(
    missing: readonly Recipe[],
    shared: Omit<BuildContext, "report">,
    slots: Slots,
    report: BuildRecipesArgs["report"],
    seconds: Map<string, number>,
): Promise<void> {
    const builds = new Map<string, Promise<void>>();
    for (const recipe of missing) {
        const { name } = recipe;
        const context = { ...shared, report: (line: string) => report(line, name) };
        startLog(shared.root, name);
        let spent = 0;
        const step = (body: typeof prepareImage): Promise<void> =>
            slots.run(async () => {
                shared.signal.throwIfAborted();
                const started = Date.now();
                await body(recipe, context);
                spent += (Date.now() - started) / 1_000;
            });
        // Packages are fetched while the bases are still being built.
        const ready = Promise.all([
            step(prepareImage),
            ...recipe.bases.map(({ recipe: base = "" }) => builds.get(base)),
        ]);
        builds.set(
            name,
            ready
                .then(() => step(buildImage))
                .then(() => {
                    seconds.set(name, spent);
                    report("built", name);
                }),
        );
    }
    const endings = await Promise.allSettled(builds.values());
    shared.signal.throwIfAborted();
    // An image whose base failed fails with its base's error: each is told once.
    const errors = [
        ...new Set(endings.flatMap((ending) => (ending.status === "rejected" ? [ending.reason as Error] : []))),
    ];
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new Error(errors.map(({ message }) => message).join("\n"));
}

/** Waits until no other process builds images of this project. @returns what lets the next one in. */
async function onlyOne(root: string, waiting: () => void, signal: AbortSignal): Promise<() => Promise<void>> {
    const folder = workFolder(root);
    mkdirSync(folder, { recursive: true });
    for (;;) {
        try {
            return await lock(folder, { stale: 20_000, onCompromised: () => undefined });
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
            waiting();
            await sleep(1_000, undefined, { signal });
        }
    }
}

async function bringTools(root: string, missing: readonly Recipe[], report: (line: string) => void): Promise<void> {
    const path = process.env.PATH ?? "";
    const plan = planTools(
        missingTools(
            missing.flatMap(({ helpers }) => helpers),
            path,
        ),
        {
            isRoot: process.getuid?.() === 0,
            hasApt: programsOnPath("apt-get", path).length > 0,
            mayInstall: process.env.MILLRACE_INSTALL !== "no",
        },
    );
    if (plan.action === "nothing") return;
    if (plan.action === "fail") throw new Error(plan.message);
    const doing = `installing ${plan.commands.join(" and ")} with apt-get`;
    const logs = logFile(root, "tools").replace(/\/[^/]*$/, "");
    const step = (name: string, args: readonly string[]): Promise<void> =>
        runStep(
            {
                ...{ name, doing, command: "apt-get", typicalSeconds: 20 },
                args: ["-o", "DPkg::Lock::Timeout=120", ...args],
                env: { DEBIAN_FRONTEND: "noninteractive" },
            },
            logs,
            report,
        );
    await step("apt-update", ["update"]);
    await step("apt-install", ["install", "--yes", "--no-install-recommends", ...plan.packages]);
}
