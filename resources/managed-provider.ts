import type * as pulumi from "@pulumi/pulumi";
import { checkFailures, type Problem, trouble } from "./errors";
import { type Common, isProtected, providerChanged, sameJson } from "./lifecycle";
import { failure, type Outcome } from "./outcome";

/** What is particular to a kind of object; the rest of its provider is {@link managedProvider}. */
export interface ManagedKind<Inputs extends Common, State extends Inputs> {
    /** As errors call it: `PinotTable`. */
    readonly kind: string;
    /** The input that says which object it is: named when a change replaces it. */
    readonly identity: keyof Inputs & string;
    /** Outputs that are no inputs. */
    readonly outputsOnly: readonly (keyof State & string)[];
    /** Inputs with what is read from this machine filled in, such as checksums of files: judged, compared and recorded. */
    complete?(inputs: Inputs): Promise<Inputs>;
    /** The object's name, for errors; of inputs that may be unknown, incomplete or wrong. */
    nameOf(inputs: Partial<Inputs>): string;
    /** Its id. @default its name */
    idOf?(inputs: Inputs): string;
    /** Inputs that matter beside the compared document, each with its default filled in. */
    settingsOf(inputs: Inputs): object;
    /** What differs between what is recorded and what is declared, what the server added left out. */
    compare(olds: State, news: Inputs): { readonly changed: boolean; readonly replaced: boolean };
    /** All that can be said without the server. @param olds the inputs of the last deployment, when there was one. */
    problemsOf(olds: Partial<State> | undefined, news: Inputs): Problem[] | Promise<Problem[]>;
    /**
     * What the server says about inputs that are otherwise well. Not asked when nothing changed: nothing would be sent,
     * and a preview of hundreds of objects stays fast.
     */
    problemsOnServer?(olds: Partial<State> | undefined, news: Inputs): Promise<Problem[]>;
    /** Observe, ensure, sync, return. @param before the recorded state; undefined when this stack has not created it. */
    reconcile(inputs: Inputs, before: State | undefined, outcome: Outcome): Promise<State>;
    /** The object as it now is: the same state when nothing drifted, undefined when it is gone. */
    read(state: State): Promise<State | undefined>;
    /** Removes an object that is not protected. One that is gone already is no error. */
    remove(name: string, state: State, outcome: Outcome): Promise<void>;
    /** What protection protects: `12 objects would be lost.`; undefined when the object is gone. */
    lossOf(state: State): Promise<string | undefined>;
}

/** A dynamic provider: the frame that all kinds share around what is particular to one. */
export function managedProvider<Inputs extends Common, State extends Inputs>(
    kind: ManagedKind<Inputs, State>,
): pulumi.dynamic.ResourceProvider<Inputs, State> {
    const idOf = (inputs: Inputs): string => kind.idOf?.(inputs) ?? kind.nameOf(inputs);
    return {
        async check(olds, declared) {
            const news = (await kind.complete?.(declared)) ?? declared;
            const before = olds as unknown as Partial<State> | undefined;
            const offline = await kind.problemsOf(before, news);
            const problems =
                offline.length > 0 || sameInputs(olds, news)
                    ? offline
                    : ((await kind.problemsOnServer?.(before, news)) ?? []);
            return { inputs: news, failures: checkFailures(kind.kind, kind.nameOf(news), problems) };
        },
        async diff(_id, olds, news) {
            const { changed, replaced } = kind.compare(olds, news);
            return {
                changes:
                    changed ||
                    replaced ||
                    providerChanged(olds, news) ||
                    !sameJson(settingsWithCommon(kind, olds), settingsWithCommon(kind, news)),
                ...(replaced ? { replaces: [kind.identity] } : {}),
            };
        },
        async create(inputs) {
            const outcome: Outcome = {};
            const id = idOf(inputs);
            try {
                return { id, outs: await kind.reconcile(inputs, undefined, outcome) };
            } catch (error) {
                throw failure(kind.kind, kind.nameOf(inputs), id, "cannot be created", error, outcome);
            }
        },
        async update(id, olds, news) {
            const outcome: Outcome = {};
            try {
                return { outs: await kind.reconcile(news, olds, outcome) };
            } catch (error) {
                throw failure(kind.kind, kind.nameOf(news), id, "cannot be updated", error, outcome);
            }
        },
        async read(id, props) {
            if (props?.[kind.identity] === undefined) {
                throw trouble(kind.kind, id, {
                    what: "cannot be imported",
                    why: "Dynamic resources have no import (pulumi/pulumi#16175).",
                    wayOut: `declare it with onExists: "adoptIfEqual".`,
                });
            }
            try {
                const state = await kind.read(props);
                if (state === undefined) return { id: "" };
                return state === props ? { id, props } : { id, props: state, inputs: inputsOf(kind, state) };
            } catch (error) {
                throw failure(kind.kind, kind.nameOf(props), id, "cannot be read", error, {});
            }
        },
        async delete(id, props) {
            const outcome: Outcome = {};
            const name = kind.nameOf(props);
            try {
                if (!isProtected(props)) return await kind.remove(name, props, outcome);
                const loss = await kind.lossOf(props);
                if (loss === undefined) return;
                throw trouble(kind.kind, name, {
                    what: "is protected and will not be deleted",
                    why: loss,
                    wayOut: "set deletionProtection: false, run up, then delete it.",
                });
            } catch (error) {
                throw failure(kind.kind, name, id, "cannot be deleted", error, outcome);
            }
        },
    };
}

function sameInputs(olds: object | undefined, news: object): boolean {
    return sameJson({ ...olds, __provider: "" }, { ...news, __provider: "" });
}

function settingsWithCommon<Inputs extends Common, State extends Inputs>(
    kind: ManagedKind<Inputs, State>,
    inputs: Inputs,
): object {
    const { onExists = "fail", deletionProtection = true, timeouts = {} } = inputs;
    return { onExists, deletionProtection, timeouts, ...kind.settingsOf(inputs) };
}

function inputsOf<Inputs extends Common, State extends Inputs>(kind: ManagedKind<Inputs, State>, state: State): State {
    const outputs: readonly string[] = kind.outputsOnly;
    return Object.fromEntries(Object.entries(state).filter(([key]) => !outputs.includes(key))) as unknown as State;
}
