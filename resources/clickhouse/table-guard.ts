import type { Problem } from "../errors";
import { isProtected } from "../lifecycle";
import type { Session } from "./api";
import type { TableDocument } from "./documents";
import { type HeldTable, sizeText, valuesLost } from "./table-api";
import type { ColumnLoss, TablePlan } from "./table-plan";
import type { TableInputs, TableState } from "./table-reconcile";

/** Why a plan may not be carried out: what it would lose that nobody allowed to be lost. */
export async function refusalsOf(
    session: Session,
    inputs: TableInputs,
    before: Partial<TableState> | undefined,
    held: HeldTable,
    plan: TablePlan,
): Promise<Problem[]> {
    if (!held.hasOwnData) return [];
    const recreated = recreationProblems(inputs, before, held, plan);
    if (recreated.length > 0 || inputs.allowDataLoss === true || held.rows === 0) return recreated;
    const lost = await Promise.all(plan.losses.map((loss) => lossProblem(session, inputs, held, loss)));
    return lost.flat();
}

/** The property that a path of a table's form was declared at: `columns.price.type` is `columns[2].type`. */
export function propertyOf(path: string, table: TableDocument): string {
    const [, plain, quoted, rest = ""] = /^columns(?:\.([^.[]+)|\[("(?:[^"\\]|\\.)*")\])(.*)$/.exec(path) ?? [];
    if (plain === undefined && quoted === undefined) return path === "order" ? "columns" : path;
    const name = quoted === undefined ? plain : (JSON.parse(quoted) as string);
    const at = table.columns.findIndex((column) => column.name === name);
    return at < 0 ? "columns" : `columns[${at}]${rest === ".name" ? "" : rest}`;
}

function recreationProblems(
    inputs: TableInputs,
    before: Partial<TableState> | undefined,
    held: HeldTable,
    { recreated }: TablePlan,
): Problem[] {
    const isEmpty = held.rows === 0;
    const guarded = isProtected(before ?? inputs);
    if (!guarded && (isEmpty || inputs.allowDataLoss === true)) return [];
    const open = [
        ...(guarded ? ["deletionProtection: false, run up, then change it"] : []),
        ...(isEmpty ? [] : ["allowDataLoss: true"]),
    ].join(" with ");
    return recreated.map(({ path, expected, actual }) => ({
        property: propertyOf(path, inputs),
        what: `${path} cannot change from ${actual ?? "nothing"} to ${expected ?? "nothing"}`,
        why: `No ALTER does that. The table would be made anew, without its ${sizeText(held)}.`,
        wayOut:
            "declare a second table with it and copy the rows (INSERT INTO … SELECT … FROM …); " +
            `or, to have it made anew, set ${open}.`,
    }));
}

async function lossProblem(
    session: Session,
    inputs: TableInputs,
    held: HeldTable,
    { path, column, to, what }: ColumnLoss,
): Promise<Problem[]> {
    const { database = "default", table } = inputs;
    const counted = to === undefined ? undefined : await valuesLost(session, database, table, column, to);
    if (counted === 0) return [];
    const rename =
        to === undefined
            ? ` If it got another name: ALTER TABLE ${database}.${table} RENAME COLUMN on the server, then run up.`
            : "";
    return [
        {
            property: propertyOf(path, inputs),
            what,
            why:
                counted === undefined
                    ? `The table has ${sizeText(held)}.`
                    : `${counted} of ${held.rows ?? "its"} values do not fit.`,
            wayOut: `declare it as it is; or, if that may be lost, set allowDataLoss: true.${rename}`,
        },
    ];
}
