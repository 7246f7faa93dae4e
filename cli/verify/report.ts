import { createColors } from "picocolors";
import { type CheckResult, write } from "./compare";
import type { Report } from "./verify";

const HEADINGS = { check: "check", expected: "expected", actual: "actual", verdict: "verdict" } as const;

/** The report as a person reads it: numbers aligned, differences loud. */
export function reportText(
    { checks, runs, expired, events, differences, notes, millis }: Report,
    color: boolean,
): string {
    if (checks.length === 0) return "nothing to compare: the stack has no pipeline\n";
    const colors = createColors(color);
    const rows = checks.map((each) => ({ ...cells(each), result: each }));
    const width = (column: keyof typeof HEADINGS) =>
        Math.max(HEADINGS[column].length, ...rows.map((row) => row[column].length));
    const [name, expected, actual] = [width("check"), width("expected"), width("actual")];
    const line = (row: Record<keyof typeof HEADINGS, string>, last: string) =>
        `${row.check.padEnd(name)}  ${row.expected.padStart(expected)}  ${row.actual.padStart(actual)}   ${last}`;
    const body = rows.map((row) => {
        const { verdict, hint } = row.result;
        if (verdict === "equal") return line(row, colors.green(row.verdict));
        return line(row, colors.red(colors.bold(row.verdict)) + (hint === undefined ? "" : `  ${hint}`));
    });
    const seconds = (millis / 1_000).toFixed(1);
    const tail =
        `${checks.length} checks, ${differences === 0 ? "0 differences" : colors.red(`${differences} ${differences === 1 ? "difference" : "differences"}`)}; ` +
        (runs === 0 ? "" : `${write(events, "count")} events of ${runs} ${runs === 1 ? "run" : "runs"}, `) +
        `${seconds} s` +
        (expired === 0 ? "" : `; ${expired} older than what the stores keep`);
    const said = notes.map((note) => colors.dim(`not compared: ${note}`));
    return [colors.dim(line(HEADINGS, HEADINGS.verdict)), ...body, "", ...said, tail, ""].join("\n");
}

function cells({ check, unit, expected, actual, verdict }: CheckResult) {
    return {
        check,
        expected: write(expected, unit),
        actual: write(actual, unit),
        verdict: verdict === "equal" ? "equal" : "DIFFERENT",
    };
}
