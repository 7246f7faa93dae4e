import { ask, expectStatus, type Session } from "./api";
import type { TableDocument } from "./documents";

/** Tags of a broker, server or minion; undefined when the cluster has no instance of that name. */
export async function instanceTags(session: Session, instance: string): Promise<string[] | undefined> {
    const answer = expectStatus(await ask(session, "GET", instancePath(instance)), 200, 404);
    if (answer.status === 404) return undefined;
    return [...((answer.body as { tags?: string[] | null }).tags ?? [])].sort();
}

/** Gives an instance these tags and no others. Brokers of a tag serve its tables at once. */
export async function setInstanceTags(session: Session, instance: string, tags: readonly string[]): Promise<void> {
    const query = new URLSearchParams({ tags: tags.join(",") });
    if (instance.startsWith("Broker_")) query.set("updateBrokerResource", "true");
    expectStatus(await ask(session, "PUT", `${instancePath(instance)}/updateTags?${query}`), 200);
}

/** Names of all instances that the cluster knows, also of those that are down. */
export async function instanceNames(session: Session): Promise<string[]> {
    const answer = expectStatus(await ask(session, "GET", "/instances"), 200);
    return [...((answer.body as { instances?: string[] }).instances ?? [])];
}

/** All tables of the cluster, each half by itself. Without a type, both generations list names without one. */
export async function allTables(session: Session): Promise<TableDocument[]> {
    const answer = expectStatus(await ask(session, "GET", "/tables"), 200);
    const names = (answer.body as { tables?: string[] }).tables ?? [];
    const halves = await Promise.all(
        names.map(async (name) => {
            const found = expectStatus(await ask(session, "GET", `/tables/${encodeURIComponent(name)}`), 200, 404);
            return found.status === 404 ? [] : Object.values(found.body as Record<string, TableDocument>);
        }),
    );
    return halves.flat();
}

function instancePath(instance: string): string {
    return `/instances/${encodeURIComponent(instance)}`;
}
