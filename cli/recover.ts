import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import type Docker from "dockerode";
import { Kafka, logLevel } from "kafkajs";
import { containersOf, engine, networksOf } from "./engine";
import { processLives } from "./lock";
import { endOrphanedPlugins } from "./orphans";
import { ROOT, STATE } from "./workspace";

/** The part of Pulumi's checkpoint that says what is recorded and what was under way. */
export interface Checkpoint {
    readonly resources: readonly { readonly urn: string; readonly type: string; readonly id?: string }[];
    readonly pending: readonly {
        readonly urn: string;
        readonly type: string;
        readonly operation: string;
        readonly inputs: Readonly<Record<string, unknown>>;
    }[];
}

interface StoredCheckpoint {
    checkpoint?: {
        latest?: {
            resources?: { urn: string; type: string; id?: string }[];
            pending_operations?: {
                type: string;
                resource: { urn: string; type: string; inputs?: Record<string, unknown> };
            }[];
        };
    };
}

function checkpointFile(stack: string): string {
    return join(STATE, ".pulumi", "stacks", "millrace", `${stack}.json`);
}

/** Whether our own backend knows a stack. */
export function stackExists(stack: string): boolean {
    return existsSync(checkpointFile(stack));
}

/** Reads a stack's checkpoint from our own backend; empty for a stack that was never up. */
export function readCheckpoint(stack: string): Checkpoint {
    const file = checkpointFile(stack);
    if (!existsSync(file)) return { resources: [], pending: [] };
    const latest = (JSON.parse(readFileSync(file, "utf8")) as StoredCheckpoint).checkpoint?.latest;
    return {
        resources: latest?.resources ?? [],
        pending: (latest?.pending_operations ?? []).map(({ type, resource }) => ({
            operation: type,
            urn: resource.urn,
            type: resource.type,
            inputs: resource.inputs ?? {},
        })),
    };
}

/** A lock that Pulumi's file backend holds. */
interface StackLock {
    pid: number;
    username: string;
    hostname: string;
    timestamp: string;
}

/**
 * The locks on a stack in our own backend, by whether their process still lives on this machine.
 * A lock of another machine counts as alive: we cannot know.
 */
export function stackLocks(stack: string): { stale: StackLock[]; alive: StackLock[] } {
    const folder = join(STATE, ".pulumi", "locks", "organization", "millrace", stack);
    const locks = existsSync(folder)
        ? // Beside each lock lies a file with its blob attributes.
          readdirSync(folder)
              .filter((file) => file.endsWith(".json"))
              .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as StackLock)
        : [];
    const isStale = (lock: StackLock): boolean => lock.hostname === hostname() && !processLives(lock.pid);
    return { stale: locks.filter(isStale), alive: locks.filter((lock) => !isStale(lock)) };
}

/**
 * What a killed run created without recording it.
 *
 * Containers and networks hold no data: they are removed and made again. Topics may hold data: they are taken into the
 * state as they are. Tables and schemas adopt themselves (`onExists: adoptIfEqual`), volumes are found by their name.
 */
export interface Leftovers {
    readonly containers: readonly { id: string; name: string }[];
    readonly networks: readonly { id: string; name: string }[];
    readonly topics: readonly { urn: string; name: string }[];
    /** Whether the state still says that something is under way. */
    readonly pending: number;
}

const TOPIC_TYPE = "kafka:index/topic:Topic";

/** Compares what the engine has with what the checkpoint records. */
export async function findLeftovers(docker: Docker, stack: string, checkpoint: Checkpoint): Promise<Leftovers> {
    const recorded = new Set(checkpoint.resources.map(({ id }) => id));
    const containers = (await containersOf(docker, stack)).filter(({ id }) => !recorded.has(id));
    const networks = (await networksOf(docker, stack)).filter(({ id }) => !recorded.has(id));
    const recordedUrns = new Set(checkpoint.resources.map(({ urn }) => urn));
    const topics = checkpoint.pending.flatMap(({ urn, type, operation, inputs }) =>
        type === TOPIC_TYPE && operation === "creating" && !recordedUrns.has(urn) && typeof inputs.name === "string"
            ? [{ urn, name: inputs.name }]
            : [],
    );
    return { containers, networks, topics, pending: checkpoint.pending.length };
}

/** Removes containers and networks that no state knows. @returns what was removed, in words. */
export async function removeLeftovers(docker: Docker, leftovers: Leftovers): Promise<string[]> {
    const gone = (error: unknown): void => {
        if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    };
    await Promise.all(
        leftovers.containers.map(({ id }) => docker.getContainer(id).remove({ force: true }).catch(gone)),
    );
    await Promise.all(leftovers.networks.map(({ id }) => docker.getNetwork(id).remove().catch(gone)));
    return [
        ...leftovers.containers.map(({ name }) => `container ${name}`),
        ...leftovers.networks.map(({ name }) => `network ${name}`),
    ];
}

/**
 * Clears away what a killed run left, so that the next update can finish the job.
 *
 * Only in our own backend: another one belongs to its users, and Pulumi says there itself what to do.
 * @param open opens the stack; called only when its state has to be changed.
 * @returns a line that says what was done; empty for nothing.
 * @throws Error when a living process holds the stack's lock.
 */
export async function recover(name: string, bootstrapServers: string, open: () => Promise<Stack>): Promise<string> {
    const locks = stackLocks(name);
    const [living] = locks.alive;
    if (living !== undefined) {
        throw new Error(
            `stack ${name} is locked by ${living.username}@${living.hostname}, pid ${living.pid}, since ${living.timestamp}\n` +
                "  Way out: wait for that pulumi to end; if it is gone for good, run pulumi cancel.",
        );
    }
    const done: string[] = [];
    if (locks.stale.length > 0) {
        await (await open()).cancel();
        done.push("lock of a killed run cleared");
    }
    const orphans = endOrphanedPlugins(ROOT);
    if (orphans > 0) done.push(`${orphans} processes of a killed run ended`);
    const docker = engine();
    const leftovers = await findLeftovers(docker, name, readCheckpoint(name));
    const removed = await removeLeftovers(docker, leftovers);
    if (removed.length > 0) done.push(`removed what no state knows: ${removed.join(", ")}`);
    if (leftovers.pending > 0) {
        const topics = await existingTopics(bootstrapServers, leftovers.topics);
        const stack = await open();
        const exported = await stack.exportStack();
        await stack.importStack({ ...exported, deployment: settled(exported.deployment, topics) });
        done.push(`${leftovers.pending} interrupted operations settled`);
    }
    return done.length > 0 ? done.join("; ") : "";
}

interface Deployment {
    resources?: object[];
    pending_operations?: { resource: { urn: string; inputs: object } }[];
}

/**
 * A deployment without operations under way: creations of topics that exist become their resources, the rest is
 * forgotten, because it is either gone or adopted at the next update. Pure.
 * @param topics those that exist on the broker.
 */
export function settled(deployment: Deployment, topics: readonly { urn: string; name: string }[]): Deployment {
    const { pending_operations: pending = [], resources = [], ...rest } = deployment;
    const taken = pending.flatMap(({ resource }) => {
        const topic = topics.find(({ urn }) => urn === resource.urn);
        // The provider's id of a topic is its name.
        return topic === undefined
            ? []
            : [{ ...resource, id: topic.name, outputs: { ...resource.inputs, id: topic.name } }];
    });
    return { ...rest, resources: [...resources, ...taken] };
}

async function existingTopics<T extends { name: string }>(
    bootstrapServers: string,
    candidates: readonly T[],
): Promise<T[]> {
    if (candidates.length === 0) return [];
    const client = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING, retry: { retries: 2 } });
    const admin = client.admin();
    try {
        await admin.connect();
        const existing = new Set(await admin.listTopics());
        return candidates.filter(({ name }) => existing.has(name));
    } catch {
        // No broker: it will be made anew and keeps the topic on its volume; the next run finds it then.
        return [];
    } finally {
        await admin.disconnect().catch(() => undefined);
    }
}
