import { block } from "../document";
import type { Problem } from "../errors";
import { hasUnknown, UNKNOWN } from "../lifecycle";
import type { TableDocument } from "./documents";

/** What an instance is to carry. */
export interface InstanceTagsDocument {
    /** As Pinot calls it: `Server_pinot-server-2_8098`, `Broker_pinot-broker_8099`. */
    readonly instance: string;
    /** Whatever their order: each of a server ends in `_OFFLINE` or `_REALTIME`, of a broker in `_BROKER`. */
    readonly tags: readonly string[];
}

const ENDINGS: Readonly<Record<string, readonly string[] | undefined>> = {
    Server: ["_OFFLINE", "_REALTIME"],
    Broker: ["_BROKER"],
    Minion: [],
};

/** Tags that Pinot gives by itself: nobody has chosen them. */
const FIRST_TAGS: ReadonlySet<string> = new Set([
    "DefaultTenant_OFFLINE",
    "DefaultTenant_REALTIME",
    "DefaultTenant_BROKER",
    "server_untagged",
    "broker_untagged",
    "minion_untagged",
]);

/** True when an instance carries only what Pinot itself gave it. */
export function isUntouched(tags: readonly string[]): boolean {
    return tags.every((tag) => FIRST_TAGS.has(tag));
}

/** What can be said of a declaration without a server; pure. */
export function instanceTagsProblems({ instance, tags }: InstanceTagsDocument): Problem[] {
    const problems: Problem[] = [];
    const role = /^(\w+?)_.+_\d+$/.exec(String(instance ?? ""))?.[1] ?? "";
    const endings = ENDINGS[role];
    if (instance !== UNKNOWN && endings === undefined) {
        problems.push({
            property: "instance",
            what: `${JSON.stringify(instance) ?? "nothing"} is no name of an instance`,
            wayOut: "as GET /instances names it: Server_<host>_<port>, Broker_<host>_<port> or Minion_<host>_<port>.",
        });
    }
    if (hasUnknown(tags)) return problems;
    if (!Array.isArray(tags) || tags.length === 0) {
        return [
            ...problems,
            {
                property: "tags",
                what: "no tag is named",
                why: "An instance without one serves nothing.",
                wayOut: "name at least one; or remove the resource, and the instance has its former tags again.",
            },
        ];
    }
    for (const [index, tag] of tags.entries()) {
        const property = `tags[${index}]`;
        if (typeof tag !== "string" || !/^[^\s,/\\]+$/.test(tag)) {
            problems.push({ property, what: `${JSON.stringify(tag)} is no tag: a text without spaces, "," or "/"` });
        } else if (tags.indexOf(tag) < index) {
            problems.push({ property, what: `${tag} is named twice` });
        } else if (endings !== undefined && endings.length > 0 && !endings.some((ending) => tag.endsWith(ending))) {
            const how = endings.map((ending) => `${tag}${ending}`).join(" or ");
            problems.push({
                property,
                what: `${tag} is no tag of a ${role.toLowerCase()}: it ends in ${endings.join(" or ")}`,
                why: "Pinot looks for a tenant's instances by tenant and ending, and would never find this one.",
                wayOut: `${how}.`,
            });
        }
    }
    return problems;
}

/** Tags by which a table finds its servers and brokers; pure. */
export function tagsOfTable(table: TableDocument): string[] {
    const tenants = block(table.tenants);
    const tenant = (role: string): string => (typeof tenants[role] === "string" ? tenants[role] : "DefaultTenant");
    const tiers = Array.isArray(table.tierConfigs) ? table.tierConfigs.map((tier) => block(tier).serverTag) : [];
    const overrides = Object.values(block(tenants.tagOverrideConfig));
    const pools = Object.values(block(table.instanceAssignmentConfigMap)).map(
        (assignment) => block(block(assignment).tagPoolConfig).tag,
    );
    const named = [...tiers, ...overrides, ...pools].filter((tag): tag is string => typeof tag === "string");
    return [...new Set([`${tenant("server")}_${table.tableType}`, `${tenant("broker")}_BROKER`, ...named])];
}

/**
 * Tables that would have nobody left to serve them under a tag; pure.
 * @param lost tags that the instance is to lose.
 * @param elsewhere tags that other instances carry.
 * @returns such as `orders (REALTIME) by DefaultTenant_REALTIME`.
 */
export function forsaken(
    lost: readonly string[],
    elsewhere: ReadonlySet<string>,
    tables: readonly TableDocument[],
): string[] {
    const only = lost.filter((tag) => !elsewhere.has(tag));
    return tables.flatMap((table) => {
        const needed = tagsOfTable(table).filter((tag) => only.includes(tag));
        const name = String(table.tableName).replace(/_(OFFLINE|REALTIME)$/, "");
        return needed.map((tag) => `${name} (${table.tableType}) by ${tag}`);
    });
}
