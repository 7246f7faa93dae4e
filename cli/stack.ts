import { join } from "node:path";
import { type EngineEvent, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { toolchainEnvironment } from "../build/toolchain/environment";
import { IMAGES_VARIABLE, type ImageSource } from "../lib/settings";
import { stackExists } from "./recover";
import { dropForeignSalt } from "./stack-file";
import { ownsBackend, prepareState, ROOT, stackEnvironment } from "./workspace";

/** Everything a child `pulumi` needs in its environment. */
export function pulumiEnvironment(images: ImageSource): Record<string, string> {
    return { ...toolchainEnvironment(ROOT), ...stackEnvironment(), [IMAGES_VARIABLE]: images };
}

/**
 * Opens the stack, creating it on first use.
 * @param images what `millrace:images = auto` means on this machine.
 */
export async function openStack(images: ImageSource): Promise<Stack> {
    prepareState();
    const environment = pulumiEnvironment(images);
    // The Automation API looks for the CLI on this process's own PATH.
    Object.assign(process.env, environment);
    const name = environment.PULUMI_STACK ?? "dev";
    if (ownsBackend() && !stackExists(name)) dropForeignSalt(join(ROOT, `Pulumi.${name}.yaml`));
    return LocalWorkspace.createOrSelectStack(
        { stackName: name, workDir: ROOT },
        { envVars: environment, secretsProvider: "passphrase" },
    );
}

/** What each resource of a stack waits for, by URN: its dependencies and its provider. */
export async function stackDependencies(stack: Stack): Promise<Map<string, string[]>> {
    const { deployment } = await stack.exportStack();
    const resources = (deployment as { resources?: RecordedResource[] }).resources ?? [];
    return new Map(
        resources.map(({ urn, dependencies = [], provider }) => [
            urn,
            // A provider is recorded as its URN and id.
            provider === undefined ? dependencies : [...dependencies, provider.slice(0, provider.lastIndexOf("::"))],
        ]),
    );
}

interface RecordedResource {
    urn: string;
    dependencies?: string[];
    provider?: string;
}

/** What an update did, counted from the engine's own summary. */
export interface ChangeCount {
    readonly created: number;
    readonly updated: number;
    readonly replaced: number;
    readonly deleted: number;
    readonly same: number;
}

/** Counts the changes of an update or preview. */
export function countChanges(changes: Readonly<Record<string, number | undefined>> | undefined): ChangeCount {
    const of = (kind: string): number => changes?.[kind] ?? 0;
    return {
        created: of("create"),
        updated: of("update"),
        replaced: of("replace") || of("create-replacement"),
        deleted: of("delete"),
        same: of("same"),
    };
}

/** One line about a change count: "12 created, 3 unchanged" or "0 changes". */
export function describeChanges(count: ChangeCount): string {
    const { same, ...changed } = count;
    const parts = Object.entries(changed).filter(([, number]) => number > 0);
    if (parts.length === 0) return `0 changes, ${same} unchanged`;
    return [...parts.map(([kind, number]) => `${number} ${kind}`), ...(same > 0 ? [`${same} unchanged`] : [])].join(
        ", ",
    );
}

/** What a step of the engine is about, in words for a progress line; undefined for events that are no news. */
export function describeEvent(
    event: EngineEvent,
): { urn: string; name: string; type: string; phase: "start" | "done" | "failed"; operation: string } | undefined {
    const step = event.resourcePreEvent ?? event.resOutputsEvent ?? event.resOpFailedEvent;
    if (step === undefined) return undefined;
    const { urn, type, op } = step.metadata;
    if (op === "same" || op === "read" || !isReal(type)) return undefined;
    return {
        urn,
        type,
        name: urn.slice(urn.lastIndexOf("::") + 2),
        operation: op,
        phase: event.resourcePreEvent ? "start" : event.resOutputsEvent ? "done" : "failed",
    };
}

/** Components and the stack itself only group what is really made. */
function isReal(type: string): boolean {
    return !type.startsWith("millrace:index:") && type !== "pulumi:pulumi:Stack";
}
