import { errors } from "./exceptions";
import { NotOneStatement, readStatement, type Statement } from "./sql-text";

/** A statement, and what of the body comes behind it. */
export interface ReadStatement {
    readonly statement: Statement;
    /** The rows of an INSERT: first those that came with its text. */
    readonly rows: AsyncIterator<Buffer>;
}

/**
 * Reads a request's statement: what the URL says, a line end, and the body, as far as it is the statement's.
 * @param maxQuerySize how long a statement may be, in bytes.
 * @throws ServerException when it is longer, empty, or more than one.
 */
export async function readStatementOf(
    query: string,
    body: AsyncIterator<Buffer>,
    maxQuerySize: number,
): Promise<ReadStatement> {
    let text = Buffer.from(query === "" ? "" : `${query}\n`);
    let complete = false;
    let looked = 0;
    for (;;) {
        // Looked at again only when it has doubled: a long text in small parts is not read again for each of them.
        if (complete || text.length >= 2 * looked || text.length > maxQuerySize) {
            looked = text.length;
            const statement = statementIn(text, complete);
            if (statement !== undefined && "dataStart" in statement) {
                return { statement, rows: after(text.subarray(statement.dataStart), body) };
            }
            if (text.length > maxQuerySize) throw errors.queryTooLarge(maxQuerySize);
            if (statement !== undefined) return { statement, rows: body };
        }
        const next = await body.next();
        if (next.done === true) complete = true;
        else text = text.length === 0 ? Buffer.from(next.value) : Buffer.concat([text, next.value]);
    }
}

function statementIn(text: Buffer, complete: boolean): Statement | undefined {
    try {
        const statement = readStatement(text, complete);
        if (statement?.kind === "other" && statement.verb === "") throw errors.syntax("Empty query");
        return statement;
    } catch (error) {
        if (error instanceof NotOneStatement) throw errors.syntax(error.message);
        throw error;
    }
}

async function* after(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
