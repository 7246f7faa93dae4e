import type { OutputMap } from "@pulumi/pulumi/automation";
import { recordedImages } from "./image-decision";
import { openStack } from "./stack";
import { stackSettings } from "./stack-settings";
import { verifyCommand } from "./verify";
import { stackEnvironment } from "./workspace";

/** Addresses of a stack's servers on this machine, by fixed keys. */
export type Endpoints = Readonly<Record<string, string>>;

/**
 * Reads the stack's `endpoints` output: all that verify, tests and people know about a stack.
 * @throws Error when the stack is not up.
 */
export async function stackEndpoints(): Promise<Endpoints> {
    const name = stackEnvironment().PULUMI_STACK;
    const stack = await openStack(recordedImages(name));
    const outputs: OutputMap = await stack.outputs();
    const endpoints = outputs.endpoints?.value as Endpoints | undefined;
    if (endpoints === undefined) {
        throw new Error(`stack ${name} is not up: it has no endpoints\n  Way out: make up`);
    }
    return endpoints;
}

/** Compares every store with the generators' ledgers. @returns the exit code. */
export async function verifyStack(flags: { json?: boolean } = {}): Promise<number> {
    return verifyCommand(await stackEndpoints(), { json: flags.json ?? false, rawOnly: isRawOnly() });
}

/** Whether the stack runs without what Flink makes of the raw events. */
export function isRawOnly(): boolean {
    const name = stackEnvironment().PULUMI_STACK;
    return stackSettings(name, recordedImages(name)).productAnalytics.rawOnly;
}
