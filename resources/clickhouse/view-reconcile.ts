import { adoptionTrouble } from "../adoption";
import { type Difference, drift, type Flat, mismatch, type Observed, observe, outOfSync } from "../document";
import { type Trouble, trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, plain } from "../lifecycle";
import type { Outcome } from "../outcome";
import { type ResolvedServer, type Session, tell, withSession, wordsOf } from "./api";
import { viewOfCreate } from "./create-query";
import type { ViewDocument } from "./documents";
import { literal, qualified } from "./sql-text";
import { readObject } from "./table-api";
import { toText, VIEW_RULES, viewForm } from "./view-form";
import { rehearseView } from "./view-scratch";

/** Inputs of a view, resolved. */
export interface ViewInputs extends Common, ViewDocument {
    readonly server: ResolvedServer;
    /** @default "default" */
    readonly database?: string;
    readonly view: string;
    /** Only with `to`. */
    readonly materialized?: boolean;
}

/** What is recorded of a view. */
export interface ViewState extends ViewInputs {
    readonly observed: Observed;
}

/** A view as a server has it. */
export interface HeldView {
    readonly document: ViewDocument;
    /** Materialised, with a table of its own that goes with it. */
    readonly hasInnerTable: boolean;
}

/** As errors call it. */
export const VIEW_KIND = "ClickHouseView";

/** `database.view`. */
export function viewName({ database = "default", view }: Partial<ViewInputs>): string {
    return `${database}.${view}`;
}

/** @throws Error when there is something else of this name. */
export async function readView(session: Session, inputs: ViewInputs): Promise<HeldView | undefined> {
    const held = await readObject(session, inputs.database ?? "default", inputs.view);
    if (held === undefined) return undefined;
    if (held.engine !== "View" && held.engine !== "MaterializedView") {
        throw new Error(
            `${viewName(inputs)} is a table of engine ${held.engine}, no view.\n  Way out: choose another name.`,
        );
    }
    const document = viewOfCreate(held.create, held.query);
    return { document, hasInnerTable: held.engine === "MaterializedView" && document.to === undefined };
}

/**
 * Observe, ensure, sync, return: the one path behind create and update.
 * @param before the recorded state; undefined when this stack has not created the view.
 */
export function reconcileView(inputs: ViewInputs, before: ViewState | undefined, outcome: Outcome): Promise<ViewState> {
    return withSession(
        inputs.server,
        "work",
        async (session) => {
            const held = await readView(session, inputs);
            let statements = [createSql(inputs, "CREATE")];
            if (held !== undefined) {
                const { found, form } = await viewDifferences(session, inputs, held, before);
                if (before === undefined) {
                    const refusal = adoptionTrouble(inputs.onExists, `view ${viewName(inputs)}`, found, "view");
                    if (refusal !== undefined) throw trouble(VIEW_KIND, viewName(inputs), refusal);
                }
                const [refusal] = viewRefusals(held, found);
                if (refusal !== undefined) throw trouble(VIEW_KIND, viewName(inputs), refusal);
                statements = viewStatements(inputs, found, form);
                if (statements.length === 0) return viewState(inputs, held);
            }
            for (const statement of statements) await write(session, inputs, statement, outcome);
            const after = await readView(session, inputs);
            if (after === undefined)
                throw new Error(`the server accepted view ${viewName(inputs)}, and does not have it`);
            outcome.recorded = viewState(inputs, after);
            if (
                inputs.refresh !== undefined &&
                statements.some((statement) => !/ MODIFY (COMMENT|REFRESH) /.test(statement))
            ) {
                await requireRefresh(session, inputs, statements[0]?.startsWith("CREATE") === true);
            }
            return viewState(inputs, after);
        },
        { seconds: inputs.timeouts?.ready ?? 180 },
    );
}

/** The view as it now is, for refresh; undefined when it is gone. */
export function readViewState(state: ViewState): Promise<ViewState | undefined> {
    return withSession(state.server, "work", async (session) => {
        const held = await readView(session, state);
        if (held === undefined) return undefined;
        const found = drift(viewForm(state), state.observed ?? {}, formOfHeld(state, held), VIEW_RULES);
        if (found.length === 0) return state;
        const drifted: Record<string, unknown> = {};
        for (const { path } of found) {
            if (path in PARTS) drifted[path] = held.document[path as keyof ViewDocument];
        }
        // What it was made into, a plain view or a materialised one, shows in `to`.
        if ("to" in drifted && drifted.to === undefined) drifted.refresh = undefined;
        return plain({ ...state, ...drifted });
    });
}

const PARTS: Readonly<Record<keyof ViewDocument, true>> = { query: true, to: true, refresh: true, comment: true };

/**
 * Where a view is not what is declared, after the server has said what it makes of the query.
 * @returns `form` that, where it could be had: with every table's database.
 */
export async function viewDifferences(
    session: Session,
    inputs: ViewInputs,
    held: HeldView,
    before: ViewState | undefined,
): Promise<{ found: Difference[]; form: string | undefined }> {
    const [declared, live] = [viewForm(inputs), formOfHeld(inputs, held)];
    const known = before && { declared: viewForm(before), observed: before.observed ?? {} };
    const found =
        known === undefined ? mismatch(declared, live, VIEW_RULES) : outOfSync(declared, live, known, VIEW_RULES);
    if (!found.some(({ path }) => path === "query")) return { found, form: undefined };
    const { form } = await rehearseView(session, inputs);
    return { found: found.filter(({ path }) => path !== "query" || form !== live.query), form };
}

/** What cannot be changed without losing something. */
export function viewRefusals(held: HeldView, found: readonly Difference[]): (Trouble & { property: string })[] {
    if (found.length === 0) return [];
    if (held.hasInnerTable) {
        return [
            {
                property: "view",
                what: "this view keeps its rows in a table of its own, which would go with every change",
                why: "It was made without TO.",
                wayOut: "declare a ClickHouseTable, copy the rows into it, drop the view, and declare it with that table as to.",
            },
        ];
    }
    const kind = found.find(({ path }) => path === "kind");
    if (kind === undefined) return [];
    return [
        {
            property: "to",
            what: `the view cannot change from ${kind.actual} to ${kind.expected}`,
            why: "One is asked and the other is written to: who uses it would not notice.",
            wayOut: "remove it (deletionProtection: false, up, remove, up) and declare it anew, or give it another name.",
        },
    ];
}

/**
 * The statements that bring a view to what is declared, one step each: readers and inserts find the old view or the new one.
 * A materialised view's rows stand in another table, which none of them touches.
 * @param form the query as the server writes it. MODIFY QUERY, unlike CREATE, leaves names without their database, and the
 * view would then look for them in whatever database an INSERT comes with.
 */
export function viewStatements(inputs: ViewInputs, found: readonly Difference[], form: string | undefined): string[] {
    const where = qualified(inputs.database ?? "default", inputs.view);
    const at = (path: string): Difference | undefined => found.find((difference) => difference.path === path);
    const isMaterialized = inputs.to !== undefined;
    const refreshes = at("refresh");
    const switches = refreshes !== undefined && (refreshes.expected === undefined || refreshes.actual === undefined);
    if (at("to") !== undefined || switches || (at("query") !== undefined && (!isMaterialized || form === undefined))) {
        return [createSql(inputs, "CREATE OR REPLACE")];
    }
    return [
        ...(at("query") === undefined ? [] : [`ALTER TABLE ${where} MODIFY QUERY ${form}`]),
        ...(refreshes === undefined ? [] : [`ALTER TABLE ${where} MODIFY REFRESH ${inputs.refresh}`]),
        ...(at("comment") === undefined
            ? []
            : [`ALTER TABLE ${where} MODIFY COMMENT ${literal(inputs.comment ?? "")}`]),
    ];
}

function createSql(inputs: ViewInputs, how: string): string {
    const { database = "default", view, query, to, refresh, comment } = inputs;
    return [
        `${how} ${to === undefined ? "VIEW" : "MATERIALIZED VIEW"} ${qualified(database, view)}`,
        ...(refresh === undefined ? [] : [`REFRESH ${refresh}`]),
        ...(to === undefined ? [] : [`TO ${toText(to, database)}`]),
        ...(comment === undefined || comment === "" ? [] : [`COMMENT ${literal(comment)}`]),
        `AS ${query}`,
    ].join(" ");
}

async function write(session: Session, inputs: ViewInputs, statement: string, outcome: Outcome): Promise<void> {
    const { database = "default" } = inputs;
    outcome.sent = true;
    // Another statement may have been carried out already: the next run looks at what is there.
    const recorded = plain({ ...inputs, observed: {} });
    try {
        await tell(session, statement, { database });
    } catch (error) {
        if (!isUnreachable(error)) throw error;
        const there = await readView(session, inputs).catch(() => undefined);
        if (there === undefined) throw error;
        outcome.recorded = recorded;
        // The reply was lost. A statement that was carried out leaves nothing to do; one that was not is for the next run.
        if ((await viewDifferences(session, inputs, there, undefined)).found.length > 0) throw error;
    }
    outcome.recorded = recorded;
}

/**
 * A view that is computed from time to time is so at once: whether that works is known within its first run. One whose query
 * was changed would otherwise keep the old rows until its time comes.
 */
async function requireRefresh(
    session: Session,
    { database = "default", view }: ViewInputs,
    isNew: boolean,
): Promise<void> {
    const where = qualified(database, view);
    try {
        if (!isNew) await tell(session, `SYSTEM REFRESH VIEW ${where}`);
        await tell(session, `SYSTEM WAIT VIEW ${where}`);
    } catch (error) {
        throw isUnreachable(error)
            ? new Error(`its first refresh did not end in time: ${wordsOf(error)}\n  Way out: raise timeouts.ready.`)
            : new Error(`its first refresh failed: ${wordsOf(error)}\n  Way out: correct the query, then up.`);
    }
}

function formOfHeld({ database = "default" }: ViewInputs, { document, hasInnerTable }: HeldView): Flat {
    return viewForm({ ...document, database, ...(hasInnerTable ? { materialized: true } : {}) });
}

/** What is recorded when the server holds `held`. */
function viewState(inputs: ViewInputs, held: HeldView): ViewState {
    return plain({ ...inputs, observed: observe(viewForm(inputs), formOfHeld(inputs, held)) });
}
