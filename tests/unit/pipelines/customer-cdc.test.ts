import * as pulumi from "@pulumi/pulumi";
import { changeGeneratorSpec } from "../../../components/change-generator";
import type { PostgresDatabase } from "../../../components/postgres-database";
import type { Address, HostAddress, InNetworkAddress } from "../../../lib/address";
import { parseSettings } from "../../../lib/settings";
import { askedOfPlatform } from "../../../pipelines";
import { analystRules } from "../../../pipelines/customer-cdc/access-rules";
import { captureConfig } from "../../../pipelines/customer-cdc/connector";
import { CAPTURED, cdcMark, orders, person, topicOf } from "../../../pipelines/customer-cdc/contract";
import { type CapturedTableArgs, capturedSchema, capturedTable } from "../../../pipelines/customer-cdc/pinot";
import { sourceTablesJob } from "../../../pipelines/customer-cdc/source-tables";
import { MOST_ROWS, ordersSql, personSql } from "../../../pipelines/customer-cdc/view-sql";
import { connectorProblems } from "../../../resources/connect/connector-rules";

const address: Address = {
    inNetwork: pulumi.output("postgres:5432" as InNetworkAddress),
    onHost: pulumi.output("127.0.0.1:15432" as HostAddress),
};
const database = {
    name: "source",
    server: address,
    owner: { user: "source", password: pulumi.secret("secretOfOwner") },
    changeCapture: { user: "source_capture", password: pulumi.secret("secretOfCapture") },
} as PostgresDatabase;

const resolved = <T>(output: pulumi.Input<T>): Promise<T> =>
    new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value as T)));

const REFERENCE = ["$", "{directory:/x:capture}"].join("");

const config = () =>
    resolved(pulumi.all(captureConfig({ database, password: REFERENCE, slot: "s", publication: "p" })));

describe("the customer pipeline", () => {
    it("captures what the contract names, in an order that has the marks last, into topics that are declared", async () => {
        const { "table.include.list": tables, "snapshot.include.collection.list": order, ...rest } = await config();
        expect(tables).toBe(order);
        expect(String(order).split(",").at(-1)).toBe("public.cdc_mark");
        const regex = new RegExp(`^${rest["transforms.route.regex"]}$`);
        const replacement = String(rest["transforms.route.replacement"]);
        for (const table of CAPTURED) {
            expect(`customer.public.${table.name}`.replace(regex, replacement)).toBe(topicOf(table));
        }
        // Another schema's table of the same name keeps its own topic.
        expect("customer.audit.person".replace(regex, replacement)).toBe("customer.audit.person");
    });

    it("has a connector without secrets in clear, that stops at what it cannot read, with a slot and publication of its own", async () => {
        const found = await config();
        expect(connectorProblems({ name: "c", server: { restUrl: "http://x" }, config: found })).toEqual([]);
        expect(JSON.stringify(found)).not.toMatch(/secretOf/);
        expect(found).toMatchObject({
            "slot.name": "s",
            "publication.name": "p",
            "publication.autocreate.mode": "disabled",
            "event.processing.failure.handling.mode": "fail",
            "errors.tolerance": "none",
        });
    });

    it("has columns for every field that the connector adds, and none of its names in a table twice", async () => {
        const renames = String((await config())["transforms.names.renames"]).split(",");
        const names = renames.map((rename) => rename.split(":")[1]);
        for (const { columns } of CAPTURED) {
            expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
        }
    });

    it("cuts no text, and tells nulls from texts", () => {
        const specs = capturedSchema(orders).dimensionFieldSpecs;
        for (const spec of specs.filter(({ dataType }) => dataType === "STRING"))
            expect(spec.maxLength).toBe(2 ** 31 - 1);
        expect(specs.find(({ name }) => name === "note")).toMatchObject({ defaultNullValue: "\\N" });
        expect(specs.find(({ name }) => name === "status")).not.toHaveProperty("defaultNullValue");
        expect(capturedSchema(person).primaryKeyColumns).toEqual(["id", "customer_id"]);
    });

    it("lets the newest commit win, and deleted rows be hidden and queries see one moment where servers can", async () => {
        const args = { topic: "t", brokers: "kafka:9092" as InNetworkAddress };
        const upsertOf = async (can: Pick<CapturedTableArgs, "deleteRecords" | "consistentReads">) => {
            const table = await resolved(capturedTable(cdcMark, { ...args, ...can }));
            return (table as { upsertConfig?: unknown }).upsertConfig;
        };
        const plain = { mode: "FULL", comparisonColumns: ["ts_us"] };
        expect(await upsertOf({})).toEqual(plain);
        expect(await upsertOf({ deleteRecords: true })).toEqual({ ...plain, deleteRecordColumn: "deleted" });
        expect(await upsertOf({ consistentReads: true })).toEqual({ ...plain, consistencyMode: "SYNC" });
    });

    it("has views that ask the broker, for more rows than it may give rather than for a part of them", () => {
        for (const sql of [personSql(), ordersSql(365)]) {
            expect(sql).not.toMatch(/\$\{/);
            expect(sql).toContain(`limit ${MOST_ROWS + 1}"`);
            expect(sql).toContain("deleted = 'false'");
            // A row that was deleted, or left the window, while Pinot still gave its old version too.
            expect(sql).toContain(") or ts_ms >= ago('PT10M') limit");
            // No table of Pinot's by its name alone: that would read segments.
            expect(sql).not.toMatch(/pinot\.default\.(?!")/);
        }
        expect(ordersSql(30)).toContain("ago('P30D')");
    });

    it("asks for Trino's access control only where analysts are to be restricted, and lets the platform do everything", () => {
        expect(askedOfPlatform(parseSettings({ customerCdc: { enabled: true } }))).toEqual({});
        expect(askedOfPlatform(parseSettings({ customerCdc: { restrictAnalysts: true } }))).toEqual({});
        const { trinoAccessRules } = askedOfPlatform(
            parseSettings({ customerCdc: { enabled: true, restrictAnalysts: true } }),
        );
        const rules = JSON.parse(trinoAccessRules ?? "");
        expect(rules.catalogs[0]).toEqual({ user: "millrace", allow: "owner" });
        // Who is called otherwise by one letter is somebody else.
        expect(JSON.parse(analystRules("a.b")).catalogs[0].user).toBe("a\\.b");
    });

    it("gives passwords to its programs as files", async () => {
        const job = sourceTablesJob(database);
        const generator = changeGeneratorSpec({
            host: {} as never,
            database,
            bootstrapServers: "kafka:9092" as InNetworkAddress,
            ledgerTopic: "ledger",
        });
        for (const { env, command, files } of [job, generator]) {
            expect(JSON.stringify([await resolved(pulumi.all(env ?? {})), command])).not.toMatch(/secretOf/);
            expect(Object.values(await resolved(pulumi.all(files ?? {})))).toContain("secretOfOwner");
        }
    });
});
