import { type Answer, type Exchange, exchange, scrub, sleep } from "../http";
import { letIn } from "../server";
import type { ConnectorOffset } from "./documents";

/** A Kafka Connect cluster, as resolved values. */
export interface ResolvedServer {
    readonly restUrl: string;
    readonly authorization?: string;
}

/** One conversation with a worker: whom to ask, and how patiently. */
export interface Session extends ResolvedServer {
    /** Milliseconds per request. */
    readonly timeoutMs?: number;
    /** Further attempts of requests that cannot do harm twice. */
    readonly retries?: number;
    /** Seconds for which a request that meets a rebalance is sent again. @default 60 */
    readonly rebalanceSeconds?: number;
    /** Values of configurations that must not appear in errors. */
    readonly secrets?: readonly string[];
}

/** A connector as the cluster holds it. */
export interface HeldConnector {
    readonly config: Readonly<Record<string, string>>;
    readonly type: string;
}

/** How connector and tasks are; it follows writes with a delay of some seconds. */
export interface ConnectorStatus {
    readonly connector: { readonly state: string; readonly trace?: string };
    readonly tasks: readonly { readonly id: number; readonly state: string; readonly trace?: string }[];
}

/** What a plugin says of one key of a configuration. */
export interface ValidatedKey {
    readonly name: string;
    readonly errors: readonly string[];
    /** As `STRING` or `PASSWORD`. */
    readonly type: string;
}

/** A plugin's judgement; the words of the worker where it could not ask the plugin. */
export type Validation = { readonly keys: readonly ValidatedKey[] } | { readonly refused: string };

/**
 * Sends a request to a worker. A rebalance is waited for: nothing was carried out then, so any request may be repeated.
 *
 * Errors: no answer (see `exchange`); 401 and 403, which must never look like "gone" or "invalid".
 */
export async function ask(session: Session, method: Exchange["method"], path: string, body?: unknown): Promise<Answer> {
    const { restUrl, authorization, timeoutMs, retries, secrets, rebalanceSeconds = 60 } = session;
    const deadline = Date.now() + rebalanceSeconds * 1000;
    for (let wait = 200; ; wait = Math.min(wait * 2, 2_000)) {
        const answer = await exchange({
            method,
            url: `${restUrl.replace(/\/+$/, "")}${path}`,
            ...(body === undefined ? {} : { body }),
            ...(authorization === undefined ? {} : { authorization }),
            ...(timeoutMs === undefined ? {} : { timeoutMs }),
            ...(retries === undefined ? {} : { retries }),
            ...(secrets === undefined ? {} : { secrets }),
        });
        letIn(answer, "worker");
        if (!isRebalancing(answer) || Date.now() + wait > deadline) return answer;
        await sleep(wait);
    }
}

/** The answer, or an Error with the worker's words unless the status is one of those expected. */
export function expectStatus(answer: Answer, ...expected: readonly number[]): Answer {
    if (!expected.includes(answer.status)) throw Object.assign(new Error(answer.said), { status: answer.status });
    return answer;
}

/**
 * Like {@link expectStatus} for a write that must not be called undone: after a 500 (`Request timed out`) it may have
 * been carried out, as when no answer came.
 */
export function carriedOut(answer: Answer, ...expected: readonly number[]): void {
    if (answer.status < 500) expectStatus(answer, ...expected);
    else throw Object.assign(new Error(answer.said), { status: answer.status, unreachable: true });
}

/** True for the error of {@link expectStatus} about a worker that is not well, just starting, or rebalancing. */
export function isServerTrouble(error: unknown): boolean {
    const status = (error as { status?: number } | undefined)?.status ?? 0;
    return status >= 500 || status === 409;
}

/** The connector as the cluster holds it; undefined when it holds none. Its status outlives it, so that says nothing. */
export async function getConnector(session: Session, name: string): Promise<HeldConnector | undefined> {
    const answer = expectStatus(await ask(session, "GET", pathOf(name)), 200, 404);
    if (answer.status === 404) return undefined;
    const { config = {}, type = "unknown" } = (answer.body ?? {}) as Partial<HeldConnector>;
    return { config, type };
}

/** Configurations of all connectors, by name. */
export async function getConfigs(session: Session): Promise<Readonly<Record<string, HeldConnector["config"]>>> {
    const answer = expectStatus(await ask(session, "GET", "/connectors?expand=info"), 200);
    const all = (answer.body ?? {}) as Record<string, { info?: Partial<HeldConnector> }>;
    return Object.fromEntries(Object.entries(all).map(([name, { info }]) => [name, info?.config ?? {}]));
}

/** How connector and tasks are; undefined while the cluster does not know yet. */
export async function getStatus(session: Session, name: string): Promise<ConnectorStatus | undefined> {
    const answer = expectStatus(await ask(session, "GET", pathOf(name, "/status")), 200, 404);
    if (answer.status === 404) return undefined;
    const { connector, tasks = [] } = (answer.body ?? {}) as Partial<ConnectorStatus>;
    if (connector === undefined) return undefined;
    const clean = <T extends { trace?: string }>(part: T): T =>
        part.trace === undefined ? part : { ...part, trace: scrub(part.trace, session.secrets ?? []) };
    return { connector: clean(connector), tasks: tasks.map(clean) };
}

/** Declares a connector that does not run yet. 409: it is there. 400: the plugin refuses the configuration. */
export function postStopped(session: Session, name: string, config: Readonly<Record<string, string>>): Promise<Answer> {
    return ask(session, "POST", "/connectors", { name, config, initial_state: "STOPPED" });
}

/** Replaces a connector's configuration. 400: the plugin refuses it. */
export function putConfig(session: Session, name: string, config: Readonly<Record<string, string>>): Promise<Answer> {
    return ask(session, "PUT", pathOf(name, "/config"), config);
}

/** Tells a connector what to do. It is done some time later: see {@link getStatus}. */
export async function command(session: Session, name: string, verb: "resume" | "pause" | "stop"): Promise<void> {
    expectStatus(await ask(session, "PUT", pathOf(name, `/${verb}`)), 200, 202, 204);
}

/** Starts what has failed again, connector and tasks. */
export async function restartFailed(session: Session, name: string): Promise<void> {
    const path = pathOf(name, "/restart?includeTasks=true&onlyFailed=true");
    expectStatus(await ask(session, "POST", path), 200, 202, 204);
}

/** The stored position. */
export async function getOffsets(session: Session, name: string): Promise<readonly ConnectorOffset[]> {
    const answer = expectStatus(await ask(session, "GET", pathOf(name, "/offsets")), 200);
    return ((answer.body ?? {}) as { offsets?: ConnectorOffset[] }).offsets ?? [];
}

/** Moves the position of a stopped connector; a partition without an offset is forgotten. */
export async function patchOffsets(session: Session, name: string, offsets: readonly ConnectorOffset[]): Promise<void> {
    const body = { offsets: offsets.map(({ partition, offset }) => ({ partition, offset: offset ?? null })) };
    expectStatus(await ask(session, "PATCH", pathOf(name, "/offsets"), body), 200);
}

/** Forgets the position of a stopped connector. */
export async function deleteOffsets(session: Session, name: string): Promise<void> {
    expectStatus(await ask(session, "DELETE", pathOf(name, "/offsets")), 200);
}

/** Deletes a connector; its position stays. */
export async function deleteConnector(session: Session, name: string): Promise<void> {
    expectStatus(await ask(session, "DELETE", pathOf(name)), 204, 404);
}

/** Lets the plugin judge a configuration: it may ask the systems that the configuration names, and changes nothing. */
export async function validate(session: Session, config: Readonly<Record<string, string>>): Promise<Validation> {
    const plugin = encodeURIComponent(config["connector.class"] ?? "");
    const answer = await ask(session, "PUT", `/connector-plugins/${plugin}/config/validate`, config);
    // A class that no plugin has is answered 500 in Kafka 4.3, a configuration of another class 400.
    const { message = "" } = (answer.body ?? {}) as { message?: string };
    if (answer.status === 400 || message.includes(NO_SUCH_CLASS)) {
        return { refused: scrub(message, session.secrets ?? []) };
    }
    expectStatus(answer, 200);
    const { configs = [] } = (answer.body ?? {}) as {
        configs?: { definition?: { type?: string }; value?: { name?: string; errors?: string[] } }[];
    };
    return {
        keys: configs.map(({ definition, value }) => ({
            name: value?.name ?? "",
            errors: (value?.errors ?? []).map((text) => scrub(text, session.secrets ?? [])),
            type: definition?.type ?? "",
        })),
    };
}

/** How a worker begins when it has no such plugin. */
export const NO_SUCH_CLASS = "Failed to find any class that implements Connector";

/** Classes of connectors that the worker has. */
export async function getPlugins(session: Session): Promise<string[]> {
    const answer = expectStatus(await ask(session, "GET", "/connector-plugins"), 200);
    return (answer.body as { class: string }[]).map((plugin) => plugin.class).sort();
}

/** 409 means a rebalance, or that the connector is there: only the text tells. */
function isRebalancing({ status, text }: Answer): boolean {
    return status === 409 && !/already exists/i.test(text);
}

function pathOf(name: string, rest = ""): string {
    return `/connectors/${encodeURIComponent(name)}${rest}`;
}
