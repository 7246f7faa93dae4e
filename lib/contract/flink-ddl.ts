import type { ColumnType } from "./field";
import type { Column, Table } from "./table";

/** A Kafka topic as Flink reaches it. */
export interface FlinkTopic {
    readonly topic: string;
    /** `host:port` list, as the cluster's processes see it. */
    readonly brokers: string;
}

const TYPES: Readonly<Record<ColumnType, string>> = {
    string: "STRING",
    long: "BIGINT",
    double: "DOUBLE",
    // As a number in messages, and so in every store: a Flink TIMESTAMP would become text, in the form of its own SQL.
    epochMillis: "BIGINT",
};

/**
 * Projects a contract to a table of Flink's that writes versions of rows, of which the last one of a key counts: JSON
 * keys, and JSON values that hold the key too.
 * @throws Error for a contract without a primary key.
 */
export function flinkUpsertTable(table: Table, { topic, brokers }: FlinkTopic): string {
    if (table.primaryKey.length === 0) {
        throw new Error(`contract "${table.name}" has no primary key: one row a key needs one`);
    }
    return createTable(table, [`PRIMARY KEY (${table.primaryKey.join(", ")}) NOT ENFORCED`], {
        connector: "upsert-kafka",
        "properties.bootstrap.servers": brokers,
        topic,
        "key.format": "json",
        "value.format": "json",
        "value.fields-include": "ALL",
    });
}

/**
 * Columns of a contract as a select list that takes them out of a JSON text. What is not there, or is no value of the
 * column's type, is NULL: no message can stop the job.
 * @param from the column that holds the text.
 * @throws Error for a name that the contract does not have.
 */
export function flinkJsonColumns(table: Table, names: readonly string[], from: string): string {
    return names.map((name) => `${flinkJsonValue(table, name, from)} AS ${name}`).join(",\n    ");
}

/** One column of a contract, taken out of a JSON text. @throws Error for a name that the contract does not have. */
export function flinkJsonValue(table: Table, name: string, from: string): string {
    const column = table.columns.find((each) => each.name === name);
    if (column === undefined) throw new Error(`contract "${table.name}" has no column "${name}"`);
    const value = `JSON_VALUE(${from}, '$.${name}')`;
    return column.type === "string" ? value : `TRY_CAST(${value} AS ${TYPES[column.type]})`;
}

/** A text as a literal of Flink SQL. */
export function flinkLiteral(text: string): string {
    return `'${text.replaceAll("'", "''")}'`;
}

function createTable(
    { name, columns }: Table,
    constraints: readonly string[],
    options: Readonly<Record<string, string>>,
): string {
    const lines = [...columns.map(columnOf), ...constraints].map((line) => `    ${line}`);
    const settings = Object.entries(options).map(([key, value]) => `    ${flinkLiteral(key)} = ${flinkLiteral(value)}`);
    return `CREATE TEMPORARY TABLE ${name} (\n${lines.join(",\n")}\n) WITH (\n${settings.join(",\n")}\n)`;
}

function columnOf({ name, type, nullable }: Column): string {
    return `${name} ${TYPES[type]}${nullable ? "" : " NOT NULL"}`;
}
