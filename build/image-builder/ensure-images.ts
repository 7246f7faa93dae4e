import { type ImageName, imageOrigin } from "../../lib/images";
import type { ImageSource } from "../../lib/settings";
import { durationText } from "../toolchain/progress";
import { buildRecipes, type ImageResult } from "./build-recipes";
import { engineImages, pullImage } from "./engine-images";
import { refusalReason } from "./registry";

export type { ImageResult } from "./build-recipes";

/** Arguments of {@link ensureImages}. */
export interface EnsureImagesArgs {
    /** The project's folder. */
    readonly root: string;
    /** Images that have to be there. */
    readonly names: readonly ImageName[];
    readonly source: ImageSource;
    /** Hears what is under way: a line for people, and which image it is about. @default silence */
    readonly report?: (line: string, image: string) => void;
    /** Ends what is under way; the next run goes on from there. */
    readonly signal?: AbortSignal;
    /** Steps at the same time. @default one a core, as far as memory for them is there */
    readonly parallelism?: number;
    /** Build also what is there, from the packages of today. @default false */
    readonly fresh?: boolean;
}

/** What there is now. */
export interface EnsuredImages {
    /** One line for people: "2 built, 1 present". */
    readonly description: string;
    readonly images: readonly ImageResult[];
}

/**
 * Makes sure that images are on the engine: pulls those of a registry, builds ours, and does nothing for what is there.
 *
 * A Ctrl-C or SIGTERM ends what is under way before the error is thrown; no half image is left, and the next run goes
 * on from there.
 * @throws Error that says which image, why, the last lines of its log, and the way out.
 */
export async function ensureImages({ root, names, source, ...rest }: EnsureImagesArgs): Promise<EnsuredImages> {
    const { report = () => undefined, parallelism, fresh } = rest;
    const told = (line: string, image: string): void => report(image === "" ? line : `${image}: ${line}`, image);
    const origins = names.map((name) => imageOrigin(name, source));
    const recipes = origins.flatMap((origin) => ("recipe" in origin ? [origin.recipe] : []));
    const references = origins.flatMap((origin) => ("registry" in origin ? [origin.registry] : []));
    return untilInterrupted(rest.signal, async (signal) => {
        const pulled = await pullMissing([...new Set(references)], told, signal);
        const built = await buildRecipes({
            ...{ root, recipes, source, report: told, signal },
            ...(parallelism !== undefined && { parallelism }),
            ...(fresh !== undefined && { fresh }),
        });
        const images = [...pulled, ...built];
        return { description: describeImages(images), images };
    });
}

/** "2 built, 1 present" */
export function describeImages(images: readonly ImageResult[]): string {
    const count = (action: ImageResult["action"]): number => images.filter((image) => image.action === action).length;
    const parts = (["built", "pulled", "present"] as const).filter((action) => count(action) > 0);
    return parts.length === 0 ? "none needed" : parts.map((action) => `${count(action)} ${action}`).join(", ");
}

async function pullMissing(
    references: readonly string[],
    report: (line: string, image: string) => void,
    signal: AbortSignal,
): Promise<ImageResult[]> {
    const before = references.length === 0 ? new Map<string, number>() : await engineImages();
    const seconds = new Map<string, number>();
    for (const reference of references.filter((name) => !before.has(name))) {
        const started = Date.now();
        try {
            await pullImage(reference, (line) => report(line, reference), signal);
        } catch (error) {
            signal.throwIfAborted();
            const said = (error as Error).message.slice(0, 300);
            throw new Error(
                `image ${reference} cannot be pulled after ${durationText(Date.now() - started)}: ${refusalReason(error, reference)}\n` +
                    `  ${said}\nWay out: look at the network and docker login; millrace:images built needs no image registry.`,
            );
        }
        seconds.set(reference, (Date.now() - started) / 1_000);
    }
    const after = seconds.size === 0 ? before : await engineImages();
    return references.map((reference) => ({
        name: reference,
        tag: reference,
        action: seconds.has(reference) ? "pulled" : "present",
        seconds: seconds.get(reference) ?? 0,
        bytes: after.get(reference) ?? 0,
    }));
}

/** Runs with a signal that a Ctrl-C, a SIGTERM or the caller's own signal aborts. */
async function untilInterrupted<T>(
    outer: AbortSignal | undefined,
    body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
    const controller = new AbortController();
    const interrupted = (): void =>
        controller.abort(new Error("interrupted while images were built: what is done is kept, the next run goes on"));
    const follow = (): void => controller.abort(outer?.reason);
    if (outer?.aborted) follow();
    outer?.addEventListener("abort", follow, { once: true });
    process.on("SIGINT", interrupted).on("SIGTERM", interrupted);
    try {
        return await body(controller.signal);
    } catch (error) {
        // A wait that was cut short throws an error of its own; the reason is what matters.
        if (controller.signal.aborted) throw controller.signal.reason;
        throw error;
    } finally {
        outer?.removeEventListener("abort", follow);
        process.removeListener("SIGINT", interrupted).removeListener("SIGTERM", interrupted);
    }
}
