import type { Column } from "../../lib/contract";
import { type Declared, type DeclaredTable, type DeclaredTopic, declaredPinotTable } from "../../lib/cross-checks";
import { hasUnknown } from "../../resources/lifecycle";
import {
    block,
    type DeclaredResource,
    type Kind,
    kindName,
    kindOf,
    known,
    list,
    matchesAny,
    type Props,
} from "../declared-resource";
import { connectorTopics } from "./connector-topics";
import { jobTopics } from "./job-topics";

/** What a stack declares on several servers, and whose declarations they are. */
export interface StackDeclarations {
    readonly declared: Declared;
    /** URN by title: `PinotTable "orders"`. */
    readonly urns: ReadonlyMap<string, string>;
}

/**
 * Reads off a stack's resources what has to fit together. What is not known yet, as a name that comes out of a resource
 * which is still to be made, is left out: it is checked at the preview that knows it.
 * @param waitsFor URNs of what a resource is made after.
 * @param elsewhere names of topics and buckets that exist without being declared here, with `*` for any text.
 */
export function declarationsOf(
    resources: readonly DeclaredResource[],
    waitsFor: (urn: string) => ReadonlySet<string>,
    elsewhere: readonly string[],
): StackDeclarations {
    const urns = new Map<string, string>();
    const of = (...kinds: Kind[]): DeclaredResource[] =>
        resources.filter((resource) => (kinds as (Kind | undefined)[]).includes(kindOf(resource)));
    const titled = <T extends { readonly title: string }>(resource: DeclaredResource, one: T): T => {
        urns.set(one.title, resource.urn);
        return one;
    };

    const tables = of("PinotTable", "PinotTableConfigs").flatMap((resource) =>
        tablesOf(resource, of("PinotSchema")).map((table) => titled(resource, table)),
    );
    const connectors = of("KafkaConnector").map((resource) =>
        titled(resource, { title: titleOf(resource), ...connectorTopics(resource, of("PostgresPublication")) }),
    );
    const jobs = of("FlinkSqlJob").map((resource) =>
        titled(resource, { title: titleOf(resource), ...jobTopics(resource.props) }),
    );
    const buckets = of("Bucket");
    const bucketUses = of("TrinoCatalog", "TrinoSchema", "FlinkSqlJob", "ClickHouseTable").flatMap((resource) => {
        const before = waitsFor(resource.urn);
        return bucketsIn(resource.props).map((bucket) =>
            titled(resource, {
                title: titleOf(resource),
                bucket,
                waitsFor: buckets
                    .filter(({ urn, props }) => before.has(urn) && props.bucket === bucket)
                    .map(() => bucket),
            }),
        );
    });

    const usedTopics = [
        ...tables.map(({ topic }) => topic),
        ...connectors.flatMap(({ topics, reads }) => [...topics, ...reads]),
        ...jobs.flatMap(({ reads, writes }) => [...reads, ...writes]),
    ];
    const usedBuckets = bucketUses.map(({ bucket }) => bucket);
    // One whose name is not known yet may be any of them.
    const allKnown = (...kinds: Kind[]): boolean =>
        of(...kinds).every(({ props }) => known(nameIn(props)) !== undefined);
    return {
        urns,
        declared: {
            topics: topicsOf(of("TopicGuard"), of("Topic")),
            tables,
            connectors,
            jobs,
            buckets: buckets.flatMap(({ props }) => known(props.bucket) ?? []),
            bucketUses,
            elsewhere: [
                ...usedTopics.filter((name) => !allKnown("Topic", "TopicGuard") || matchesAny(name, elsewhere)),
                ...usedBuckets.filter((name) => !allKnown("Bucket") || matchesAny(name, elsewhere)),
            ],
        },
    };
}

function titleOf(resource: DeclaredResource): string {
    return `${kindName(resource)} "${resource.name}"`;
}

function nameIn({ topic, name, bucket }: Props): unknown {
    return topic ?? name ?? bucket;
}

/** Topics with what their guards know of the messages, and topics without a guard. */
function topicsOf(guards: readonly DeclaredResource[], plain: readonly DeclaredResource[]): DeclaredTopic[] {
    const guarded = guards.flatMap(({ props }) => {
        const name = known(props.topic);
        const { key, fields } = block(props.messages);
        const messageKey = known(key);
        if (name === undefined) return [];
        return [
            {
                name,
                ...(messageKey !== undefined && { messageKey }),
                ...(Array.isArray(fields) &&
                    !hasUnknown(fields) && { fields: fields as Pick<Column, "name" | "type">[] }),
            },
        ];
    });
    const names = new Set(guarded.map(({ name }) => name));
    const others = plain.flatMap(({ props }) => known(props.name) ?? []).filter((name) => !names.has(name));
    return [...guarded, ...others.map((name) => ({ name }))];
}

/** A table for each topic that it reads. */
function tablesOf({ type, props }: DeclaredResource, schemas: readonly DeclaredResource[]): DeclaredTable[] {
    const table = block(kindOf({ type }) === "PinotTable" ? props.table : props.realtime);
    const schema = schemaOf(table, props, schemas);
    const { mode = "NONE" } = block(table.upsertConfig);
    const ingestion = block(table.ingestionConfig);
    const streams = [
        ...list(block(ingestion.streamIngestionConfig).streamConfigMaps),
        block(table.tableIndexConfig).streamConfigs,
    ];
    const computed = list(ingestion.transformConfigs).flatMap((one) => known(block(one).columnName) ?? []);
    return streams.flatMap((stream): DeclaredTable[] => {
        const topic = known(block(stream)["stream.kafka.topic.name"]);
        if (topic === undefined) return [];
        if (schema === undefined) return [{ title: `PinotTable "${known(table.tableName)}"`, topic }];
        const declared = declaredPinotTable(topic, schema, mode !== "NONE");
        return [{ ...declared, derived: [...(declared.derived ?? []), ...computed] }];
    });
}

/** A table's schema; that of the same name where the table takes it from a resource which is still to be made. */
function schemaOf(
    table: Props,
    { schema }: Props,
    schemas: readonly DeclaredResource[],
): Parameters<typeof declaredPinotTable>[1] | undefined {
    const candidates = [schema, ...schemas.map(({ props }) => props.schema)].map(block);
    const found = candidates.find(
        (one, index) => known(one.schemaName) !== undefined && (index === 0 || one.schemaName === table.tableName),
    );
    if (found === undefined || hasUnknown(found)) return undefined;
    return found as unknown as Parameters<typeof declaredPinotTable>[1];
}

/** Names of the buckets whose addresses (`s3://bucket/path`) stand anywhere in a declaration. */
function bucketsIn({ server: _server, ...props }: Props): string[] {
    const found = [...JSON.stringify(props).matchAll(/\bs3[an]?:\/\/([a-z0-9][a-z0-9.-]+)/g)];
    return [...new Set(found.map(([, bucket = ""]) => bucket))];
}
