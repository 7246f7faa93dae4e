import * as pulumi from "@pulumi/pulumi";
import type { HostAddress, InNetworkAddress } from "../../../../lib/address";
import { type DebeziumPostgresArgs, debeziumPostgres } from "../../../../resources/connect/debezium";

const DATABASE = {
    name: "shop",
    server: {
        inNetwork: pulumi.output("postgres:5433" as InNetworkAddress),
        onHost: pulumi.output("127.0.0.1:15432" as HostAddress),
    },
    changeCapture: { user: "shop_capture" },
};
const ARGS = { database: DATABASE, password: "a reference", topicPrefix: "Shop-EU", publication: "all" };

function resolved(changed: Partial<DebeziumPostgresArgs> = {}): Promise<Record<string, unknown>> {
    const output = pulumi.output(debeziumPostgres({ ...ARGS, ...changed }));
    return new Promise((resolve) => output.apply(resolve));
}

describe("Debezium's configuration of a database", () => {
    it("reads the database as containers reach it, through a slot and a publication of its own", async () => {
        expect(await resolved()).toEqual({
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "tasks.max": 1,
            "plugin.name": "pgoutput",
            "database.hostname": "postgres",
            "database.port": "5433",
            "database.user": "shop_capture",
            "database.password": "a reference",
            "database.dbname": "shop",
            "topic.prefix": "Shop-EU",
            "slot.name": "shop_eu",
            "publication.name": "all",
            "publication.autocreate.mode": "disabled",
        });
    });

    it("lets everything be said otherwise", async () => {
        const settings = { "poll.interval.ms": 50, "tasks.max": 2 };
        expect(await resolved({ slot: "mine", tables: ["public.a", "public.b"], settings })).toMatchObject({
            "slot.name": "mine",
            "table.include.list": "public.a,public.b",
            ...settings,
        });
    });

    it("says what a database lacks that has nobody to capture its changes", () => {
        const { changeCapture: _user, ...database } = DATABASE;
        expect(() => debeziumPostgres({ ...ARGS, database })).toThrow(
            /database "shop" has no user for change capture: declare it with changeCapture: true/,
        );
    });
});
