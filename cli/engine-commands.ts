import { join, resolve } from "node:path";
import { deploy, type PolicyPackPaths } from "./deploy";
import { recordedImages } from "./image-decision";
import { say } from "./output";
import { runSteps, step } from "./progress";
import { describeChanges, openStack } from "./stack";
import { ROOT, stackEnvironment } from "./workspace";

/** Flags of `millrace preview`. */
export interface PreviewFlags {
    /** Show Pulumi's own output. */
    readonly verbose: boolean;
    /** Judge the stack by the project's policy pack. */
    readonly policy: boolean;
    /** JSON with the pack's settings and enforcement levels. */
    readonly policyConfig?: string;
}

/** Says what `up` would change, without changing anything. @returns the exit code. */
export function preview({ verbose, policy, policyConfig }: PreviewFlags): Promise<number> {
    if (!policy && policyConfig === undefined) return engineCommand("preview", verbose);
    const pack = join(ROOT, "policy", "pack");
    return engineCommand("preview", verbose, { pack, ...(policyConfig && { config: resolve(policyConfig) }) });
}

/** Brings the state up to date with what the servers hold. @returns the exit code. */
export function refresh(verbose: boolean): Promise<number> {
    return engineCommand("refresh", verbose);
}

async function engineCommand(
    operation: "preview" | "refresh",
    verbose: boolean,
    policies?: PolicyPackPaths,
): Promise<number> {
    const stack = await openStack(recordedImages(stackEnvironment().PULUMI_STACK));
    const changed: string[] = [];
    const advice: string[] = [];
    await runSteps(
        [
            step(operation, async (report) => {
                const result = await deploy(stack, operation, {
                    report,
                    ...(policies && { policies }),
                    ...(verbose && { onOutput: (text: string) => process.stdout.write(text) }),
                });
                if (result.errors.length > 0) throw new Error(result.errors.join("\n"));
                changed.push(...result.changed);
                advice.push(...result.advice);
                return `${describeChanges(result.changes)}${policies ? "; no policy is against it" : ""}`;
            }),
        ],
        {},
        verbose,
    );
    for (const line of changed) say(`    ${line}`);
    for (const text of advice) say(`\nadvice: ${text}`);
    return 0;
}
