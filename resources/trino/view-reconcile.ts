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
    type Relation,
    readingTrouble,
    readView,
    readViewOnly,
    refreshView,
    replaceView,
    serverForm,
    type ViewName,
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
    /** Compute the rows of a materialized view when it was made or changed. @default true */
    readonly refresh?: boolean;
}

/** What is recorded of a view. */
export interface ViewState extends ViewInputs {
    readonly observed: Observed;
    /** False when it was made and could not be read yet, or the rows of a materialized view could not be computed. */
    readonly usable: boolean;
}

/** Kinds of views, as errors call them. */
export const VIEW_KINDS: Readonly<Record<Relation, string>> = {
    VIEW: "TrinoView",
    "MATERIALIZED VIEW": "TrinoMaterializedView",
};

/** Which kind of view, and where it is. */
export function placeOf(relation: Relation, { catalog, schema, view }: ViewInputs): ViewName {
    return { relation, catalog, schema, view };
}

/** Observe, ensure, sync, return: the one path behind create and update. */
export async function reconcileView(
    relation: Relation,
    inputs: ViewInputs,
    before: ViewState | undefined,
    outcome: Outcome,
): Promise<ViewState> {
    const session = workingSession(inputs.server);
    const place = placeOf(relation, inputs);
    const live = await liveView(session, place);
    if (live === undefined) {
        await refuseTrouble(session, place, inputs);
        outcome.sent = true;
        await createView(session, place, documentOf(inputs));
    } else {
        const differences = await differencesOf(session, inputs, live);
        const refusal =
            before === undefined
                ? adoptionTrouble(inputs.onExists, `view ${viewName(inputs)}`, differences, "view")
                : undefined;
        if (refusal !== undefined) throw trouble(VIEW_KINDS[relation], viewName(inputs), refusal);
        if (differences.length === 0) {
            if (before?.usable !== false) return viewState(inputs, live, true);
        } else if (relation === "VIEW" && differences.every(({ path }) => path === "comment")) {
            outcome.sent = true;
            await commentOnView(session, place, inputs.comment);
        } else {
            await refuseTrouble(session, place, inputs);
            outcome.sent = true;
            await replaceView(session, place, documentOf(inputs));
        }
    }
    // Recorded before anything else can fail.
    outcome.recorded = viewState(inputs, inputs, false);
    return await working(session, place, inputs);
}

/** The view as it now is, for refresh; undefined when it is gone. */
export async function readViewState(relation: Relation, state: ViewState): Promise<ViewState | undefined> {
    const session = workingSession(state.server);
    const held = await readViewOnly(session, placeOf(relation, state));
    if (held === undefined) return undefined;
    const live = declaredPart(state, held);
    let found = drift(canonicalView(state), state.observed ?? {}, canonicalView(live), VIEW_RULES);
    // Another version of the server may show the same query in another form.
    if (found.length > 0) found = await differencesOf(session, state, held);
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
    const { sql } = declared;
    // The one form of the same query, when it is: no question is needed then.
    const same = canonicalView({ sql }).sql === canonicalView({ sql: live.sql }).sql;
    const expected = { ...documentOf(declared), sql: same ? sql : await serverForm(session, sql) };
    return mismatch(canonicalView(expected), canonicalView(declaredPart(declared, live)), VIEW_RULES);
}

/** Refusal of a name that a table has. */
export function otherRelationTrouble(error: Error): Trouble {
    return {
        what: "cannot be created: the name is taken by what is no such view",
        why: error.message,
        wayOut: "choose another name, or remove what has it.",
    };
}

/** What is wrong with a query, in words for the property `sql`. */
export function sqlTrouble({ said, place }: QueryTrouble): Trouble {
    return { what: `sql is not accepted${place === undefined ? "" : `: ${place}`}`, why: said };
}

/** The view as it is; undefined when there is none. A table of its name is an error that says so. */
async function liveView(session: Session, place: ViewName): Promise<ViewDocument | undefined> {
    try {
        return await readView(session, place);
    } catch (error) {
        if (!isOtherRelation(error)) throw error;
        throw trouble(VIEW_KINDS[place.relation], viewName(place), otherRelationTrouble(error));
    }
}

/** Asks before anything is made: the answer says where in the query the trouble is. */
async function refuseTrouble(session: Session, place: ViewName, inputs: ViewInputs): Promise<void> {
    const found = await viewTrouble(session, place, documentOf(inputs));
    if (found !== undefined) throw trouble(VIEW_KINDS[place.relation], viewName(place), sqlTrouble(found));
}

/** Looks whether what was made is what was declared and can be read, and computes its rows. */
async function working(session: Session, place: ViewName, inputs: ViewInputs): Promise<ViewState> {
    const [kind, name] = [VIEW_KINDS[place.relation], viewName(place)];
    const live = await liveView(session, place);
    if (live === undefined) throw new Error(`the server accepted view ${name}, and does not have it`);
    const [ignored] = await differencesOf(session, inputs, live);
    if (ignored !== undefined) {
        throw trouble(kind, name, {
            what: `${ignored.path} was accepted, and not kept: there is ${ignored.actual ?? "nothing"}`,
            wayOut: "leave it out, or use a catalog whose connector keeps it.",
            left: KEPT,
        });
    }
    const found = await readingTrouble(session, place);
    if (found !== undefined) {
        throw trouble(kind, name, { what: "was made and cannot be read", why: found.said, left: KEPT });
    }
    const compute = place.relation === "MATERIALIZED VIEW" && inputs.refresh !== false;
    if (compute) {
        const deadlineMs = (inputs.timeouts?.reload ?? 600) * 1000;
        await refreshView({ ...session, deadlineMs }, place);
    }
    return viewState(inputs, live, true);
}

const KEPT = "The view is there and recorded: the next up goes on from there.";

/** What is recorded when the server holds `live`. */
function viewState(inputs: ViewInputs, live: ViewDocument, usable: boolean): ViewState {
    const observed = observe(canonicalView(inputs), canonicalView(declaredPart(inputs, live)));
    return plain({ ...inputs, observed, usable });
}

function documentOf({ sql, security, comment, properties }: ViewDocument): ViewDocument {
    return {
        sql,
        ...(security !== undefined && { security }),
        ...(comment !== undefined && { comment }),
        ...(properties !== undefined && { properties }),
    };
}

/** Without the properties that nobody declared: some, such as the folder of the rows, are others each time it is made. */
function declaredPart(declared: ViewDocument, { properties = {}, ...live }: ViewDocument): ViewDocument {
    const names = Object.keys(declared.properties ?? {});
    const kept = Object.entries(properties).filter(([name]) => names.includes(name));
    return { ...live, ...(kept.length > 0 && { properties: Object.fromEntries(kept) }) };
}
