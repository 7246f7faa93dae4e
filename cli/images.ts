import { ensureImages } from "../build/image-builder/ensure-images";
import { ensureDockerEngine } from "../build/toolchain/docker-engine";
import { ensureToolchain } from "../build/toolchain/ensure-toolchain";
import { IMAGES, type ImageName } from "../lib/images";
import { decideImages } from "./image-decision";
import { runSteps, step } from "./progress";
import { ROOT, stackEnvironment } from "./workspace";

/**
 * Builds or pulls images.
 * @param names as in lib/images; none for all that can be had the way that is used here.
 * @returns the exit code: 2 for a name that does not exist.
 */
export async function images(names: readonly string[], verbose: boolean): Promise<number> {
    const unknown = names.filter((name) => !(name in IMAGES));
    if (unknown.length > 0) {
        throw new Error(`no image is called ${unknown.join(", ")}; there are ${Object.keys(IMAGES).join(", ")}`);
    }
    const { source, reason } = await decideImages(stackEnvironment().PULUMI_STACK);
    const wanted = (names.length > 0 ? names : Object.keys(IMAGES)) as ImageName[];
    const possible = wanted.filter((name) => source === "registry" || IMAGES[name].built !== undefined);
    await runSteps(
        [
            step("engine", async (report) => (await ensureDockerEngine({ report })).description),
            step("images", async (report) => {
                const { description } = await ensureImages({ root: ROOT, names: possible, source, report });
                return `${source} (${reason}): ${description}`;
            }),
        ],
        {},
        verbose,
    );
    return 0;
}

/** Fetches or builds the tools that this machine lacks. @returns the exit code. */
export async function tools(verbose: boolean): Promise<number> {
    await runSteps(
        [step("tools", async (report) => (await ensureToolchain({ root: ROOT, report })).description)],
        {},
        verbose,
    );
    return 0;
}
