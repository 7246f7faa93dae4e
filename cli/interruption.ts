const controller = new AbortController();
let asked = false;

/** Aborted when this process was told to end, but not its children: they have to be told by us. */
export const interruption: AbortSignal = controller.signal;

/**
 * Lets what is under way end in order when a person presses Ctrl-C, so that Pulumi can record what it did.
 *
 * A terminal sends Ctrl-C to our children as well; Pulumi takes a second one as "at once", so none is sent on.
 * A supervisor's SIGTERM comes to us alone and is passed on through {@link interruption}.
 */
export function endInOrder(): void {
    const ask = (signal: NodeJS.Signals): void => {
        if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
        asked = true;
        process.stderr.write("\ninterrupted: what is under way ends in order; once more ends it at once\n");
        if (signal === "SIGTERM") controller.abort();
    };
    process.on("SIGINT", ask);
    process.on("SIGTERM", ask);
}

/** @throws Error when a person has asked to end: nothing new is begun then. */
export function stopIfInterrupted(): void {
    if (asked) throw new Error("interrupted\nmake up again goes on from here");
}
