import {
    dimension,
    flinkJsonColumns,
    flinkJsonValue,
    flinkLiteral,
    flinkUpsertTable,
    key,
    metric,
    table,
    time,
} from "../../../lib/contract";

const orders = table("orders", {
    order_id: key.string(),
    note: dimension.string({ nullable: true }),
    pieces: metric.long(),
    amount: metric.double(),
    at: time.epochMillis(),
});

describe("a contract in Flink's words", () => {
    it("is a table of versions: JSON keys, values that hold the key, times as numbers", () => {
        expect(flinkUpsertTable(orders, { topic: "orders", brokers: "kafka:9092" })).toBe(
            `CREATE TEMPORARY TABLE orders (
    order_id STRING NOT NULL,
    note STRING,
    pieces BIGINT NOT NULL,
    amount DOUBLE NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (order_id) NOT ENFORCED
) WITH (
    'connector' = 'upsert-kafka',
    'properties.bootstrap.servers' = 'kafka:9092',
    'topic' = 'orders',
    'key.format' = 'json',
    'value.format' = 'json',
    'value.fields-include' = 'ALL'
)`,
        );
    });

    it("is no table of versions without a primary key", () => {
        const events = table("events", { at: time.epochMillis() });
        expect(() => flinkUpsertTable(events, { topic: "t", brokers: "b" })).toThrow(
            'contract "events" has no primary key: one row a key needs one',
        );
    });

    it("takes columns out of a text so that no value of another type can stop a job", () => {
        expect(flinkJsonColumns(orders, ["order_id", "pieces", "amount", "at"], "message").split("\n    ")).toEqual([
            "JSON_VALUE(message, '$.order_id') AS order_id,",
            "TRY_CAST(JSON_VALUE(message, '$.pieces') AS BIGINT) AS pieces,",
            "TRY_CAST(JSON_VALUE(message, '$.amount') AS DOUBLE) AS amount,",
            "TRY_CAST(JSON_VALUE(message, '$.at') AS BIGINT) AS at",
        ]);
    });

    it("has no column that the contract does not have", () => {
        expect(() => flinkJsonValue(orders, "price", "message")).toThrow('contract "orders" has no column "price"');
    });

    it("quotes a text with a quote in it", () => {
        expect(flinkLiteral("it's")).toBe("'it''s'");
    });
});
