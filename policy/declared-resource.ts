import { UNKNOWN } from "../resources/lifecycle";

export { block } from "../resources/document";

/** Inputs of a resource; what is not known yet at a preview is `UNKNOWN`. */
export type Props = Readonly<Record<string, unknown>>;

/** A resource as a program declares it. */
export interface DeclaredResource {
    readonly urn: string;
    /** Its type token, such as `docker:index/container:Container`. */
    readonly type: string;
    /** Its name in the program. */
    readonly name: string;
    readonly props: Props;
    /** Pulumi's own option `protect`. */
    readonly isProtected: boolean;
}

/** Types that rules speak of, and what errors call a resource of the type. */
export const KINDS = {
    "docker:index/container:Container": "Container",
    "docker:index/remoteImage:RemoteImage": "RemoteImage",
    "docker:index/volume:Volume": "Volume",
    "kafka:index/topic:Topic": "Topic",
    "pulumi-nodejs:dynamic/clickhouse:Table": "ClickHouseTable",
    "pulumi-nodejs:dynamic/connect:KafkaConnector": "KafkaConnector",
    "pulumi-nodejs:dynamic/flink:SqlJob": "FlinkSqlJob",
    "pulumi-nodejs:dynamic/kafka:TopicGuard": "TopicGuard",
    "pulumi-nodejs:dynamic/pinot:Schema": "PinotSchema",
    "pulumi-nodejs:dynamic/pinot:Table": "PinotTable",
    "pulumi-nodejs:dynamic/pinot:TableConfigs": "PinotTableConfigs",
    "pulumi-nodejs:dynamic/postgres:Publication": "PostgresPublication",
    "pulumi-nodejs:dynamic/s3:Bucket": "Bucket",
    "pulumi-nodejs:dynamic/trino:Catalog": "TrinoCatalog",
    "pulumi-nodejs:dynamic/trino:Schema": "TrinoSchema",
} as const;

/** What errors call a kind of resource. */
export type Kind = (typeof KINDS)[keyof typeof KINDS];

/** The kind of a resource, if rules speak of it. */
export function kindOf({ type }: Pick<DeclaredResource, "type">): Kind | undefined {
    return KINDS[type as keyof typeof KINDS];
}

/** What errors call a resource's kind. */
export function kindName({ type }: Pick<DeclaredResource, "type">): string {
    return kindOf({ type }) ?? type.slice(type.lastIndexOf(":") + 1);
}

/** The stack that a resource belongs to: `urn:pulumi:<stack>::…`. */
export function stackOf({ urn }: Pick<DeclaredResource, "urn">): string {
    return urn.split(":")[2] ?? "";
}

/**
 * A copy of the inputs that a policy is given. Reading one that is not known yet throws, and would end the whole policy
 * for want of a value that it may not need: here it is `UNKNOWN`.
 */
export function readableProps(props: object): Props {
    return readable(props) as Props;
}

function readable(value: unknown): unknown {
    if (value === null || typeof value !== "object") return value;
    const entries = Object.keys(value).map((key) => [key, readableAt(value, key)] as const);
    return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

function readableAt(holder: object, key: string): unknown {
    let value: unknown;
    try {
        value = (holder as Record<string, unknown>)[key];
    } catch {
        return UNKNOWN;
    }
    return readable(value);
}

/** A part of a document as a list; empty when it is not there or not known. */
export function list(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [];
}

/** A text that is known. */
export function known(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" && value !== UNKNOWN ? value : undefined;
}

/** True when a name is one of the patterns, in which `*` stands for any text. */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
    const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
    return patterns.some((pattern) => new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`).test(name));
}
