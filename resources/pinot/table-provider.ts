import { UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import { countRows, getTable } from "./api";
import { nameWithType, rawTableName, type TableDocument } from "./documents";
import { duringPreview, workingSession } from "./session";
import { tableChecks, tableChecksOnServer } from "./table-checks";
import { classifyTableChange, type TableChange } from "./table-diff";
import {
    readTable,
    reconcileTable,
    removeTable,
    TABLE_KIND,
    type TableInputs,
    type TableState,
} from "./table-reconcile";

/** The code that manages a {@link PinotTable}. */
export const pinotTableProvider = managedProvider<TableInputs, TableState>({
    kind: TABLE_KIND,
    identity: "table",
    outputsOnly: ["tableName", "tableNameWithType", "observed", "reloadPending"],
    nameOf,
    idOf: ({ table }) => nameWithType(table),
    settingsOf({ server, reload = "whenNeeded", consumption = "running", ...inputs }) {
        const { retentionOnDelete = "", waitForDeletion = true } = inputs;
        return { server, reload, consumption, retentionOnDelete, waitForDeletion };
    },
    compare(olds, news) {
        const changed = changesOf(olds, news);
        return {
            changed: changed.length > 0 || olds.reloadPending === true,
            replaced: changed.some((change) => change.class === "replace"),
        };
    },
    problemsOf: tableChecks,
    problemsOnServer: (olds, news) =>
        duringPreview(news.server, () => tableChecksOnServer(olds?.table !== undefined, news)),
    reconcile: reconcileTable,
    read: readTable,
    remove: (_name, state) => removeTable(workingSession(state.server, state.table), state),
    async lossOf({ server, table }) {
        const session = workingSession(server, table);
        if ((await getTable(session, rawTableName(table.tableName), table.tableType)) === undefined) return undefined;
        const rows = await countRows(session, nameWithType(table)).catch(() => undefined);
        return rows === undefined
            ? "Its rows would be lost; the server does not say how many there are."
            : `${rows} rows of ${nameWithType(table)} would be lost.`;
    },
});

function changesOf(olds: TableState, news: TableInputs): TableChange[] {
    return (news.table as unknown) === UNKNOWN
        ? [{ path: "table", expected: UNKNOWN, actual: undefined, class: "in place", what: "table is not known yet" }]
        : classifyTableChange(olds.table, news.table, olds.observed ?? {});
}

function nameOf(inputs: Partial<TableInputs>): string {
    return rawTableName(String((inputs.table as Partial<TableDocument> | undefined)?.tableName ?? UNKNOWN));
}
