import { Listr, type ListrTask } from "listr2";
import pc from "picocolors";
import type { Report } from "../build/toolchain/progress";
import { stopIfInterrupted } from "./interruption";
import { elapsed } from "./output";

/** How often progress is written where there is no terminal to rewrite it on, in milliseconds. */
const PLAIN_INTERVAL = 15_000;

/** What every context of steps carries besides its own. */
interface Failures {
    failures?: Error[];
}

/**
 * One step with its progress; on a terminal the line is rewritten in place, elsewhere it is written every 15 s, so
 * that a log shows life without drowning in it. After a failure no later step begins.
 * @param body returns what to say when the step is done.
 */
export function step<Context extends object>(
    title: string,
    body: (report: Report, context: Context) => Promise<string>,
): ListrTask<Context> {
    return {
        title,
        skip: (context) => ((context as Failures).failures ?? []).length > 0,
        task: async (context, task) => {
            const started = Date.now();
            let lastPlain = started;
            const report = (line: string): void => {
                const now = Date.now();
                if (!process.stdout.isTTY && now - lastPlain < PLAIN_INTERVAL) return;
                lastPlain = now;
                task.output = `${line.split("\n")[0]} ${pc.dim(elapsed(now - started))}`;
            };
            try {
                stopIfInterrupted();
                const said = await body(report, context);
                task.title = `${title.padEnd(10)} ${said} ${pc.dim(elapsed(Date.now() - started))}`;
            } catch (error) {
                const failures = context as Failures;
                failures.failures = [...(failures.failures ?? []), error as Error];
                // The whole of it is told once, at the end.
                throw new Error((error as Error).message.split("\n")[0]);
            }
        },
    };
}

/** Several steps at the same time. All are awaited, also when one fails: nothing goes on behind an error. */
export function together<Context extends object>(title: string, steps: ListrTask<Context>[]): ListrTask<Context> {
    return {
        title,
        task: (_context, task) => task.newListr(steps, { concurrent: true, exitOnError: false }),
    };
}

/**
 * Runs steps one after another.
 * @param verbose plain lines only, since something else writes between them.
 * @throws Error that says everything that failed.
 */
export async function runSteps<Context extends object>(
    steps: ListrTask<Context>[],
    context: Context,
    verbose = false,
): Promise<void> {
    const plain = verbose || !process.stdout.isTTY;
    await new Listr<Context>(steps, {
        ctx: context,
        registerSignalListeners: false,
        exitOnError: false,
        ...(plain
            ? { renderer: "simple" as const }
            : { renderer: "default" as const, rendererOptions: { collapseSubtasks: false } }),
    } as ConstructorParameters<typeof Listr<Context>>[1]).run();
    const { failures = [] } = context as Failures;
    if (failures.length === 1 && failures[0]) throw failures[0];
    if (failures.length > 1) throw new Error(failures.map(({ message }) => message).join("\n"));
}
