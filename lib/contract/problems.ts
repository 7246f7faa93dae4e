import type { Table } from "./table";

/**
 * What is wrong with a value as a row of a table: one line a problem, at its column; empty when it is a row.
 */
export function problemsOf({ schema }: Table, value: unknown): string[] {
    const parsed = schema.safeParse(value);
    if (parsed.success) return [];
    return parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".") || "row"}: ${message}`);
}
