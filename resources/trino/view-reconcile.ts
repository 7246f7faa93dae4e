import { adoptionTrouble } from "../adoption";
import { type Difference, drift, mismatch, type Observed, observe, withDrift } from "../document";
import { type Trouble, trouble } from "../errors";
import { type Common, plain } from "../lifecycle";
import type { Outcome } from "../outcome";
import { type ResolvedAccess, type Session, workingSession } from "./session";
import {
    commentOnView,
    createView,
    isOtherRelation,
    type QueryTrouble,
    readingTrouble,
    readView,
    readViewOnly,
    replaceView,
    serverForm,
    viewName,
    viewTrouble,
} from "./view-api";
import { canonicalView, VIEW_RULES, type ViewDocument } from "./view-rules";

/** Inputs of a view, resolved. */
export interface ViewInputs extends Common, ViewDocument {
    readonly server: ResolvedAccess;
    readonly catalog: string;
    readonly schema: string;
    readonly view: string;
}

/** What is recorded of a view. */
export interface ViewState extends ViewInputs {
    readonly observed: Observed;
}

/** As errors call it. */
export const VIEW_KIND = "TrinoView";

/** Observe, ensure, sync, return: the one path behind create and update. */
export async function reconcileView(
    inputs: ViewInputs,
    before: ViewState | undefined,
    outcome: Outcome,
): Promise<ViewState> {
    const session = workingSession(inputs.server);
    const live = await liveView(session, inputs);
    if (live === undefined) {
        await refuseTrouble(session, inputs);
        outcome.sent = true;
        await createView(session, inputs, inputs);
        outcome.recorded = viewState(inputs, inputs);
    } else {
        const differences = await differencesOf(session, inputs, live);
        const refusal =
            before === undefined
                ? adoptionTrouble(inputs.onExists, `view ${viewName(inputs)}`, differences, "view")
                : undefined;
        if (refusal !== undefined) throw trouble(VIEW_KIND, viewName(inputs), refusal);
        if (differences.length === 0) return viewState(inputs, live);
        if (differences.every(({ path }) => path === "comment")) {
            outcome.sent = true;
            await commentOnView(session, inputs, inputs.comment);
        } else {
            await refuseTrouble(session, inputs);
            outcome.sent = true;
            await replaceView(session, inputs, inputs);
        }
        outcome.recorded = viewState(inputs, inputs);
    }
    return await working(session, inputs);
}

/** The view as it now is, for refresh; undefined when it is gone. */
export async function readViewState(state: ViewState): Promise<ViewState | undefined> {
    const session = workingSession(state.server);
    const live = await readViewOnly(session, state);
    if (live === undefined) return undefined;
    let found = drift(canonicalView(state), state.observed ?? {}, canonicalView(live), VIEW_RULES);
    // Another version of the server may show the same query in another form.
    if (found.length > 0) found = await differencesOf(session, state, live);
    if (found.length === 0) return state;
    const observed = Object.entries(state.observed ?? {}).filter(([path]) => !found.some((one) => one.path === path));
    const { comment: _comment, ...rest } = state;
    return plain({
        ...rest,
        ...withDrift<ViewDocument>(documentOf(state), live, found, VIEW_RULES),
        observed: Object.fromEntries(observed),
    });
}

/** Where a view is not what is declared, both in the server's own form. */
export async function differencesOf(
    session: Session,
    declared: ViewDocument,
    live: ViewDocument,
): Promise<Difference[]> {
    const { sql, security, comment } = declared;
    const expected = { security: security ?? "DEFINER", ...(comment !== undefined && { comment }) };
    // The one form of the same query, when it is: no question is needed then.
    const same = canonicalView({ sql }).sql === canonicalView({ sql: live.sql }).sql;
    const form = same ? sql : await serverForm(session, sql);
    return mismatch(canonicalView({ ...expected, sql: form }), canonicalView(live), VIEW_RULES);
}

/** The view as it is; undefined when there is none. A table of its name is an error that says so. */
async function liveView(session: Session, inputs: ViewInputs): Promise<ViewDocument | undefined> {
    try {
        return await readView(session, inputs);
    } catch (error) {
        if (isOtherRelation(error)) throw trouble(VIEW_KIND, viewName(inputs), otherRelationTrouble(error));
        throw error;
    }
}

/** Refusal of a name that a table has. */
export function otherRelationTrouble(error: Error): Trouble {
    return {
        what: "cannot be created: the name is taken by what is no view",
        why: error.message,
        wayOut: "choose another name, or remove what has it.",
    };
}

/** What is wrong with a query, in words for the property `sql`. */
export function sqlTrouble({ said, place }: QueryTrouble): Trouble {
    return { what: `sql is not accepted${place === undefined ? "" : `: ${place}`}`, why: said };
}

/** Asks before anything is made: the answer says where in the query the trouble is. */
async function refuseTrouble(session: Session, inputs: ViewInputs): Promise<void> {
    const found = await viewTrouble(session, inputs, inputs);
    if (found !== undefined) throw trouble(VIEW_KIND, viewName(inputs), sqlTrouble(found));
}

/** Looks whether what was made can be read, and is what was declared. */
async function working(session: Session, inputs: ViewInputs): Promise<ViewState> {
    const name = viewName(inputs);
    const live = await liveView(session, inputs);
    if (live === undefined) throw new Error(`the server accepted view ${name}, and does not have it`);
    const [ignored] = await differencesOf(session, inputs, live);
    if (ignored !== undefined) {
        throw trouble(VIEW_KIND, name, {
            what: `${ignored.path} was accepted, and not kept: there is ${ignored.actual ?? "nothing"}`,
            wayOut: "leave it out, or use a catalog whose connector keeps it.",
            left: KEPT,
        });
    }
    const found = await readingTrouble(session, inputs);
    if (found !== undefined) {
        throw trouble(VIEW_KIND, name, { what: "was made and cannot be read", why: found.said, left: KEPT });
    }
    return viewState(inputs, live);
}

const KEPT = "The view is there and recorded: the next up goes on from there.";

/** What is recorded when the server holds `live`. */
function viewState(inputs: ViewInputs, live: ViewDocument): ViewState {
    return plain({ ...inputs, observed: observe(canonicalView(inputs), canonicalView(live)) });
}

function documentOf({ sql, security, comment }: ViewDocument): ViewDocument {
    return { sql, ...(security !== undefined && { security }), ...(comment !== undefined && { comment }) };
}
