/** How much a line of the log matters. */
export type Level = "debug" | "info" | "warn" | "error";

/** Writes lines of JSON, as collectors of container logs expect them. */
export type Log = (level: Level, message: string, fields?: Readonly<Record<string, unknown>>) => void;

const ORDER: readonly Level[] = ["debug", "info", "warn", "error"];

/**
 * A log that writes to a stream.
 * @param least the least important level that is written.
 * @param always fields of every line.
 */
export function jsonLog(
    out: { write(text: string): unknown },
    least: Level,
    always: Readonly<Record<string, unknown>> = {},
): Log {
    return (level, message, fields = {}) => {
        if (ORDER.indexOf(level) < ORDER.indexOf(least)) return;
        out.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...always, ...fields })}\n`);
    };
}
