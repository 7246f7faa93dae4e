import type { ImageSource } from "../settings";
import { readRecipe } from "./recipe";
import { IMAGES, type ImageName } from "./table";

/** First part of the names of images that we build. */
export const OUR_REPOSITORY = "millrace";

/**
 * The reference under which an image is to be used.
 *
 * A built image is named after its content, so a change of anything it is made of shows as a change at preview.
 * @param root the project's folder.
 * @throws Error when the image cannot be had this way, saying why.
 */
export function imageReference(name: ImageName, source: ImageSource, root: string): string {
    const entry = IMAGES[name];
    if (source === "registry" && entry.registry !== undefined) return entry.registry;
    if (entry.built === undefined) throw new Error(`image "${name}" cannot be built: ${entry.notBuilt}`);
    return builtReference(root, entry.built);
}

/** The reference of a recipe's image. */
export function builtReference(root: string, recipe: string): string {
    return `${OUR_REPOSITORY}/${recipe}:${readRecipe(root, recipe).hash}`;
}
