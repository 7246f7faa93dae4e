import { type DocumentRules, type Flat, flatten } from "../document";
import type { ViewDocument } from "./documents";
import { canonicalSql, name, type Token, textOf, tokensOf } from "./sql-text";

/** What of a view's form carries no meaning. */
export const VIEW_RULES: DocumentRules = { sets: [], keyed: {}, defaults: {} };

/** A view as `path → text`, the same for all spellings of it. */
export function viewForm(
    view: Partial<ViewDocument> & { readonly database?: string; readonly materialized?: boolean },
): Flat {
    const { query = "", to, refresh, comment, database = "default", materialized } = view;
    const isMaterialized = to !== undefined || materialized === true;
    return flatten(
        {
            kind: isMaterialized ? "materialised view" : "plain view",
            query: queryText(query),
            to: to === undefined ? undefined : toText(to, database),
            refresh: refresh === undefined ? undefined : textOf(tokensOf(refresh).map(inCapitals)),
            comment: comment || undefined,
        },
        VIEW_RULES,
    );
}

/** A query without the semicolon at its end. */
export function queryText(query: string): string {
    return canonicalSql(query.replace(/[\s;]+$/, ""));
}

/** Name of the table that a view writes to, with its database, as SQL has it. */
export function toText(to: string, database: string): string {
    const parts = tokensOf(to).filter(({ kind }) => kind !== "sign");
    const [first, second] = parts.length > 1 ? parts : [{ text: database }, parts[0]];
    return `${name(first?.text ?? "")}.${name(second?.text ?? "")}`;
}

function inCapitals(token: Token): Token {
    return token.kind === "word"
        ? { ...token, text: token.text.toUpperCase().replace(/^(HOUR|DAY|MINUTE|SECOND|WEEK|MONTH|YEAR)S$/, "$1") }
        : token;
}
