import { adoptionTrouble } from "../adoption";
import { type Trouble, trouble } from "../errors";
import { type Common, plain, sameJson, until } from "../lifecycle";
import type { Outcome } from "../outcome";
import type { ResolvedServer, Session } from "./api";
import { allTables, instanceNames, instanceTags, setInstanceTags } from "./instance-api";
import { forsaken, type InstanceTagsDocument, isUntouched } from "./instance-tags-rules";
import { workingSession } from "./session";

/** Inputs of the tags of an instance, resolved. */
export interface InstanceTagsInputs extends Common, InstanceTagsDocument {
    readonly server: ResolvedServer;
}

/** What is recorded of them. */
export interface InstanceTagsState extends InstanceTagsInputs {
    /** What the instance carried before: it gets that back. */
    readonly before: readonly string[];
}

/** As errors call it. */
export const TAGS_KIND = "PinotInstanceTags";

/**
 * Observe, ensure, sync, return: the one path behind create and update.
 * @param before the recorded state; undefined when this stack has not tagged the instance.
 */
export async function reconcileTags(
    inputs: InstanceTagsInputs,
    before: InstanceTagsState | undefined,
    outcome: Outcome,
): Promise<InstanceTagsState> {
    const { instance, tags } = inputs;
    const session = workingSession(inputs.server);
    // A server that starts in the same up has to register first.
    const live = await until(
        inputs.timeouts?.ready ?? 180,
        () => instanceTags(session, instance),
        async () => new Error(await absence(session, instance)),
    );
    if (before === undefined) refuse(instance, takeoverTrouble(inputs, live));
    refuse(instance, await lossTrouble(session, instance, live, tags));
    const state = plain({ ...inputs, before: before?.before ?? live });
    if (!sameTags(live, tags)) {
        outcome.sent = true;
        await setInstanceTags(session, instance, tags);
    }
    return state;
}

/** The tags as they now are, for refresh; undefined when the instance is gone. */
export async function readTags(state: InstanceTagsState): Promise<InstanceTagsState | undefined> {
    const live = await instanceTags(workingSession(state.server), state.instance);
    if (live === undefined) return undefined;
    return sameTags(live, state.tags) ? state : { ...state, tags: live };
}

/** Gives the instance back what it carried before. One that is gone needs nothing. */
export async function removeTags(name: string, state: InstanceTagsState, outcome: Outcome): Promise<void> {
    const session = workingSession(state.server);
    const live = await instanceTags(session, state.instance);
    if (live === undefined || sameTags(live, state.before)) return;
    refuse(name, await lossTrouble(session, state.instance, live, state.before));
    outcome.sent = true;
    await setInstanceTags(session, state.instance, state.before);
}

/** What protection protects; undefined when the instance is gone. */
export async function lossOfTags({ server, instance, before }: InstanceTagsState): Promise<string | undefined> {
    const live = await instanceTags(workingSession(server), instance);
    if (live === undefined) return undefined;
    return `${instance} would carry ${before.join(", ")} instead of ${live.join(", ")}.`;
}

/** Why tags may not be taken over that somebody else gave; undefined when they may, or are Pinot's own. */
export function takeoverTrouble(
    { onExists, tags, instance }: InstanceTagsInputs,
    live: readonly string[],
): Trouble | undefined {
    if (isUntouched(live)) return undefined;
    const missing = tags.filter((tag) => !live.includes(tag));
    const differences = [
        ...missing.map((tag) => ({ path: tag, expected: "carried", actual: undefined })),
        ...live
            .filter((tag) => !tags.includes(tag))
            .map((tag) => ({ path: tag, expected: undefined, actual: "carried" })),
    ];
    return adoptionTrouble(onExists, `a tag of ${instance}`, differences, "tags");
}

/** Why an instance may not lose tags; undefined when every table that goes by one finds another instance. */
export async function lossTrouble(
    session: Session,
    instance: string,
    live: readonly string[],
    tags: readonly string[],
): Promise<Trouble | undefined> {
    const lost = live.filter((tag) => !tags.includes(tag));
    if (lost.length === 0) return undefined;
    const others = (await instanceNames(session)).filter((name) => name !== instance);
    const carried = await Promise.all(others.map((name) => instanceTags(session, name)));
    const tables = forsaken(lost, new Set(carried.flatMap((list) => list ?? [])), await allTables(session));
    if (tables.length === 0) return undefined;
    const shown = tables.length > 5 ? [...tables.slice(0, 5), `and ${tables.length - 5} more`] : tables;
    return {
        what: `${instance} is the last that carries ${lost.join(", ")}, and tables need it`,
        why: `${shown.join(", ")} would find nobody to serve new segments or queries.`,
        wayOut: "give the tag to another instance first, or let the tables go by another tenant or tier.",
    };
}

/** Whether two lists name the same tags, whatever their order. */
export function sameTags(one: readonly string[], other: readonly string[]): boolean {
    return sameJson([...one].sort(), [...other].sort());
}

function refuse(name: string, refusal: Trouble | undefined): void {
    if (refusal !== undefined) throw trouble(TAGS_KIND, name, refusal);
}

async function absence(session: Session, instance: string): Promise<string> {
    const names = await instanceNames(session);
    return (
        `the cluster has no instance ${instance}, but ${names.join(", ") || "none at all"}\n` +
        "  Way out: correct the name; or start it, and raise timeouts.ready if it takes longer."
    );
}
