import { crossProblems } from "../../../lib/cross-checks";
import { type DeclaredResource, KINDS, type Kind } from "../../../policy/declared-resource";
import { declarationsOf } from "../../../policy/rules/declarations";
import { UNKNOWN } from "../../../resources/lifecycle";

const types = Object.fromEntries(Object.entries(KINDS).map(([type, kind]) => [kind, type])) as Record<Kind, string>;
const one = (kind: Kind, name: string, props: object): DeclaredResource => ({
    urn: `urn:pulumi:test::shop::${types[kind]}::${name}`,
    type: types[kind],
    name,
    props: props as DeclaredResource["props"],
    isProtected: true,
});
const topic = (name: string, messages?: object): DeclaredResource[] => [
    { ...one("Topic", name, {}), type: "millrace:index:Topic" },
    one("TopicGuard", `${name}-guard`, { topic: name, partitions: 1, ...(messages && { messages }) }),
    one("Topic", name, { name, partitions: 1 }),
];
const orderFields = [
    { name: "id", type: "string" },
    { name: "amount", type: "double" },
];
const orderSchema = {
    schemaName: "orders",
    dimensionFieldSpecs: [{ name: "id", dataType: "STRING" }],
    metricFieldSpecs: [{ name: "amount", dataType: "DOUBLE" }],
    primaryKeyColumns: ["id"],
};
const realtime = (topicName: string, more: object = {}): object => ({
    tableName: "orders",
    tableType: "REALTIME",
    ingestionConfig: { streamIngestionConfig: { streamConfigMaps: [{ "stream.kafka.topic.name": topicName }] } },
    ...more,
});
const debezium = {
    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "topic.prefix": "shop",
    "publication.name": "shop",
};

/** Each problem as one line, without reason and way out. */
const problems = (resources: DeclaredResource[], after: Record<string, string[]> = {}, elsewhere: string[] = []) => {
    const { declared } = declarationsOf(resources, (urn) => new Set(after[urn]), elsewhere);
    return crossProblems(declared).map(({ title, what }) => `${title}: ${what}`);
};

describe("what a stack declares on several servers", () => {
    it("fits together when tables, connectors, jobs and catalogs name what is declared", () => {
        const bucket = one("Bucket", "lake", { bucket: "lake" });
        const catalog = one("TrinoCatalog", "lake", { catalog: "lake", properties: { "hive.dir": "s3://lake/x" } });
        const resources = [
            ...topic("orders", { key: "id", fields: orderFields }),
            one("PinotTableConfigs", "orders", {
                schema: orderSchema,
                realtime: realtime("orders", { upsertConfig: { mode: "FULL" } }),
            }),
            bucket,
            catalog,
        ];
        expect(problems(resources, { [catalog.urn]: [bucket.urn] })).toEqual([]);
    });

    it("does not when a table reads a topic that nobody declares, and says which resource it is", () => {
        const table = one("PinotTable", "of-orders", { schema: orderSchema, table: realtime("Orders") });
        const { declared, urns } = declarationsOf([...topic("orders"), table], () => new Set(), []);
        const [problem] = crossProblems(declared);
        expect(problem?.what).toBe('it reads topic "Orders", which nobody declares');
        expect(urns.get(problem?.title ?? "")).toBe(table.urn);
    });

    it("does not when a topic's messages are keyed by something else than the rows", () => {
        const table = one("PinotTable", "orders", {
            schema: orderSchema,
            table: realtime("orders", { upsertConfig: { mode: "FULL" } }),
        });
        expect(problems([...topic("orders", { key: "amount", fields: orderFields }), table])).toEqual([
            'PinotTable "orders": rows are one by id, but topic "orders" is keyed by amount',
        ]);
    });

    it("does not when fields of messages are no columns, unless the table computes what is no field", () => {
        const dateTimeFieldSpecs = [{ name: "day", dataType: "LONG" }];
        const { metricFieldSpecs: _left, ...schema } = { ...orderSchema, dateTimeFieldSpecs };
        const messages = { fields: orderFields };
        const table = (more: object) =>
            one("PinotTable", "orders", {
                schema,
                table: {
                    ...realtime("orders"),
                    ingestionConfig: {
                        streamIngestionConfig: { streamConfigMaps: [{ "stream.kafka.topic.name": "orders" }] },
                        ...more,
                    },
                },
            });
        const missing = 'PinotTable "orders": fields of topic "orders" are not columns: amount';
        expect(problems([...topic("orders", messages), table({})])).toEqual([
            missing,
            'PinotTable "orders": columns are no fields of topic "orders": day',
        ]);
        const computed = { transformConfigs: [{ columnName: "day", transformFunction: "toEpochDays(ts)" }] };
        expect(problems([...topic("orders", messages), table(computed)])).toEqual([missing]);
    });

    it("finds a table's columns in the schema of its name while the table's own are still to be made", () => {
        const { metricFieldSpecs: _left, ...schema } = orderSchema;
        const resources = [
            ...topic("orders", { fields: orderFields }),
            one("PinotSchema", "orders", { schema }),
            one("PinotTable", "orders", { schema: UNKNOWN, table: realtime("orders") }),
        ];
        expect(problems(resources)).toEqual(['PinotTable "orders": fields of topic "orders" are not columns: amount']);
        expect(problems(resources.filter(({ type }) => type !== types.PinotSchema))).toEqual([]);
    });

    it("judges nothing by a topic whose name is not known yet", () => {
        const table = one("PinotTable", "orders", { schema: orderSchema, table: realtime("orders") });
        expect(problems([one("Topic", "made", { name: UNKNOWN }), table])).toEqual([]);
        const later = one("PinotTable", "orders", { schema: orderSchema, table: realtime(UNKNOWN) });
        expect(problems([later])).toEqual([]);
    });

    it("takes topics and buckets that are said to exist elsewhere", () => {
        const table = one("PinotTable", "orders", { schema: orderSchema, table: realtime("shop.orders") });
        const catalog = one("TrinoCatalog", "lake", { properties: { dir: "s3a://shared-lake/x" } });
        expect(problems([table, catalog], {}, ["shop.*", "shared-*"])).toEqual([]);
        expect(problems([table, catalog], {}, ["shop.*"])).toHaveLength(1);
    });

    it("does not when a connector writes or reads a topic that nobody declares", () => {
        const source = one("KafkaConnector", "shop", {
            config: { ...debezium, "table.include.list": "public.a,public.b" },
        });
        const sink = one("KafkaConnector", "sink", { config: { topics: "shop.public.b, lost" } });
        expect(problems([...topic("shop.public.a"), source, sink])).toEqual([
            'KafkaConnector "shop": it writes topic "shop.public.b", which nobody declares',
            'KafkaConnector "sink": it reads topic "lost", which nobody declares',
        ]);
    });

    it("reads a source's tables off its publication, and follows its router", () => {
        const publication = one("PostgresPublication", "shop", { publication: "shop", tables: ["a", "public.b"] });
        const routed = {
            ...debezium,
            transforms: "flat,route",
            "transforms.flat.type": "io.debezium.transforms.ExtractNewRecordState",
            "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
            "transforms.route.regex": "shop\\.public\\.([^.]+)",
            "transforms.route.replacement": "shop.$1",
        };
        expect(problems([publication, ...topic("shop.a"), one("KafkaConnector", "shop", { config: routed })])).toEqual([
            'KafkaConnector "shop": it writes topic "shop.b", which nobody declares',
        ]);
        const unreadable = { ...routed, "transforms.flat.type": "com.example.Mystery" };
        expect(problems([publication, one("KafkaConnector", "shop", { config: unreadable })])).toEqual([]);
    });

    it("does not when a job's tables stand for topics that nobody declares", () => {
        const table = (name: string, topicName: string, connector = "kafka") =>
            `CREATE TEMPORARY TABLE ${name} (id STRING) WITH ('connector' = '${connector}', 'topic' = '${topicName}')`;
        const job = one("FlinkSqlJob", "totals", {
            setup: [
                table("source", "orders;lost"),
                table("target", "totals", "upsert-kafka"),
                table("file", "x", "filesystem"),
            ],
            statement: "INSERT INTO target SELECT id FROM source",
        });
        expect(problems([...topic("orders"), job])).toEqual([
            'FlinkSqlJob "totals": it reads topic "lost", which nobody declares',
            'FlinkSqlJob "totals": it writes topic "totals", which nobody declares',
        ]);
    });

    it("does not when a bucket is missing, or not waited for", () => {
        const bucket = one("Bucket", "lake", { bucket: "lake" });
        const schema = one("TrinoSchema", "shop", { properties: { location: "s3a://lake/shop" } });
        const job = one("FlinkSqlJob", "totals", {
            configuration: { "execution.checkpointing.dir": "s3://flink/totals" },
        });
        expect(problems([bucket, schema, job])).toEqual([
            'TrinoSchema "shop": it does not wait for bucket "lake"',
            'FlinkSqlJob "totals": it keeps its data in bucket "flink", which nobody declares',
        ]);
    });
});
