import { type Problem, trouble } from "../errors";
import { isUnreachable } from "../http";
import { hasUnknown, isProtected, progress, UNKNOWN, until } from "../lifecycle";
import { managedProvider } from "../managed-provider";
import type { Outcome } from "../outcome";
import { duringPreview as askDuringPreview, urlProblems } from "../server";
import {
    deleteConnector,
    deleteOffsets,
    getConfigs,
    getConnector,
    getOffsets,
    getStatus,
    isServerTrouble,
    type Session,
} from "./api";
import { declaredChanges, declaredForm } from "./connector-form";
import {
    adoptionRefusal,
    type ConnectorInputs,
    type ConnectorRecord,
    DEFAULTS,
    previewSession,
    readConnector,
    reconcileConnector,
    workingSession,
} from "./connector-reconcile";
import { connectorProblems, hasSlot, positionProblems, slotProblems } from "./connector-rules";
import { CONNECTOR_KIND } from "./health";
import { moveProblems, stop } from "./offsets";
import { judge } from "./validation";

/** The code that manages a `KafkaConnector`. */
export const connectorProvider = managedProvider<ConnectorInputs, ConnectorRecord>({
    kind: CONNECTOR_KIND,
    identity: "name",
    outputsOnly: ["observed"],
    nameOf,
    settingsOf: ({ server, secretConfig, offsets, onDelete, restarts, steadySeconds }) => ({
        server,
        // Moved to where it is a secret, a key has the same value, and another place in the state.
        secretKeys: Object.keys(secretConfig ?? {}).sort(),
        offsets,
        onDelete: { offsets: "keep", ...onDelete },
        restarts: restarts ?? DEFAULTS.restarts,
        steadySeconds: steadySeconds ?? DEFAULTS.steadySeconds,
    }),
    compare(olds, news) {
        const changes = declaredChanges(declaredForm(news), declaredForm(olds), olds.observed ?? {});
        return {
            changed: changes.length > 0,
            replaced: nameOf(news) !== nameOf(olds) && nameOf(news) !== UNKNOWN,
        };
    },
    problemsOf,
    problemsOnServer(olds, news) {
        if (news.name === UNKNOWN || (news.config as unknown) === UNKNOWN) return Promise.resolve([]);
        return duringPreview(news, () => serverProblems(olds ?? {}, news));
    },
    reconcile: reconcileConnector,
    read: readConnector,
    remove,
    async lossOf(state) {
        const session = workingSession(state);
        if ((await getConnector(session, state.name)) === undefined) return undefined;
        const status = await getStatus(session, state.name);
        const tasks = status?.tasks.length ?? 0;
        const stored = (await getOffsets(session, state.name).catch(() => undefined))?.length;
        const partitions =
            stored === undefined ? "its position" : `its position in ${stored} partition${stored === 1 ? "" : "s"}`;
        const is = `It is ${status?.connector.state ?? "there"} with ${tasks} task${tasks === 1 ? "" : "s"}`;
        return state.onDelete?.offsets === "drop"
            ? `${is}; ${partitions} would be lost (onDelete.offsets is "drop").`
            : `${is}; nothing would flow any more, and ${partitions} would be kept for a connector of the same name.`;
    },
});

async function remove(name: string, state: ConnectorRecord, outcome: Outcome): Promise<void> {
    const session = workingSession(state);
    const seconds = state.timeouts?.delete ?? DEFAULTS.delete;
    if ((await getConnector(session, name)) === undefined) return;
    outcome.sent = true;
    let left: string | undefined;
    try {
        if (state.onDelete?.offsets === "drop") {
            await stop(session, name, seconds);
            left = "It is stopped: the next run goes on from there.";
            await deleteOffsets(session, name);
            left = "It is stopped, and its position dropped: the next run goes on from there.";
        }
        await deleteConnector(session, name);
    } catch (error) {
        if (left === undefined) throw error;
        throw trouble(CONNECTOR_KIND, name, { what: "cannot be deleted", why: (error as Error).message, left });
    }
    // Its status stays for a moment: a connector of the same name would be taken for this one.
    await until(
        seconds,
        async () => {
            const [live, status] = await Promise.all([getConnector(session, name), getStatus(session, name)]);
            return live === undefined && status === undefined ? true : undefined;
        },
        () =>
            trouble(CONNECTOR_KIND, name, {
                what: `is not gone within ${seconds} s`,
                why: "The worker accepted its deletion.",
                wayOut: "look into the worker's log, then again.",
                left: "The next run looks whether it is gone.",
            }),
    );
}

function problemsOf(olds: Partial<ConnectorRecord> | undefined, news: ConnectorInputs): Problem[] {
    const { server, name } = news;
    const problems = [
        ...urlProblems(server, "restUrl", "server.authorization", "http://host:8083"),
        ...connectorProblems(news),
    ];
    const renamed = olds?.name !== undefined && olds.name !== name && name !== UNKNOWN;
    if (renamed && isProtected(olds)) {
        problems.push({
            property: "name",
            what: `name cannot change from ${olds.name} to ${name} while deletionProtection is on`,
            why: `Connect has no renaming: another connector would begin anew, and ${olds.name} be deleted.`,
            wayOut:
                `declare "${name}" as a second connector, with offsets.alter where it shall go on; ` +
                "or set deletionProtection: false, run up, then rename.",
        });
    }
    if (olds?.config !== undefined && !renamed && isProtected(olds)) problems.push(...positionProblems(olds, news));
    return problems;
}

async function serverProblems(olds: Partial<ConnectorRecord>, news: ConnectorInputs): Promise<Problem[]> {
    const session = previewSession(news);
    const ours = olds.name === news.name ? olds : undefined;
    const live = await getConnector(session, news.name);
    const problems = await slotProblemsOnServer(session, olds.name, news);
    // An unprotected connector may be about to be replaced by itself; create decides then.
    if (live !== undefined && ours === undefined && isProtected(news) && !hasUnknown([news.config, news.state])) {
        const refusal = adoptionRefusal(news, live, await getStatus(session, news.name));
        if (refusal !== undefined) problems.push({ property: "onExists", ...refusal });
    }
    const moved = JSON.stringify(ours?.offsets) !== JSON.stringify(news.offsets);
    if (live !== undefined && ours !== undefined && news.offsets?.alter && moved && !hasUnknown(news.offsets)) {
        // Where a source does not answer, this takes longer than a preview waits; the run itself asks again.
        const stored = await getOffsets(session, news.name).catch(() => []);
        problems.push(...moveProblems(news.offsets, stored, live.type));
    }
    try {
        const { problems: refused, warnings } = await judge(session, news);
        for (const warning of warnings) progress(`${CONNECTOR_KIND} "${news.name}": ${warning}`);
        return [...problems, ...refused];
    } catch (error) {
        if (!isUnreachable(error) && !isServerTrouble(error)) throw error;
        // A plugin may wait long for a source that does not answer. What is known without it stays known.
        progress(`${CONNECTOR_KIND} "${news.name}": the plugin cannot be asked: ${(error as Error).message}`);
        return problems;
    }
}

async function slotProblemsOnServer(
    session: Session,
    replaced: string | undefined,
    news: ConnectorInputs,
): Promise<Problem[]> {
    if (!hasSlot(news.config)) return [];
    const { [news.name]: _ours, [replaced ?? ""]: _replaced, ...others } = await getConfigs(session);
    return slotProblems(news, others);
}

function duringPreview(inputs: ConnectorInputs, ask: () => Promise<Problem[]>): Promise<Problem[]> {
    const where = { url: "restUrl", credentials: "authorization", isStarting: isServerTrouble };
    return askDuringPreview(inputs.server, where, ask);
}

function nameOf({ name }: Partial<ConnectorInputs>): string {
    return String(name ?? UNKNOWN);
}
