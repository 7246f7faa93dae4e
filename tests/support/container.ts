import { engine, lastLogLines } from "../../cli/engine";

/** Kills a container's process as a crash would. Returns when the engine has seen it die. */
export async function crashContainer(name: string): Promise<void> {
    const { State } = await engine().getContainer(name).inspect();
    process.kill(State.Pid, "SIGKILL");
    // Until then it would still be called running and healthy.
    await until(`${name} died`, 30, async () => {
        const now = (await engine().getContainer(name).inspect()).State;
        return now.Pid !== State.Pid;
    });
}

/** Waits until a container is healthy. @throws Error with its last log lines when it is not within the time. */
export async function healthyContainer(name: string, seconds: number): Promise<void> {
    const container = engine().getContainer(name);
    try {
        await until(`${name} is healthy`, seconds, async () => {
            const found = await container.inspect().catch(() => undefined);
            return found?.State.Running === true && found.State.Health?.Status === "healthy";
        });
    } catch (error) {
        const lines = await lastLogLines(engine(), container.id, 20).catch(() => []);
        throw new Error(`${(error as Error).message}\n${lines.join("\n")}`);
    }
}

/** Asks again every half second. @throws Error when the answer is not yes within the time. */
export async function until(what: string, seconds: number, ask: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + seconds * 1_000;
    while (!(await ask())) {
        if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 500));
    }
}
