import { type Trouble, trouble } from "../errors";
import { sleep } from "../http";
import { progress } from "../lifecycle";
import { type ConnectorStatus, getStatus, restartFailed, type Session } from "./api";
import type { ConnectorState } from "./documents";

/** As errors call it. */
export const CONNECTOR_KIND = "KafkaConnector";

/** What the next run does about it. */
export const RECORDED = "The connector is there and recorded: the next up goes on from there.";

/** How a connector is, measured against what it is to do. */
export interface Verdict {
    readonly kind: "works" | "failed" | "unsettled";
    /** As in `connector RUNNING, task 0 FAILED`. */
    readonly text: string;
    /** What failed, and why; there when something did. */
    readonly failures: readonly string[];
}

/** What is waited for, and how. */
export interface Patience {
    readonly state: ConnectorState;
    /** Bound, in seconds. */
    readonly seconds: number;
    /**
     * How long a verdict has to stand before it is believed. For about two seconds after a write Connect shows what was
     * before it: the old task as RUNNING while the new one fails, or as FAILED while the new one starts.
     */
    readonly steadySeconds: number;
    /** How often what failed is started again. */
    readonly restarts: number;
    /** True when nothing was written, so that what is shown is how it is. */
    readonly settled: boolean;
}

/** A source may find nothing to do, and then has no tasks. Nor has one, for a moment, that has much to do. */
const WITHOUT_TASKS_SECONDS = 15;

/** Measures a status against what the connector is to do. */
export function verdictOf(status: ConnectorStatus | undefined, state: ConnectorState): Verdict {
    if (status === undefined) return { kind: "unsettled", text: "no status yet", failures: [] };
    const { connector, tasks } = status;
    const parts = [{ name: "connector", ...connector }, ...tasks.map((task) => ({ ...task, name: `task ${task.id}` }))];
    const failures =
        state === "running"
            ? parts
                  .filter((part) => part.state === "FAILED")
                  .map(({ name, trace }) => `${name} FAILED: ${headOf(trace)}`)
            : [];
    const text = `${parts.map((part) => `${part.name} ${part.state}`).join(", ")}${tasks.length === 0 ? ", no tasks" : ""}`;
    if (failures.length > 0) return { kind: "failed", text, failures };
    const wanted = state.toUpperCase();
    const works =
        connector.state === wanted &&
        (state === "stopped"
            ? tasks.length === 0
            : // What failed before the pause stays so while it lasts.
              tasks.every((task) => task.state === wanted || (state === "paused" && task.state === "FAILED")));
    return { kind: works ? "works" : "unsettled", text, failures };
}

/** What a connector was last told to do, as far as its status says; `failed` when it should run and does not. */
export function stateOf(status: ConnectorStatus | undefined): ConnectorState | "failed" | undefined {
    switch (status?.connector.state) {
        case undefined:
            return undefined;
        case "PAUSED":
            return "paused";
        case "STOPPED":
            return "stopped";
        default:
            return verdictOf(status, "running").kind === "failed" ? "failed" : "running";
    }
}

/** The first line of a trace, and the root cause where it is another: the rest is for people with the source code. */
export function headOf(trace: string | undefined): string {
    const lines = (trace ?? "").split("\n").map((line) => line.trim());
    const [head = "no trace"] = lines.filter((line) => line !== "");
    const root = lines.filter((line) => line.startsWith("Caused by: ")).at(-1);
    return [head, ...(root === undefined || head.includes(root.slice(11)) ? [] : [root])].map(shorten).join("\n    ");
}

/**
 * Waits until a connector does what it is to do, and starts again what failed, so often as it may.
 * @throws Error with the words of what failed, or with the last status when time is up.
 */
export async function awaitHealth(session: Session, name: string, patience: Patience): Promise<void> {
    const { state, seconds, steadySeconds, settled } = patience;
    const deadline = Date.now() + seconds * 1000;
    let left = patience.restarts;
    let last = verdictOf(undefined, state);
    let since = Date.now();
    for (let wait = 100; ; wait = Math.min(wait * 2, 400)) {
        const status = await getStatus(session, name);
        const verdict = verdictOf(status, state);
        if (verdict.kind !== last.kind) since = Date.now();
        last = verdict;
        const stood = (Date.now() - since) / 1000;
        const idle = state === "running" && status?.tasks.length === 0;
        // A restart takes its time to show too.
        const believed = settled && left === patience.restarts ? 0 : steadySeconds;
        const enough = idle && believed > 0 ? Math.max(believed, WITHOUT_TASKS_SECONDS) : believed;
        if (verdict.kind === "works" && stood >= enough) {
            if (idle) progress(`${CONNECTOR_KIND} "${name}": runs without tasks, since it finds nothing to do`);
            return;
        }
        if (verdict.kind === "failed" && stood >= believed) {
            if (left === 0) throw trouble(CONNECTOR_KIND, name, failedTrouble(verdict, patience.restarts));
            left -= 1;
            const which = `${patience.restarts - left} of ${patience.restarts}`;
            progress(`${CONNECTOR_KIND} "${name}": ${verdict.text}; is started again (${which})`);
            await restartFailed(session, name);
            since = Date.now();
        }
        if (Date.now() + wait > deadline) {
            throw trouble(CONNECTOR_KIND, name, {
                what: `is not ${state.toUpperCase()} within ${seconds} s`,
                why: `Last seen: ${[verdict.text, ...verdict.failures].join("\n  ")}`,
                wayOut: "look into the worker's log; or give it more time with timeouts.ready.",
                left: RECORDED,
            });
        }
        await sleep(wait);
    }
}

function failedTrouble({ failures }: Verdict, restarts: number): Trouble {
    const tried = restarts === 0 ? "" : `, also after ${restarts} restart${restarts === 1 ? "" : "s"}`;
    return {
        what: `does not run${tried}`,
        why: failures.join("\n  "),
        wayOut: "repair what it names, and run up again: that starts it again, whether its configuration changed or not.",
        left: RECORDED,
    };
}

function shorten(text: string): string {
    return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
