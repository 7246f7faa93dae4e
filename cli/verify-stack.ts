import type { OutputMap } from "@pulumi/pulumi/automation";
import type { Settings } from "../lib/settings";
import { recordedImages } from "./image-decision";
import { openStack } from "./stack";
import { stackSettings } from "./stack-settings";
import { verifyCommand } from "./verify";
import { type Scope, scopeOf } from "./verify/scope";
import { stackEnvironment } from "./workspace";

/** Addresses of a stack's servers on this machine, by fixed keys. */
export type Endpoints = Readonly<Record<string, string>>;

/**
 * Reads the stack's `endpoints` output: all that verify, tests and people know about a stack.
 * @throws Error when the stack is not up.
 */
export async function stackEndpoints(): Promise<Endpoints> {
    return endpointsOf(await stackOutputs());
}

async function stackOutputs(): Promise<OutputMap> {
    const stack = await openStack(recordedImages(stackEnvironment().PULUMI_STACK));
    return stack.outputs();
}

function endpointsOf(outputs: OutputMap): Endpoints {
    const name = stackEnvironment().PULUMI_STACK;
    const endpoints = outputs.endpoints?.value as Endpoints | undefined;
    if (endpoints === undefined) {
        throw new Error(`stack ${name} is not up: it has no endpoints\n  Way out: make up`);
    }
    return endpoints;
}

/** Compares every store with the generators' ledgers. @returns the exit code. */
export async function verifyStack(flags: { json?: boolean } = {}): Promise<number> {
    const outputs = await stackOutputs();
    return verifyCommand(endpointsOf(outputs), { json: flags.json ?? false, ...scopeIn(outputs) });
}

/** What the stack's pipelines are, and how they are asked. */
export async function stackScope(): Promise<Scope> {
    return scopeIn(await stackOutputs());
}

function scopeIn(outputs: OutputMap): Scope {
    return scopeOf(settingsOfStack(), outputs.credentials?.value as Parameters<typeof scopeOf>[1]);
}

/** Whether the stack runs without what Flink makes of the raw events. */
export function isRawOnly(): boolean {
    return settingsOfStack().productAnalytics.rawOnly;
}

function settingsOfStack(): Settings {
    const name = stackEnvironment().PULUMI_STACK;
    return stackSettings(name, recordedImages(name));
}
