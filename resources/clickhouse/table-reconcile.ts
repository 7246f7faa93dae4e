import { adoptionTrouble } from "../adoption";
import { type Difference, drift, type Flat, mismatch, type Observed, observe, outOfSync, within } from "../document";
import { trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, plain, sameJson } from "../lifecycle";
import type { Outcome } from "../outcome";
import { type ResolvedServer, type Session, tell, withSession } from "./api";
import type { TableColumn, TableDocument } from "./documents";
import { rehearseCreate } from "./scratch";
import { filledSql, filledText } from "./secrets";
import { name, qualified } from "./sql-text";
import { alterTable, type HeldTable, isHalfDone, readTable } from "./table-api";
import { TABLE_RULES, tableForm } from "./table-form";
import { refusalsOf } from "./table-guard";
import { alterSql, columnPath, planTable, type TablePlan } from "./table-plan";
import { tableSql } from "./table-sql";

/** Inputs of a table, resolved. */
export interface TableInputs extends Common, TableDocument {
    readonly server: ResolvedServer;
    /** @default "default" */
    readonly database?: string;
    readonly table: string;
    readonly secrets?: Readonly<Record<string, string>>;
    readonly allowDataLoss?: boolean;
}

/** What is recorded of a table. */
export interface TableState extends TableInputs {
    readonly observed: Observed;
}

/** As errors call it. */
export const TABLE_KIND = "ClickHouseTable";

/** `database.table`. */
export function tableName({ database = "default", table }: Partial<TableInputs>): string {
    return `${database}.${table}`;
}

/** A conversation about a table, patient enough for a change that goes through all of its rows. */
export function aboutTable<T>(inputs: TableInputs, converse: (session: Session) => Promise<T>): Promise<T> {
    const { reload = 600, delete: removal = 180 } = inputs.timeouts ?? {};
    const more = { seconds: Math.max(reload, removal), secrets: Object.values(inputs.secrets ?? {}) };
    return withSession(inputs.server, "work", converse, more);
}

/**
 * Observe, ensure, sync, return: the one path behind create and update.
 * @param before the recorded state; undefined when this stack has not created the table.
 */
export function reconcileTable(
    inputs: TableInputs,
    before: TableState | undefined,
    outcome: Outcome,
): Promise<TableState> {
    return aboutTable(inputs, async (session) => {
        const { database = "default", table } = inputs;
        let held = await readTable(session, database, table);
        if (held === undefined) {
            await createTable(session, inputs, "CREATE TABLE", outcome);
            return tableState(inputs, await sure(session, inputs));
        }
        const { found, form } = await differencesOf(session, inputs, held, before);
        if (before === undefined) {
            const refusal = adoptionTrouble(inputs.onExists, `table ${tableName(inputs)}`, found, "table");
            if (refusal !== undefined) throw trouble(TABLE_KIND, tableName(inputs), refusal);
        }
        const plan = planFor(inputs, held, found, hasOtherSecrets(inputs, before));
        const [refusal] = await refusalsOf(session, inputs, before, held, plan);
        if (refusal !== undefined) throw trouble(TABLE_KIND, tableName(inputs), refusal);
        if (plan.recreated.length > 0) {
            await createTable(session, inputs, "CREATE OR REPLACE TABLE", outcome);
        } else {
            await alter(session, inputs, held, plan, outcome);
        }
        if (outcome.sent !== true) return tableState(inputs, held);
        const after = await sure(session, inputs);
        if (form !== undefined && plan.recreated.length === 0) {
            requireKept(found, form, tableForm(held.document), tableForm(after.document));
        }
        held = after;
        return tableState(inputs, held);
    });
}

/** The table as it now is, for refresh; undefined when it is gone. */
export function readTableState(state: TableState): Promise<TableState | undefined> {
    return aboutTable(state, async (session) => {
        const held = await readTable(session, state.database ?? "default", state.table);
        if (held === undefined) return undefined;
        const found = drift(tableForm(state), state.observed ?? {}, tableForm(held.document), TABLE_RULES);
        return found.length === 0 ? state : plain({ ...state, ...withTableDrift(state, held.document, found) });
    });
}

/**
 * Where a table is not what is declared, after the server has said what it makes of the declaration.
 * @param before the recorded state; undefined for a table that is taken over.
 * @returns `form` that, where it could be had.
 */
export async function differencesOf(
    session: Session,
    inputs: TableInputs,
    held: HeldTable,
    before: TableState | undefined,
): Promise<{ found: Difference[]; form: Flat | undefined }> {
    const [declared, live] = [tableForm(inputs), tableForm(held.document)];
    const known = before && { declared: tableForm(before), observed: before.observed ?? {} };
    const found =
        known === undefined ? mismatch(declared, live, TABLE_RULES) : outOfSync(declared, live, known, TABLE_RULES);
    if (found.length === 0) return { found, form: undefined };
    const { form } = await rehearseCreate(session, inputs);
    return { found: form === undefined ? found : found.filter(({ path }) => form[path] !== live[path]), form };
}

/** What has to be done. A table that keeps no rows itself is made anew in one step, whatever changes in it. */
export function planFor(
    inputs: TableInputs,
    held: HeldTable,
    found: readonly Difference[],
    otherSecrets: boolean,
): TablePlan {
    const plan = planTable(inputs, found, tableForm(held.document));
    const secrets = { path: "secrets", expected: "others", actual: "those before" };
    const recreated = otherSecrets ? [...plan.recreated, secrets] : plan.recreated;
    if (held.hasOwnData || found.every(({ path }) => path === "comment")) return { ...plan, recreated };
    return { ...plan, recreated: otherSecrets ? [...found, secrets] : found, losses: [] };
}

/** True when other secrets are declared than are recorded: the server shows none. */
export function hasOtherSecrets(inputs: TableInputs, before: Partial<TableState> | undefined): boolean {
    return before !== undefined && !sameJson(before.secrets ?? {}, inputs.secrets ?? {});
}

/** What is recorded when the server holds `held`. */
function tableState(inputs: TableInputs, held: HeldTable): TableState {
    return plain({ ...inputs, observed: observe(tableForm(inputs), tableForm(held.document)) });
}

async function createTable(session: Session, inputs: TableInputs, how: string, outcome: Outcome): Promise<void> {
    const { database = "default", table } = inputs;
    outcome.sent = true;
    try {
        await tell(session, `${how} ${qualified(database, table)} ${tableSql(withSecrets(inputs))}`);
    } catch (error) {
        if (!isUnreachable(error)) throw error;
        // The reply was lost: what is there then is ours, since it was not there before.
        const there = await readTable(session, database, table).catch(() => undefined);
        if (there === undefined) throw error;
    }
    // Recorded before anything else can fail. What the server makes of it is asked by the next run.
    outcome.recorded = plain({ ...inputs, observed: {} });
}

async function alter(
    session: Session,
    inputs: TableInputs,
    held: HeldTable,
    plan: TablePlan,
    outcome: Outcome,
): Promise<void> {
    const { database = "default", table } = inputs;
    const where = qualified(database, table);
    for (const commands of plan.alters) {
        outcome.sent = true;
        try {
            await alterTable(session, { database, table }, alterSql(where, commands), typesBack(where, inputs, held));
        } catch (error) {
            // No answer: it may have been carried out, or still be at it. A statement that was refused has changed nothing.
            if (isUnreachable(error) || isHalfDone(error)) outcome.recorded = plain({ ...inputs, observed: {} });
            throw error;
        }
        outcome.recorded = plain({ ...inputs, observed: {} });
    }
}

/** The statement that gives columns the types back that they had. */
function typesBack(where: string, inputs: TableInputs, held: HeldTable): string | undefined {
    const [declared, live] = [tableForm(inputs), tableForm(held.document)];
    const commands = inputs.columns
        .map((column) => ({ column: column.name, path: columnPath(column.name, "type") }))
        .filter(({ path }) => live[path] !== undefined && live[path] !== declared[path])
        .map(({ column, path }) => `MODIFY COLUMN ${name(column)} ${live[path]}`);
    return commands.length === 0 ? undefined : alterSql(where, commands);
}

async function sure(session: Session, inputs: TableInputs): Promise<HeldTable> {
    const held = await readTable(session, inputs.database ?? "default", inputs.table);
    if (held === undefined) throw new Error(`the server accepted table ${tableName(inputs)}, and does not have it`);
    return held;
}

/**
 * A change that the server takes and does not make would let a person believe in what is not there.
 * @param form what the server makes of the declaration.
 */
function requireKept(found: readonly Difference[], form: Flat, before: Flat, after: Flat): void {
    const ignored = found.filter(({ path }) => after[path] === before[path] && after[path] !== form[path]);
    if (ignored.length === 0) return;
    const paths = ignored.map(({ path }) => path).join(", ");
    throw new Error(`${paths}: accepted by the server, and not changed.\n  Way out: declare what is there.`);
}

/** The declaration with the secrets that it names. */
function withSecrets({ secrets, ...table }: TableInputs): TableDocument {
    const { engine, settings } = table;
    const filledSettings =
        settings &&
        Object.fromEntries(
            Object.entries(settings).map(([key, value]) => [
                key,
                typeof value === "string" ? filledText(value, secrets) : value,
            ]),
        );
    return {
        ...table,
        ...(engine === undefined ? {} : { engine: filledSql(engine, secrets) }),
        ...(filledSettings === undefined ? {} : { settings: filledSettings }),
    };
}

const SCALARS = ["engine", "orderBy", "partitionBy", "primaryKey", "sampleBy", "ttl", "comment"] as const;

/** The declared table as the server now holds it: drifted parts from there, everything else as declared. */
function withTableDrift(
    declared: TableDocument,
    held: TableDocument,
    found: readonly Difference[],
): Partial<TableDocument> {
    const has = (path: string): boolean => found.some((difference) => within(difference.path, path));
    const drifted: Record<string, unknown> = {};
    for (const part of SCALARS.filter(has)) drifted[part] = held[part];
    if (has("columns") || has("order")) {
        drifted.columns = held.columns.map((column) => {
            const own = declared.columns.find((one) => one.name === column.name);
            return own === undefined || has(columnPath(column.name)) ? column : (own satisfies TableColumn);
        });
    }
    for (const list of ["indices", "projections", "constraints"] as const) {
        if (has(list)) drifted[list] = held[list];
    }
    if (has("settings")) {
        const settings: Record<string, unknown> = { ...declared.settings };
        for (const { path } of found.filter((one) => within(one.path, "settings"))) {
            const key = path.slice("settings.".length);
            const value = held.settings?.[key];
            if (value === undefined) delete settings[key];
            else settings[key] = value;
        }
        drifted.settings = settings;
    }
    return drifted as Partial<TableDocument>;
}
