import type { ImageSource } from "./settings";

/** Servers that a stack may run beside its broker and Pinot. */
export const SERVER_NAMES = [
    "brokerConsole",
    "clickhouse",
    "flink",
    "hiveMetastore",
    "kafkaConnect",
    "objectStore",
    "postgres",
    "trino",
] as const;

/** One of {@link SERVER_NAMES}. */
export type ServerName = (typeof SERVER_NAMES)[number];

/** Servers that another one cannot work without. */
const NEEDS: Readonly<Partial<Record<ServerName, readonly ServerName[]>>> = {
    hiveMetastore: ["objectStore", "postgres"],
};

/** Servers that the customer pipeline flows through. */
export const CUSTOMER_CDC_SERVERS: readonly ServerName[] = ["hiveMetastore", "kafkaConnect", "postgres", "trino"];

/** Servers that come from an image registry only. */
const REGISTRY_ONLY: readonly ServerName[] = ["brokerConsole"];

/**
 * The servers to run: those wanted and what they need, each once, in alphabetical order.
 * @param wanted names, or `all` for every one that can be had the given way.
 * @throws Error for one that was asked for by name and cannot be had that way.
 */
export function resolveServers(wanted: readonly (ServerName | "all")[], images: ImageSource): ServerName[] {
    const available = (name: ServerName): boolean => images === "registry" || !REGISTRY_ONLY.includes(name);
    const unavailable = wanted.filter((name) => name !== "all" && !available(name));
    if (unavailable.length > 0) {
        throw new Error(
            `${unavailable.join(", ")} needs an image registry: no package registry holds it; leave it out`,
        );
    }
    const found = new Set<ServerName>();
    const add = (name: ServerName): void => {
        if (found.has(name)) return;
        found.add(name);
        for (const need of NEEDS[name] ?? []) add(need);
    };
    for (const name of wanted) {
        if (name !== "all") add(name);
        else SERVER_NAMES.filter(available).forEach(add);
    }
    return [...found].sort();
}

/** Those that `all` leaves out, because they cannot be had this way. @param resolved what {@link resolveServers} gave. */
export function leftOutServers(wanted: unknown, resolved: readonly ServerName[]): ServerName[] {
    const all = Array.isArray(wanted) && wanted.includes("all");
    return all ? SERVER_NAMES.filter((name) => !resolved.includes(name)) : [];
}
