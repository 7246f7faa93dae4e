import type * as pulumi from "@pulumi/pulumi";
import { adoptionTrouble } from "../adoption";
import { checkFailures, type Problem, trouble } from "../errors";
import { hasUnknown, isProtected, providerChanged, sameJson, UNKNOWN } from "../lifecycle";
import { failure, type Outcome } from "../outcome";
import { ask, countRows, getTable, type Session, unrecognizedIn } from "./api";
import { lacksOf, type PinotCapabilities, readCapabilities } from "./capabilities";
import { nameWithType, rawTableName, type TableDocument } from "./documents";
import { schemaToWire } from "./schema-rules";
import { duringPreview, previewSession, serverProblems, workingSession } from "./session";
import { classifyTableChange, refusedChanges, type TableChange } from "./table-diff";
import {
    foreignDifferences,
    readTable,
    reconcileTable,
    removeTable,
    TABLE_KIND,
    type TableInputs,
    type TableState,
    understand,
} from "./table-reconcile";
import { tableProblems } from "./table-rules";
import { unrecognizedProblems } from "./unrecognized";
import { fromWire, toWire } from "./wire";

/** The code that manages a {@link PinotTable}; bundled into its state. */
export const pinotTableProvider: pulumi.dynamic.ResourceProvider<TableInputs, TableState> = {
    async check(olds, news) {
        const problems = await problemsOf(olds, news);
        return { inputs: news, failures: checkFailures(TABLE_KIND, nameOf(news), problems) };
    },
    async diff(_id, olds, news) {
        const changed = changesOf(olds, news);
        const replaces = changed.some((change) => change.class === "replace");
        return {
            changes:
                changed.length > 0 ||
                providerChanged(olds, news) ||
                olds.reloadPending === true ||
                !sameJson(settingsOf(olds), settingsOf(news)),
            ...(replaces ? { replaces: ["table"] } : {}),
        };
    },
    async create(inputs) {
        const outcome: Outcome = {};
        const id = nameWithType(inputs.table);
        try {
            return { id, outs: await reconcileTable(inputs, undefined, outcome) };
        } catch (error) {
            throw failure(TABLE_KIND, nameOf(inputs), id, "cannot be created", error, outcome);
        }
    },
    async update(id, olds, news) {
        const outcome: Outcome = {};
        try {
            return { outs: await reconcileTable(news, olds, outcome) };
        } catch (error) {
            throw failure(TABLE_KIND, nameOf(news), id, "cannot be updated", error, outcome);
        }
    },
    async read(id, props) {
        if (props?.table === undefined) {
            throw trouble(TABLE_KIND, id, {
                what: "cannot be imported",
                why: "Dynamic resources have no import (pulumi/pulumi#16175).",
                wayOut: `declare it with onExists: "adoptIfEqual".`,
            });
        }
        try {
            const state = await readTable(props);
            if (state === undefined) return { id: "" };
            const { tableName: _n, tableNameWithType: _t, observed: _o, reloadPending: _p, ...inputs } = state;
            return state === props ? { id, props } : { id, props: state, inputs: inputs as TableState };
        } catch (error) {
            throw failure(TABLE_KIND, nameOf(props), id, "cannot be read", error, {});
        }
    },
    async delete(id, props) {
        try {
            const session = workingSession(props.server, props.table);
            if (isProtected(props)) await refuseDeletion(session, props);
            else await removeTable(session, props);
        } catch (error) {
            throw failure(TABLE_KIND, nameOf(props), id, "cannot be deleted", error, {});
        }
    },
};

async function refuseDeletion(session: Session, props: TableState): Promise<void> {
    const { table } = props;
    if ((await getTable(session, rawTableName(table.tableName), table.tableType)) === undefined) return;
    throw trouble(TABLE_KIND, nameOf(props), {
        what: "is protected and will not be deleted",
        why: await lossText(session, table),
        wayOut: "set deletionProtection: false, run up, then delete it.",
    });
}

/** `48210 rows would be lost`, as far as the server says. */
async function lossText(session: Session, table: TableDocument): Promise<string> {
    const rows = await countRows(session, nameWithType(table)).catch(() => undefined);
    return rows === undefined
        ? "Its rows would be lost; the server does not say how many there are."
        : `${rows} rows of ${nameWithType(table)} would be lost.`;
}

async function problemsOf(olds: Partial<TableState> | undefined, news: TableInputs): Promise<Problem[]> {
    const { table, server, schema } = news;
    if ((table as unknown) === UNKNOWN) return serverProblems(server);
    if (table === null || typeof table !== "object") return [{ property: "table", what: "table is missing" }];
    const problems = [
        ...serverProblems(server),
        ...tableProblems(table, typeof schema === "object" && schema !== null ? schema : undefined),
    ];
    const old = olds?.table;
    if (old !== undefined) problems.push(...changeProblems(classifyTableChange(old, table), isProtected(olds)));
    if (problems.length > 0) return problems;
    return duringPreview(server, () => problemsOnServer(old !== undefined, news));
}

/** Refusals, and replacements that protection forbids. */
function changeProblems(changed: readonly TableChange[], protection: boolean): Problem[] {
    const problems = refusedChanges(changed).map(problemOf);
    const replacing = changed.filter((change) => change.class === "replace");
    if (!protection) return problems;
    return [
        ...problems,
        ...replacing.map((change) => ({
            ...problemOf(change),
            what: `${change.what} while deletionProtection is on`,
            wayOut: `${change.wayOut ?? ""} Or set deletionProtection: false, run up, then change it.`.trim(),
        })),
    ];
}

function problemOf({ path, what, why, wayOut }: TableChange): Problem {
    return {
        property: `table.${path}`,
        what,
        ...(why === undefined ? {} : { why }),
        ...(wayOut === undefined ? {} : { wayOut }),
    };
}

async function problemsOnServer(isOurs: boolean, news: TableInputs): Promise<Problem[]> {
    const { table } = news;
    const session = previewSession(news.server, table);
    const can = await readCapabilities(session);
    const lacks = lacksOf(table, can).map(({ path, ...lack }) => ({ property: `table.${path}`, ...lack }));
    if (lacks.length > 0 || hasUnknown(table)) return lacks;
    const live = await getTable(session, rawTableName(table.tableName), table.tableType);
    if (live !== undefined) {
        const { normal } = await understand(session, table, can).catch(() => ({ normal: {} }));
        const differences = foreignDifferences(table, live, normal);
        const what = `table ${nameWithType(table)}`;
        const refusal = isOurs ? undefined : adoptionTrouble(news.onExists, what, differences, "table");
        // An unprotected table may be about to be replaced by itself; create decides then.
        if (refusal !== undefined && isProtected(news)) return [{ property: "onExists", ...refusal }];
        const refused = differences.length === 0 ? [] : refusedChanges(classifyTableChange(fromWire(live), table));
        if (refused.length > 0) return refused.map(problemOf);
    }
    return validationProblems(session, news, can);
}

/** The server's own validation: with the declared schema where there is one, otherwise with the stored one. */
async function validationProblems(session: Session, news: TableInputs, can: PinotCapabilities): Promise<Problem[]> {
    const { table, schema } = news;
    const wire = toWire(table, can);
    const withSchema = schema !== undefined && schema !== null && !hasUnknown(schema);
    const half = table.tableType.toLowerCase();
    const body = { tableName: rawTableName(table.tableName), schema: schema && schemaToWire(schema), [half]: wire };
    const answer = withSchema
        ? await ask(session, "POST", "/tableConfigs/validate", body, true)
        : await ask(session, "POST", "/tables/validate", wire, true);
    if (answer.status === 200) {
        return unrecognizedProblems(unrecognizedIn(answer), "table", withSchema ? `/${half}` : "");
    }
    // The stored schema may be about to be created or changed by the same deployment.
    const aboutSchema = !withSchema && /schema|column/i.test(answer.said);
    if (answer.status !== 400 || aboutSchema) return [];
    return [{ property: "table", what: "Pinot refuses the table", why: answer.said }];
}

function changesOf(olds: TableState, news: TableInputs): TableChange[] {
    return (news.table as unknown) === UNKNOWN
        ? [{ path: "table", expected: UNKNOWN, actual: undefined, class: "in place", what: "table is not known yet" }]
        : classifyTableChange(olds.table, news.table, olds.observed ?? {});
}

function settingsOf(inputs: TableInputs): object {
    const { server, onExists = "fail", deletionProtection = true, timeouts = {}, reload = "whenNeeded" } = inputs;
    const { consumption = "running", retentionOnDelete = "", waitForDeletion = true } = inputs;
    return { server, onExists, deletionProtection, timeouts, reload, consumption, retentionOnDelete, waitForDeletion };
}

function nameOf(inputs: Pick<TableInputs, "table">): string {
    return rawTableName(String((inputs.table as Partial<TableDocument> | undefined)?.tableName ?? UNKNOWN));
}
