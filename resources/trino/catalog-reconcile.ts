import { adoptionTrouble } from "../adoption";
import { type Trouble, trouble } from "../errors";
import { sleep } from "../http";
import { type Common, plain } from "../lifecycle";
import type { Outcome } from "../outcome";
import { isStatementError } from "./api";
import {
    askForSchemas,
    type Contents,
    contentsText,
    countContents,
    createCatalog,
    dropCatalog,
    type HeldCatalog,
    isEmpty,
    readCatalog,
} from "./catalog-api";
import { type CatalogDocument, catalogDifferences, holdsContents, secretValues } from "./catalog-rules";
import { type ResolvedAccess, type Session, workingSession } from "./session";

/** Inputs of a catalog, resolved. */
export interface CatalogInputs extends Common, CatalogDocument {
    readonly server: ResolvedAccess;
    readonly catalog: string;
    readonly allowPlainSecrets?: boolean;
    readonly forceDestroy?: boolean;
}

/** What is recorded of a catalog. Its properties do not come back: what was declared last is what it holds. */
export interface CatalogState extends CatalogInputs {
    /** False when it has not answered since it was created, or a refresh found that its stored definition does not load. */
    readonly usable: boolean;
}

/** As errors call it. */
export const CATALOG_KIND = "TrinoCatalog";

/** Seconds until a created catalog has to answer; less than for others, since a wrong password never does. */
const READY = 30;

/**
 * Observe, ensure, sync, return: the one path behind create and update. Trino has no ALTER CATALOG: a change drops the
 * catalog and creates it anew, and puts the old definition back when the new one does not work.
 * @param before the recorded state; undefined when this stack has not created the catalog.
 */
export async function reconcileCatalog(
    inputs: CatalogInputs,
    before: CatalogState | undefined,
    outcome: Outcome,
): Promise<CatalogState> {
    const session = workingSession(inputs.server, [...secretValues(inputs), ...(before ? secretValues(before) : [])]);
    const live = await readCatalog(session, inputs.catalog);
    if (live === undefined) {
        outcome.sent = true;
        await create(session, inputs);
    } else if (before === undefined) {
        const refusal = adoptionRefusal(inputs, live);
        if (refusal !== undefined) throw trouble(CATALOG_KIND, inputs.catalog, refusal);
        await takeOver(session, inputs, live, outcome);
    } else if (!live.loaded || catalogDifferences(inputs, { ...before, connector: live.connector }).length > 0) {
        await refuseLoss(session, inputs, live);
        await replace(session, inputs, before, outcome);
    } else if (before.usable !== false) {
        return catalogState(inputs, true);
    }
    // Recorded before anything else can fail.
    outcome.recorded = catalogState(inputs, false);
    const idle = await useTrouble(session, inputs, inputs.catalog);
    if (idle !== undefined) throw trouble(CATALOG_KIND, inputs.catalog, { ...idle, left: KEPT });
    return catalogState(inputs, true);
}

const KEPT = "The catalog is there and recorded: the next up goes on from there.";

/** The catalog as it now is, for refresh; undefined when it is gone. */
export async function readCatalogState(state: CatalogState): Promise<CatalogState | undefined> {
    const live = await readCatalog(workingSession(state.server, secretValues(state)), state.catalog);
    if (live === undefined) return undefined;
    const usable = live.loaded && state.usable;
    if (live.connector === state.connector && usable === state.usable) return state;
    return plain({ ...state, connector: live.connector, usable });
}

/** Why a catalog that is there may not be taken over. */
export function adoptionRefusal(inputs: CatalogInputs, live: HeldCatalog): Trouble | undefined {
    const what = `catalog ${inputs.catalog}`;
    const others = catalogDifferences({ connector: inputs.connector }, { connector: live.connector });
    const refusal = adoptionTrouble(inputs.onExists, what, others, "catalog");
    if (refusal !== undefined || inputs.onExists === "adopt") return refusal;
    return {
        what: `whether ${what} is what is declared cannot be known`,
        why: `Its connector is ${live.connector}, as declared; Trino gives properties of catalogs to nobody.`,
        wayOut: 'set onExists: "adopt": it is dropped and created as declared.',
    };
}

/** What a drop of this catalog would lose; undefined when that is nothing, or was asked for. */
export async function lossIn(
    session: Session,
    { catalog, forceDestroy }: Pick<CatalogInputs, "catalog" | "forceDestroy">,
    live: HeldCatalog,
): Promise<Contents | undefined> {
    if (forceDestroy === true || !live.loaded || !holdsContents(live.connector)) return undefined;
    const contents = await countContents(session, catalog);
    return isEmpty(contents) ? undefined : contents;
}

/** Refusal of a change that would lose something. */
export function lossTrouble(what: string, connector: string, contents: Contents): Trouble {
    return {
        what,
        why:
            "Trino has no ALTER CATALOG: it would be dropped and created anew, and connector " +
            `${connector} keeps ${contentsText(contents)} in the catalog itself, which would be lost.`,
        wayOut: "declare a second catalog and move them; or remove them; or set forceDestroy: true.",
    };
}

async function refuseLoss(session: Session, inputs: CatalogInputs, live: HeldCatalog): Promise<void> {
    const contents = await lossIn(session, inputs, live);
    if (contents === undefined) return;
    throw trouble(CATALOG_KIND, inputs.catalog, lossTrouble("cannot change", live.connector, contents));
}

/**
 * Takes a catalog of somebody else over. Its properties cannot be read, and so not be put back: what is declared is
 * tried under another name before anything is dropped.
 */
async function takeOver(session: Session, inputs: CatalogInputs, live: HeldCatalog, outcome: Outcome): Promise<void> {
    await refuseLoss(session, inputs, live);
    const trial = `millrace_trial_${inputs.catalog}`;
    await dropCatalog(session, trial);
    const refusal = (await creationTrouble(session, inputs, trial)) ?? (await useTrouble(session, inputs, trial));
    await dropCatalog(session, trial);
    if (refusal !== undefined) {
        throw trouble(CATALOG_KIND, inputs.catalog, {
            ...refusal,
            what: "cannot be taken over: what is declared does not work, tried under another name",
        });
    }
    outcome.sent = true;
    await dropCatalog(session, inputs.catalog);
    await create(session, inputs);
}

/** Drops the catalog, creates it as declared, and puts back what it was when that does not work. */
async function replace(session: Session, inputs: CatalogInputs, before: CatalogState, outcome: Outcome): Promise<void> {
    outcome.sent = true;
    await dropCatalog(session, inputs.catalog);
    const refusal = (await creationTrouble(session, inputs)) ?? (await useTrouble(session, inputs, inputs.catalog));
    if (refusal !== undefined) {
        const left = await putBack(session, inputs.catalog, before);
        throw trouble(CATALOG_KIND, inputs.catalog, { ...refusal, what: "the new definition does not work", left });
    }
}

/** @returns what the attempt left behind. */
async function putBack(session: Session, catalog: string, before: CatalogState): Promise<string> {
    try {
        await dropCatalog(session, catalog);
        await createCatalog(session, catalog, before);
        return "The old definition was put back: the catalog is what it was.";
    } catch (error) {
        return (
            `The old definition could not be put back either: ${legible((error as Error).message)}\n` +
            "  The catalog is gone; the next up creates it."
        );
    }
}

async function create(session: Session, inputs: CatalogInputs): Promise<void> {
    const refusal = await creationTrouble(session, inputs);
    if (refusal !== undefined) throw trouble(CATALOG_KIND, inputs.catalog, refusal);
}

/** Creates it; what Trino has against the definition, when it has. */
async function creationTrouble(
    session: Session,
    inputs: CatalogInputs,
    name = inputs.catalog,
): Promise<Trouble | undefined> {
    try {
        await createCatalog(session, name, inputs);
        return undefined;
    } catch (error) {
        if (!isStatementError(error)) throw error;
        const missing = /Environment variable is not set: (\w+)/.exec(error.message)?.[1];
        return {
            what: "cannot be created",
            why: legible(error.message),
            ...(missing !== undefined && {
                wayOut: `give the server a secret of this name: the component's secrets: { ${missing}: … }.`,
            }),
        };
    }
}

/** Waits until what the catalog connects to has told its schemas; what is wrong, when it does not. */
async function useTrouble(session: Session, { timeouts }: CatalogInputs, name: string): Promise<Trouble | undefined> {
    const seconds = timeouts?.ready ?? READY;
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        const error = await askForSchemas(session, name).then(
            () => undefined,
            (thrown) => thrown,
        );
        if (error === undefined) return undefined;
        if (!isStatementError(error)) throw error;
        // What is the declaration's fault does not go away by waiting.
        if (error.errorType === "USER_ERROR" || Date.now() > deadline) {
            return {
                what: `is loaded, and does not answer within ${seconds} s`,
                why: `SHOW SCHEMAS FROM ${name}: ${legible(error.message)}`,
                wayOut: "look whether what it connects to is up, and its address and credentials are right.",
            };
        }
        await sleep(1_000);
    }
}

/** What Trino says about a definition, without its legend of class names. */
function legible(said: string): string {
    return said
        .replace(/\n=+\nFull classname legend:[\s\S]*End of classname legend:\n=+\n?/, "")
        .replace(/\n{2,}/g, "\n")
        .replace(/\n +\(query/, " (query")
        .replace(/\n(?=.)/g, "\n  ")
        .trim();
}

/** What is recorded when the server holds what is declared. */
function catalogState(inputs: CatalogInputs, usable: boolean): CatalogState {
    return plain({ ...inputs, usable });
}
