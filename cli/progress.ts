import { Listr, type ListrTask } from "listr2";
import pc from "picocolors";
import { elapsed } from "./output";

/** Says in one line what is under way. */
export type Report = (line: string) => void;

/** How often progress is written where there is no terminal to rewrite it on, in milliseconds. */
const PLAIN_INTERVAL = 15_000;

/**
 * One step with its progress; on a terminal the line is rewritten in place, elsewhere it is written every 15 s, so
 * that a log shows life without drowning in it.
 * @param body returns what to say when the step is done.
 */
export function step<Context>(
    title: string,
    body: (report: Report, context: Context) => Promise<string>,
): ListrTask<Context> {
    return {
        title,
        task: async (context, task) => {
            const started = Date.now();
            let lastPlain = started;
            const said = await body((line) => {
                const now = Date.now();
                if (!process.stdout.isTTY && now - lastPlain < PLAIN_INTERVAL) return;
                lastPlain = now;
                task.output = `${line.split("\n")[0]} ${pc.dim(elapsed(now - started))}`;
            }, context);
            task.title = `${title.padEnd(10)} ${said} ${pc.dim(elapsed(Date.now() - started))}`;
        },
    };
}

/** Several steps at the same time. All are awaited, also when one fails: nothing goes on behind an error. */
export function together<Context>(title: string, steps: ListrTask<Context>[]): ListrTask<Context> {
    return {
        title,
        task: (_context, task) => task.newListr(steps, { concurrent: true, exitOnError: true }),
    };
}

/**
 * Runs steps one after another.
 * @param verbose plain lines only, since something else writes between them.
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
        ...(plain
            ? { renderer: "simple" as const }
            : { renderer: "default" as const, rendererOptions: { collapseSubtasks: false, showErrorMessage: false } }),
    } as ConstructorParameters<typeof Listr<Context>>[1]).run();
}
