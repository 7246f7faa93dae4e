import pc from "picocolors";
import { columns, say } from "./output";

/** Titles of the endpoints that a person opens or types, in the order in which they are shown. */
const TITLES: Readonly<Record<string, string>> = {
    "dashboard.url": "Dashboard",
    "kafka.bootstrapServers": "Kafka bootstrap servers",
    "pinot.controllerUrl": "Pinot console",
    "pinot.brokerUrl": "Pinot broker (POST /query/sql)",
    "postgres.address": "Postgres",
    "s3.endpoint": "Object store (S3)",
    "s3.consoleUrl": "Object store's console",
    "clickhouse.url": "ClickHouse (HTTP)",
    "connect.url": "Kafka Connect",
    "flink.restUrl": "Flink",
    "flink.sqlGatewayUrl": "Flink SQL gateway",
    "trino.url": "Trino",
    "brokerConsole.url": "Broker console",
};

/** Prints the addresses of a stack's servers. */
export function sayEndpoints(endpoints: Readonly<Record<string, string>>): void {
    const rows = Object.entries(endpoints).map(([key, address]) => [`  ${TITLES[key] ?? key}`, pc.cyan(address)]);
    for (const line of columns(rows)) say(line);
}

/** Prints what a person may want to do after `make up`. */
export function sayNextSteps(): void {
    say(pc.dim('  Next: make verify · make status · make logs S=kafka · eval "$(make -s env)" && pulumi preview'));
}
