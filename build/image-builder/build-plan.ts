import type { Recipe } from "../../lib/images";

/**
 * What has to be built so that some images are there, each after the images that it is built from.
 *
 * The bases of an image that is there are not needed any more.
 * @param read finds a recipe by name.
 * @param isPresent whether a tag is on the engine.
 */
export function buildPlan(
    names: readonly string[],
    read: (name: string) => Recipe,
    isPresent: (tag: string) => boolean,
): Recipe[] {
    const plan = new Map<string, Recipe>();
    const add = (name: string): void => {
        const recipe = read(name);
        if (plan.has(name) || isPresent(recipe.tag)) return;
        for (const { recipe: base } of recipe.bases) if (base !== undefined) add(base);
        plan.set(name, recipe);
    };
    for (const name of names) add(name);
    return [...plan.values()];
}

/** How many steps run at the same time: one a core, as far as memory for them is there; never more than four. */
export function defaultParallelism(cores: number, freeBytes: number): number {
    const inMemory = Math.floor(freeBytes / 1.5e9);
    return Math.max(1, Math.min(cores, inMemory, 4));
}
