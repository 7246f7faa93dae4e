import { adoptionTrouble } from "../adoption";
import { changes, type Difference, type DocumentRules, drift, type Flat, mismatch } from "../document";
import { type Problem, trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, hasUnknown, isProtected, plain, sameJson, UNKNOWN } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { ask, isCode, type ResolvedServer, type Session, tell, withSession } from "./api";
import { duringPreview, nameProblems, serverProblems } from "./server-problems";
import { cutAt, literal, name, splitList, tokensOf } from "./sql-text";

/** Inputs of a named collection, resolved. */
export interface NamedCollectionInputs extends Common {
    readonly server: ResolvedServer;
    readonly collection: string;
    readonly values: Readonly<Record<string, string>>;
    readonly overridable?: Readonly<Record<string, boolean>>;
}

/** What is recorded of a named collection. */
export interface NamedCollectionState extends NamedCollectionInputs {
    /** Nothing: the server rewrites none of it. */
    readonly observed: Readonly<Record<string, never>>;
}

const KIND = "ClickHouseNamedCollection";
const RULES: DocumentRules = { sets: [], keyed: {}, defaults: {} };
const LACKING: readonly number[] = [48, 62, 46];

/** The code that manages a `ClickHouseNamedCollection`. */
export const namedCollectionProvider = managedProvider<NamedCollectionInputs, NamedCollectionState>({
    kind: KIND,
    identity: "collection",
    outputsOnly: ["observed"],
    nameOf: ({ collection }) => String(collection ?? UNKNOWN),
    settingsOf: ({ server, values }) => ({ server, values }),
    compare: (olds, news) => ({
        changed: hasUnknown(news.values) || changes(formOf(news), formOf(olds), {}, RULES, UNKNOWN).length > 0,
        replaced: news.collection !== olds.collection && news.collection !== UNKNOWN,
    }),
    problemsOf,
    reconcile,
    read: (state) =>
        about(state, async (session) => {
            const held = await readCollection(session, state.collection);
            if (held === undefined) return undefined;
            const found = drift(formOf(state), {}, held, RULES);
            if (found.length === 0) return state;
            // Of a value that somebody else added nothing is known but its name; one that is missing is missed.
            const values = Object.keys(held).map((path) => keyOf(path));
            const overridable = values.filter((key) => held[pathOf(key)] !== "as the server has it");
            return plain({
                ...state,
                values: Object.fromEntries(values.map((key) => [key, state.values[key] ?? ""])),
                overridable: Object.fromEntries(overridable.map((key) => [key, held[pathOf(key)] === "overridable"])),
            });
        }),
    remove: (called, state, outcome) =>
        about(state, async (session) => {
            if ((await readCollection(session, called)) === undefined) return;
            outcome.sent = true;
            await tell(session, `DROP NAMED COLLECTION IF EXISTS ${name(called)}`);
        }),
    lossOf: (state) =>
        about(state, async (session) =>
            (await readCollection(session, state.collection)) === undefined
                ? undefined
                : "Tables and queries that name it would fail, and the server shows its values to nobody.",
        ),
});

function reconcile(
    inputs: NamedCollectionInputs,
    before: NamedCollectionState | undefined,
    outcome: Outcome,
): Promise<NamedCollectionState> {
    return about(inputs, async (session) => {
        const { collection } = inputs;
        const held = await readCollection(session, collection);
        if (held === undefined) {
            await create(session, inputs, outcome);
        } else {
            const refusal = before === undefined ? takeoverTrouble(inputs, held) : undefined;
            if (refusal !== undefined) throw trouble(KIND, collection, refusal);
            const statement = alterSql(inputs, before, held);
            if (statement !== undefined) {
                outcome.sent = true;
                await tell(session, statement);
                outcome.recorded = plain({ ...inputs, observed: {} });
            }
        }
        return plain({ ...inputs, observed: {} });
    });
}

async function create(session: Session, inputs: NamedCollectionInputs, outcome: Outcome): Promise<void> {
    const { collection, values } = inputs;
    const items = Object.keys(values).map((key) => itemSql(inputs, key));
    outcome.sent = true;
    try {
        await tell(session, `CREATE NAMED COLLECTION ${name(collection)} AS ${items.join(", ")}`);
    } catch (error) {
        if (isCode(error, ...LACKING)) throw new Error(`this server has no named collections by SQL: ${error}`);
        if (!isUnreachable(error)) throw error;
        const there = await readCollection(session, collection).catch(() => undefined);
        if (there === undefined) throw error;
    }
    outcome.recorded = plain({ ...inputs, observed: {} });
}

/** What brings a collection to what is declared, in one statement. Values are known by what was recorded: none is shown. */
function alterSql(
    inputs: NamedCollectionInputs,
    before: NamedCollectionState | undefined,
    held: Flat,
): string | undefined {
    const declared = formOf(inputs);
    const set = Object.keys(inputs.values).filter(
        (key) => before?.values[key] !== inputs.values[key] || declared[pathOf(key)] !== held[pathOf(key)],
    );
    const gone = Object.keys(held)
        .filter((path) => !(path in declared))
        .map(keyOf);
    if (set.length + gone.length === 0) return undefined;
    return [
        `ALTER NAMED COLLECTION ${name(inputs.collection)}`,
        ...(set.length === 0 ? [] : [`SET ${set.map((key) => itemSql(inputs, key)).join(", ")}`]),
        ...(gone.length === 0 ? [] : [`DELETE ${gone.map(name).join(", ")}`]),
    ].join(" ");
}

function itemSql({ values, overridable = {} }: NamedCollectionInputs, key: string): string {
    const may = overridable[key] === undefined ? "" : overridable[key] ? " OVERRIDABLE" : " NOT OVERRIDABLE";
    return `${name(key)} = ${literal(String(values[key]))}${may}`;
}

async function problemsOf(
    olds: Partial<NamedCollectionState> | undefined,
    news: NamedCollectionInputs,
): Promise<Problem[]> {
    const { server, collection, values, overridable } = news;
    const problems = [
        ...serverProblems(server),
        ...nameProblems("collection", collection, "collection"),
        ...valuesProblems(values, overridable),
    ];
    if (olds?.collection !== undefined && ![olds.collection, UNKNOWN].includes(collection) && isProtected(olds)) {
        problems.push({
            property: "collection",
            what: `the collection cannot change its name from ${olds.collection} to ${collection} while deletionProtection is on`,
            why: "Tables and queries that name it would fail.",
            wayOut: "declare a second one, let them name it, then remove this one.",
        });
    }
    const { server: _server, ...document } = news;
    if (problems.length > 0 || hasUnknown(document)) return problems;
    const isOurs = olds?.collection === collection;
    if (isOurs && sameJson([olds.server, olds.values], [server, values])) return [];
    return duringPreview(server, Object.values(values), async (session) => {
        const held = await readCollection(session, collection);
        if (held === undefined || isOurs) return [];
        const refusal = takeoverTrouble(news, held);
        // An unprotected one may be about to be replaced by itself; create decides then.
        return refusal !== undefined && isProtected(news) ? [{ property: "onExists", ...refusal }] : [];
    });
}

/** Whether it holds what is declared cannot be seen: only the names of its values can. */
function takeoverTrouble({ onExists, collection, ...inputs }: NamedCollectionInputs, held: Flat) {
    const what = `named collection ${collection}`;
    const found: Difference[] = mismatch(formOf(inputs), held, RULES);
    const refusal = adoptionTrouble(onExists, what, found, "collection");
    if (refusal !== undefined || onExists !== "adoptIfEqual") return refusal;
    return {
        what: `${what} exists, and whether it is what is declared cannot be seen`,
        why: "The server shows the values of a collection to nobody.",
        wayOut: `set onExists: "adopt" to give it the values that are declared.`,
    };
}

function valuesProblems(values: unknown, overridable: unknown): Problem[] {
    if (values === UNKNOWN) return [];
    if (values === null || typeof values !== "object" || Object.keys(values).length === 0) {
        return [{ property: "values", what: "a named collection has one value at least" }];
    }
    const texts = Object.entries(values).filter(([, value]) => typeof value !== "string");
    const strangers = Object.keys((overridable === UNKNOWN ? {} : (overridable ?? {})) as object).filter(
        (key) => !(key in values),
    );
    return [
        ...texts.map(([key]) => ({ property: `values.${key}`, what: "the value is no text" })),
        ...strangers.map((key) => ({ property: `overridable.${key}`, what: `${key} is not among values` })),
    ];
}

/** Names of its values and whether queries may override them; undefined where there is no such collection. */
async function readCollection(session: Session, collection: string): Promise<Flat | undefined> {
    const [row] = await ask<{ source: string; create: string }>(
        session,
        "SELECT source, create_query AS create FROM system.named_collections WHERE name = {collection:String}",
        { collection },
    );
    if (row === undefined) return undefined;
    if (row.source !== "SQL") {
        throw new Error(
            `${collection} stands in the server's configuration, where SQL cannot change it.\n  Way out: choose another name.`,
        );
    }
    const items = splitList(cutAt(tokensOf(row.create), ["AS"]).get("AS") ?? []);
    return Object.fromEntries(
        items.map(([key, , , ...may]) => [pathOf(key?.text ?? ""), MAY[may.map(({ text }) => text).join(" ")] ?? ""]),
    );
}

const MAY: Readonly<Record<string, string>> = {
    "": "as the server has it",
    OVERRIDABLE: "overridable",
    "NOT OVERRIDABLE": "not overridable",
};

function formOf({ values, overridable = {} }: Pick<NamedCollectionInputs, "values" | "overridable">): Flat {
    if (typeof values !== "object") return {};
    const may = (key: string): string =>
        overridable[key] === undefined ? "as the server has it" : overridable[key] ? "overridable" : "not overridable";
    return Object.fromEntries(Object.keys(values).map((key) => [pathOf(key), may(key)]));
}

function pathOf(key: string): string {
    return `values.${key}`;
}

function keyOf(path: string): string {
    return path.slice("values.".length);
}

function about<T>(inputs: NamedCollectionInputs, converse: (session: Session) => Promise<T>): Promise<T> {
    return withSession(inputs.server, "work", converse, { secrets: Object.values(inputs.values ?? {}) });
}
