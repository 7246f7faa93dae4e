import { type Browser, chromium } from "playwright-core";
import { buildRecipes } from "../../../../build/image-builder/build-recipes";
import { engine, lastLogLines } from "../../../../cli/engine";
import { STACK_LABEL } from "../../../../hosts/docker-container";
import { readRecipe } from "../../../../lib/images";
import type { ImageSource } from "../../../../lib/settings";
import { ROOT } from "../../../support/make";

const PORT = "9222/tcp";
const START_MILLIS = 60_000;

/** Builds images that are not there. */
export async function buildMissing(recipes: readonly string[], source: ImageSource): Promise<void> {
    await buildRecipes({ root: ROOT, recipes, source, report: () => undefined, signal: new AbortController().signal });
}

/** A Chromium on a stack's network, so that it reaches servers under the names that containers use. */
export async function startBrowser(network: string): Promise<{ browser: Browser; stop(): Promise<void> }> {
    const docker = engine();
    const container = await docker.createContainer({
        name: `${network}-browser`,
        Image: readRecipe(ROOT, "browser", "built").tag,
        Labels: { [STACK_LABEL]: network },
        ExposedPorts: { [PORT]: {} },
        HostConfig: {
            NetworkMode: network,
            PortBindings: { [PORT]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
            Memory: 1_200 * 1_048_576,
            CapDrop: ["ALL"],
            SecurityOpt: ["no-new-privileges"],
            Init: true,
        },
    });
    const remove = () => container.remove({ force: true, v: true });
    try {
        await container.start();
        const { NetworkSettings } = await container.inspect();
        const port = NetworkSettings.Ports[PORT]?.[0]?.HostPort;
        const browser = await connect(`http://127.0.0.1:${port}`);
        return {
            browser,
            async stop() {
                await browser.close();
                await remove();
            },
        };
    } catch (error) {
        const lines = await lastLogLines(docker, container.id, 20).catch(() => []);
        await remove();
        throw new Error(`the browser did not start: ${(error as Error).message}\n${lines.join("\n")}`);
    }
}

async function connect(url: string): Promise<Browser> {
    const deadline = Date.now() + START_MILLIS;
    for (;;) {
        try {
            return await chromium.connectOverCDP(url, { timeout: 10_000 });
        } catch (error) {
            if (Date.now() > deadline) throw error;
            await new Promise((resolve) => setTimeout(resolve, 500));
        }
    }
}
