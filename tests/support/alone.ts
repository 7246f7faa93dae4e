import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, type OutputMap, type Stack } from "@pulumi/pulumi/automation";
import { toolchainEnvironment } from "../../build/toolchain/environment";
import { containersOf, engine, networksOf, runOnce, stackPrefix, volumesOf } from "../../cli/engine";
import { recordedImages } from "../../cli/image-decision";
import { countChanges } from "../../cli/stack";
import { DockerHost } from "../../hosts/docker";
import { type ImageName, imageReference } from "../../lib/images";
import { crashContainer, healthyContainer } from "./container";
import { ROOT, TEST_STACK } from "./make";

/** Below the range from which the kernel takes ports for outgoing connections, and beside the test stack's. */
const FIRST_OFFSET = 21_037;

/** What a test says of the servers it needs: components on the host, and the outputs it wants to read. */
export type AloneProgram = (host: DockerHost) => Record<string, pulumi.Input<unknown>>;

/** Servers under a real `pulumi up` in a stack of their own. */
export interface Alone {
    /** The program's outputs after the last up, secrets in clear. */
    // biome-ignore lint/suspicious/noExplicitAny: what the program returned, by its names.
    readonly outputs: Record<string, any>;
    /** Another up, of the same program or a changed one. @returns how many resources it changed. */
    up(program?: AloneProgram): Promise<{ changes: number }>;
    /** Kills a service's process and waits until the restart policy has brought it back, healthy. */
    crash(service: string, seconds?: number): Promise<void>;
    /** Runs a command in a throw-away container of one of our images, on the stack's network. @returns what it wrote. */
    run(image: ImageName, command: readonly string[], env?: readonly string[]): Promise<string>;
    /** What was written to the state, as text: where no secret may stand in clear. */
    state(): Promise<string>;
    /** `pulumi destroy`. @throws Error when a container, volume or network is left. */
    stop(): Promise<void>;
}

/**
 * Starts servers without the rest of the platform.
 * @param name of the stack; two suites with different names can run at the same time.
 */
export async function startAlone(name: string, program: AloneProgram): Promise<Alone> {
    const stackName = `alone-${name}`;
    // Suites of one name's checksum can run side by side, each in a worker of jest's.
    const portOffset = FIRST_OFFSET + 100 * (checksum(name) % 25) + 37 * (Number(process.env.JEST_WORKER_ID ?? 1) - 1);
    // Below the project's folder, so that the provider's process finds the packages.
    const folder = join(ROOT, ".tools", "alone", name);
    await sweep(stackName);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, "state"), { recursive: true });

    const images = recordedImages(TEST_STACK);
    const environment = {
        ...toolchainEnvironment(ROOT),
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "of a stack that lives for one test",
    };
    Object.assign(process.env, environment);
    const inline = (current: AloneProgram) => async () =>
        current(new DockerHost("docker", { images, root: ROOT, portOffset, deletionProtection: false }));
    const stack = await LocalWorkspace.createOrSelectStack(
        { stackName, projectName: "millrace", program: inline(program) },
        { workDir: folder, envVars: environment },
    );

    const outputs: Record<string, unknown> = {};
    const up = async (current?: AloneProgram): Promise<{ changes: number }> => {
        if (current !== undefined) stack.workspace.program = inline(current);
        const result = await quietly(() => stack.up());
        Object.assign(outputs, plain(result.outputs));
        const { same: _same, ...changed } = countChanges(result.summary.resourceChanges);
        return { changes: Object.values(changed).reduce((sum, count) => sum + count, 0) };
    };
    const alone: Alone = {
        outputs,
        up,
        async crash(service, seconds = 120) {
            const container = `${stackPrefix(stackName)}-${service}`;
            await crashContainer(container);
            await healthyContainer(container, seconds);
        },
        run: (image, command, env = []) =>
            runOnce(engine(), {
                image: imageReference(image, images, ROOT),
                network: stackPrefix(stackName),
                labels: stackPrefix(stackName),
                command,
                env,
            }),
        state: async () => JSON.stringify(await stack.exportStack()),
        stop: () => destroy(stack, stackName),
    };
    try {
        await up();
    } catch (error) {
        await sweep(stackName);
        throw error;
    }
    return alone;
}

async function destroy(stack: Stack, stackName: string): Promise<void> {
    await quietly(() => stack.destroy());
    const left = await everythingOf(stackName);
    await sweep(stackName);
    if (left.length > 0) throw new Error(`destroy left ${left.join(", ")}`);
}

/** An update that fails says so in the engine's words, not in the Automation API's. */
async function quietly<T>(update: () => Promise<T>): Promise<T> {
    try {
        return await update();
    } catch (error) {
        const text = String((error as Error).message);
        throw new Error(text.slice(0, 8_000));
    }
}

/** Removes what a killed run of the same suite left. */
async function sweep(stackName: string): Promise<void> {
    const docker = engine();
    for (const { id } of await containersOf(docker, stackName)) {
        await docker.getContainer(id).remove({ force: true });
    }
    for (const volume of await volumesOf(docker, stackName)) await docker.getVolume(volume).remove();
    for (const { id } of await networksOf(docker, stackName)) await docker.getNetwork(id).remove();
}

async function everythingOf(stackName: string): Promise<string[]> {
    const docker = engine();
    return [
        ...(await containersOf(docker, stackName)).map((container) => `container ${container.name}`),
        ...(await volumesOf(docker, stackName)).map((volume) => `volume ${volume}`),
        ...(await networksOf(docker, stackName)).map((network) => `network ${network.name}`),
    ];
}

function plain(outputs: OutputMap): Record<string, unknown> {
    return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
}

function checksum(text: string): number {
    return [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 65_521, 7);
}
