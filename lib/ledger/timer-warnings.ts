let silenced = false;

/**
 * Drops Node's warning of negative timer delays, once and for all: kafkajs 2.2.4 computes them for each of its request
 * queues (they mean "at once"), and Node 24 would print that on stderr of every command. All other warnings stay.
 */
export function silenceNegativeTimerWarnings(): void {
    if (silenced) return;
    silenced = true;
    const emit = process.emitWarning.bind(process) as (warning: string | Error, ...rest: unknown[]) => void;
    process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
        if (rest[0] !== "TimeoutNegativeWarning") emit(warning, ...rest);
    };
}
