import { adoptionTrouble } from "../adoption";
import { type Difference, type Observed, observe } from "../document";
import { type Trouble, trouble } from "../errors";
import { isUnreachable } from "../http";
import { type Common, isProtected, plain, progress, sameJson } from "../lifecycle";
import type { Outcome } from "../outcome";
import {
    type ConnectorStatus,
    carriedOut,
    command,
    getConnector,
    getOffsets,
    getStatus,
    type HeldConnector,
    postStopped,
    putConfig,
    type ResolvedServer,
    type Session,
} from "./api";
import {
    type Declared,
    declaredForm,
    differences,
    drifted,
    HIDDEN,
    heldForm,
    pathOfKey,
    secretValues,
    sentConfig,
    withDrift,
} from "./connector-form";
import { positionProblems } from "./connector-rules";
import type { ConnectorConfig, ConnectorOffsets, ConnectorState, OnDelete } from "./documents";
import { awaitHealth, CONNECTOR_KIND, RECORDED, stateOf } from "./health";
import { moveOffsets, moveProblems, offsetsText, stop } from "./offsets";
import { judge } from "./validation";

/** Inputs of a connector, resolved. */
export interface ConnectorInputs extends Common, Declared {
    readonly server: ResolvedServer;
    readonly name: string;
    readonly config: ConnectorConfig;
    readonly secretConfig?: ConnectorConfig;
    readonly state?: ConnectorState;
    readonly offsets?: ConnectorOffsets;
    readonly onDelete?: OnDelete;
    readonly restarts?: number;
    readonly steadySeconds?: number;
}

/** What is recorded of a connector; `state` is `failed` when a refresh found it so. */
export interface ConnectorRecord extends ConnectorInputs {
    readonly observed: Observed;
}

/** Patience where nothing is declared. */
export const DEFAULTS = { restarts: 2, steadySeconds: 4, ready: 180, delete: 180 } as const;

/** A conversation that carries changes out: patient, also with a rebalance. */
export function workingSession(inputs: ConnectorInputs): Session {
    return { ...inputs.server, secrets: secretValues(inputs) };
}

/** A conversation during preview: quick, since the worker may not exist yet. */
export function previewSession(inputs: ConnectorInputs): Session {
    return { ...workingSession(inputs), timeoutMs: 5_000, retries: 0, rebalanceSeconds: 0 };
}

/**
 * Observe, ensure, sync, return: the one path behind create and update.
 * @param before the recorded state; undefined when this stack has not created the connector.
 */
export async function reconcileConnector(
    inputs: ConnectorInputs,
    before: ConnectorRecord | undefined,
    outcome: Outcome,
): Promise<ConnectorRecord> {
    const session = workingSession(inputs);
    let wrote = false;
    let move = inputs.offsets !== undefined && !sameJson(inputs.offsets, before?.offsets);
    // What is recorded until the position is where it should be: a run that fails moves it the next time.
    const applied = move ? before?.offsets : inputs.offsets;
    let live = await getConnector(session, inputs.name);
    let status = live === undefined ? undefined : await getStatus(session, inputs.name);
    if (live === undefined) {
        live = await ensure(session, inputs, outcome);
        // Before anything else can fail.
        record(inputs, applied, live, outcome);
        if (!move) await tellPosition(session, inputs);
        status = STOPPED;
        wrote = true;
    } else if (before === undefined) {
        const refusal = adoptionRefusal(inputs, live, status);
        if (refusal !== undefined) throw trouble(CONNECTOR_KIND, inputs.name, refusal);
        if (move) {
            const line = "is taken over where it stands; offsets are applied when they change";
            progress(`${CONNECTOR_KIND} "${inputs.name}": ${line}`);
        }
        move = false;
    }

    const form = heldForm(inputs, live.config, "");
    if (
        differences(declaredForm(inputs), form).some(({ path }) => path !== "state" && !isAddition(before, path, form))
    ) {
        outcome.sent = true;
        await put(session, inputs);
        live = { ...live, config: sentConfig(inputs.name, inputs) };
        wrote = true;
    }
    record(inputs, move ? applied : inputs.offsets, live, outcome);
    if (move) {
        wrote = true;
        await relocate(session, inputs, live.type, status, outcome);
        status = STOPPED;
        record(inputs, inputs.offsets, live, outcome);
    }
    const target = inputs.state ?? "running";
    const now = stateOf(status);
    if (now !== target && !(now === "failed" && target === "running")) {
        outcome.sent = true;
        await command(session, inputs.name, VERBS[target]);
        wrote = true;
    }
    await awaitHealth(session, inputs.name, {
        state: target,
        seconds: inputs.timeouts?.ready ?? DEFAULTS.ready,
        steadySeconds: inputs.steadySeconds ?? DEFAULTS.steadySeconds,
        restarts: inputs.restarts ?? DEFAULTS.restarts,
        settled: !wrote,
    });
    // What the worker added, it has added by now.
    return recordOf(inputs, inputs.offsets, (await getConnector(session, inputs.name)) ?? live);
}

/** The connector as it now is, for refresh; undefined when it is gone. */
export async function readConnector(record: ConnectorRecord): Promise<ConnectorRecord | undefined> {
    const session = workingSession(record);
    const live = await getConnector(session, record.name);
    if (live === undefined) return undefined;
    const declared = declaredForm(record);
    const state = stateOf(await getStatus(session, record.name)) ?? declared.state ?? "running";
    const found = drifted(declared, record.observed ?? {}, heldForm(record, live.config, state));
    return found.length === 0 ? record : plain(withDrift(record, live.config, state, found));
}

/** Why a connector that is there may not be taken over; undefined when it may. */
export function adoptionRefusal(
    inputs: ConnectorInputs,
    live: HeldConnector,
    status: ConnectorStatus | undefined,
): Trouble | undefined {
    const declared = declaredForm(inputs);
    const state = stateOf(status) ?? declared.state ?? "running";
    const [lost] = isProtected(inputs) ? positionProblems({ config: live.config }, inputs) : [];
    if (inputs.onExists === "adopt" && lost !== undefined) return lost;
    // Whether it works at the moment says nothing about whose it is.
    const held = heldForm(inputs, live.config, state === "failed" ? "running" : state);
    const found = differences(declared, held).map((one) => shown(inputs, one));
    return adoptionTrouble(inputs.onExists, `connector ${inputs.name}`, found, "connector");
}

const VERBS = { running: "resume", paused: "pause", stopped: "stop" } as const;
const STOPPED: ConnectorStatus = { connector: { state: "STOPPED" }, tasks: [] };

/** A key that the worker had added by itself when it was last looked at: no reason to write. */
function isAddition(
    before: ConnectorRecord | undefined,
    path: string,
    held: Readonly<Record<string, string>>,
): boolean {
    return before?.observed?.[path] !== undefined && before.observed[path] === held[path];
}

function shown({ secretConfig }: ConnectorInputs, difference: Difference): Difference {
    const secret = Object.keys(secretConfig ?? {}).some((key) => pathOfKey(key) === difference.path);
    return secret ? { ...difference, expected: HIDDEN } : difference;
}

function record(
    inputs: ConnectorInputs,
    offsets: ConnectorOffsets | undefined,
    live: HeldConnector,
    outcome: Outcome,
): void {
    outcome.recorded = recordOf(inputs, offsets, live);
}

function recordOf(
    inputs: ConnectorInputs,
    offsets: ConnectorOffsets | undefined,
    live: HeldConnector,
): ConnectorRecord {
    const declared = declaredForm(inputs);
    const observed = observe(declared, heldForm(inputs, live.config, declared.state ?? "running"));
    const { offsets: _offsets, ...rest } = inputs;
    return plain({ ...rest, ...(offsets === undefined ? {} : { offsets }), observed });
}

/** Declares the connector, stopped: nothing is read before its position is known. */
async function ensure(session: Session, inputs: ConnectorInputs, outcome: Outcome): Promise<HeldConnector> {
    const { name } = inputs;
    outcome.sent = true;
    const config = sentConfig(name, inputs);
    try {
        const answer = await postStopped(session, name, config);
        if (answer.status === 400) throw await refusedConfig(session, inputs, answer.said);
        if (answer.status === 409 && /already exists/i.test(answer.text)) {
            throw trouble(CONNECTOR_KIND, name, {
                what: `connector ${name} exists by now, and was not created by this stack`,
                why: "Somebody else has created it in this moment.",
                wayOut: "run up again: it says what there is, and how it could be taken over.",
            });
        }
        carriedOut(answer, 201);
    } catch (error) {
        if (!isUnreachable(error)) throw error;
        // Whose it is tells what it holds.
        const found = await getConnector(session, name).catch(() => undefined);
        if (found === undefined || !sameJson(found.config, config)) throw error;
    }
    const type = (await getConnector(session, name).catch(() => undefined))?.type ?? "unknown";
    return { config, type };
}

async function put(session: Session, inputs: ConnectorInputs): Promise<void> {
    const answer = await putConfig(session, inputs.name, sentConfig(inputs.name, inputs));
    if (answer.status === 400) throw await refusedConfig(session, inputs, answer.said);
    carriedOut(answer, 200, 201);
}

/** The plugin's words at the keys that they are about; the worker's own answer has no keys. */
async function refusedConfig(session: Session, inputs: ConnectorInputs, said: string): Promise<Error> {
    const { problems, warnings } = await judge(session, inputs).catch(() => ({ problems: [], warnings: [] }));
    const lines = [...problems.map(({ property, why }) => `${property}: ${why}`), ...warnings];
    return trouble(CONNECTOR_KIND, inputs.name, {
        what: "the plugin refuses the configuration",
        why: lines.length === 0 ? said : lines.join("\n  "),
        wayOut: "repair what it names, and run up again.",
    });
}

/** Whether a connector that begins has been there before: positions outlive connectors. */
async function tellPosition(session: Session, { name, config }: ConnectorInputs): Promise<void> {
    const line = (text: string): void => progress(`${CONNECTOR_KIND} "${name}": ${text}`);
    try {
        const stored = await getOffsets(session, name);
        const mode = config["snapshot.mode"] ?? "initial";
        const debezium = String(config["connector.class"]).startsWith("io.debezium.");
        const anew = debezium ? `a snapshot comes first (snapshot.mode ${mode})` : "it begins anew";
        if (stored.length === 0) line(`there is no stored position: ${anew}`);
        else line(`resumes at the position that an earlier connector of this name left: ${offsetsText(stored)}`);
    } catch (error) {
        line(`whether it resumes or begins anew is not known: ${(error as Error).message}`);
    }
}

/** Stop, move, and leave it stopped: what the connector is to do comes after. What was there goes on when it fails. */
async function relocate(
    session: Session,
    inputs: ConnectorInputs,
    type: string,
    status: ConnectorStatus | undefined,
    outcome: Outcome,
): Promise<void> {
    const { name, offsets = {} } = inputs;
    const [problem] = moveProblems(offsets, await getOffsets(session, name), type);
    if (problem !== undefined) {
        throw trouble(CONNECTOR_KIND, name, {
            ...problem,
            what: `${problem.property}: ${problem.what}`,
            left: RECORDED,
        });
    }
    outcome.sent = true;
    try {
        if (status !== STOPPED) await stop(session, name, inputs.timeouts?.ready ?? DEFAULTS.ready);
        await moveOffsets(session, name, offsets);
    } catch (error) {
        const was = stateOf(status);
        if (was === "running" || was === "paused") await command(session, name, VERBS[was]).catch(() => undefined);
        throw error;
    }
}
