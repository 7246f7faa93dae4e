import { deploy } from "./deploy";
import { recordedImages } from "./image-decision";
import { say } from "./output";
import { runSteps, step } from "./progress";
import { describeChanges, openStack } from "./stack";
import { stackEnvironment } from "./workspace";

/** Says what `up` would change, without changing anything. @returns the exit code. */
export function preview(verbose: boolean): Promise<number> {
    return engineCommand("preview", verbose);
}

/** Brings the state up to date with what the servers hold. @returns the exit code. */
export function refresh(verbose: boolean): Promise<number> {
    return engineCommand("refresh", verbose);
}

async function engineCommand(operation: "preview" | "refresh", verbose: boolean): Promise<number> {
    const stack = await openStack(recordedImages(stackEnvironment().PULUMI_STACK));
    const changed: string[] = [];
    await runSteps(
        [
            step(operation, async (report) => {
                const result = await deploy(stack, operation, {
                    report,
                    ...(verbose && { onOutput: (text: string) => process.stdout.write(text) }),
                });
                if (result.errors.length > 0) throw new Error(result.errors.join("\n"));
                changed.push(...result.changed);
                return describeChanges(result.changes);
            }),
        ],
        {},
        verbose,
    );
    for (const line of changed) say(`    ${line}`);
    return 0;
}
