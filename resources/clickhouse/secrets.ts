import type { Problem } from "../errors";
import { UNKNOWN } from "../lifecycle";
import { literal } from "./sql-text";

/** What stands where the server shows no secret, and where a declaration names one. */
export const HIDDEN = "[HIDDEN]";

const NAMED = /\$\{(\w+)\}/g;

/** A text that is nothing but the name of a secret, as the server shows it. */
export function hidden(text: string): string {
    return /^\$\{\w+\}$/.test(text) ? HIDDEN : text;
}

/** SQL with the secrets that it names within the quotes of texts: `'${password}'`. */
export function filledSql(sql: string, secrets: Readonly<Record<string, string>> = {}): string {
    return filled(sql, secrets, (value) => literal(value).slice(1, -1));
}

/** A plain text with the secrets that it names. */
export function filledText(text: string, secrets: Readonly<Record<string, string>> = {}): string {
    return filled(text, secrets, (value) => value);
}

/**
 * What names a secret that is not given.
 * @param texts property → text that may name some.
 */
export function secretProblems(texts: Readonly<Record<string, unknown>>, secrets: unknown): Problem[] {
    if (secrets === UNKNOWN) return [];
    const known = Object.keys((secrets ?? {}) as object);
    return Object.entries(texts).flatMap(([property, text]) =>
        [...(typeof text === "string" ? text.matchAll(NAMED) : [])]
            .map(([, name]) => name ?? "")
            .filter((name) => !known.includes(name))
            .map((name) => ({
                property,
                what: `it names \${${name}}, which is not among secrets`,
                wayOut: `secrets: { ${name}: … }.`,
            })),
    );
}

function filled(text: string, secrets: Readonly<Record<string, string>>, form: (value: string) => string): string {
    return text.replace(NAMED, (whole, name: string) => (name in secrets ? form(String(secrets[name])) : whole));
}
