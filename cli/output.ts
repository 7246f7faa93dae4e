import pc from "picocolors";

export { durationText as elapsed } from "../build/toolchain/progress";

/** Writes one line for a person. */
export function say(line = ""): void {
    process.stdout.write(`${line}\n`);
}

/**
 * Writes an error for a person: what, which object, why and the way out; a stack trace only with `--verbose`.
 */
export function sayError(error: unknown, verbose = false): void {
    const message = error instanceof Error ? error.message : String(error);
    const [first, ...rest] = message.split("\n");
    process.stderr.write(`${pc.red("error")}: ${first}\n${rest.map((line) => `  ${line}\n`).join("")}`);
    if (verbose && error instanceof Error && error.stack) process.stderr.write(`${pc.dim(error.stack)}\n`);
}

/** Lines of cells, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[], gap = 2): string[] {
    const widths = rows.reduce<number[]>(
        (found, row) => row.map((cell, index) => Math.max(found[index] ?? 0, cell.length)),
        [],
    );
    return rows.map((row) =>
        row
            .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + gap)))
            .join("")
            .trimEnd(),
    );
}
