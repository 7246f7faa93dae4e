import { type SqlStore, StoreError } from "../../lib/ledger";
import { runStatement, type TrinoSession } from "../../resources/trino/api";

const WAY_OUT = "Way out: make status shows whether Trino runs; make up repairs what the stack declares.";

/** Trino as a store. */
export function trinoStore(session: TrinoSession): SqlStore {
    return {
        async query(sql) {
            try {
                const { columns, rows } = await runStatement(session, sql, { deadlineMs: 60_000 });
                return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
            } catch (error) {
                throw new StoreError(`${(error as Error).message}\n${WAY_OUT}`, { cause: error });
            }
        },
    };
}
