import type { ImageSource } from "../settings";
import { readRecipe } from "./recipe";
import { IMAGES, type ImageName } from "./table";

/** Where an image is to be had from: a registry, or one of our recipes. */
export type ImageOrigin = { readonly registry: string } | { readonly recipe: string };

/**
 * Where an image comes from, for a way to have images. Our own programs are built either way.
 * @throws Error when the image cannot be had this way, saying why and what to do instead.
 */
export function imageOrigin(name: ImageName, source: ImageSource): ImageOrigin {
    const { registry, built, notBuilt } = IMAGES[name];
    if (source === "registry" && registry !== undefined) return { registry };
    if (built === undefined) throw new Error(`image "${name}" cannot be built: ${notBuilt}`);
    return { recipe: built };
}

/**
 * The reference under which an image is to be used.
 *
 * A built image is named after its content, so a change of anything it is made of shows as a change at preview.
 * @param root the project's folder.
 * @throws Error when the image cannot be had this way, saying why and what to do instead.
 */
export function imageReference(name: ImageName, source: ImageSource, root: string): string {
    const origin = imageOrigin(name, source);
    return "registry" in origin ? origin.registry : readRecipe(root, origin.recipe, source).tag;
}
