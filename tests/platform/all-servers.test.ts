import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { containersOf, engine, memoryUse } from "../../cli/engine";
import { quotedName, quotedText, runStatement } from "../../resources/trino/api";
import { expectWell, inShell, make, TEST_STACK } from "../support/make";
import { testCredentials, testEndpoints } from "../support/stack";

const MINUTE = 60_000;

/** Goes on from the stack that the life test brought up. */
describe("a stack with every server", () => {
    it(
        "gains them at an up, without touching what runs",
        async () => {
            const before = await containersOf(engine(), TEST_STACK);
            expectWell(await inShell("pulumi config set --path 'millrace:servers[0]' all"));
            const { text } = expectWell(await make("up", "ARGS=--timeline"));
            expect(text).toMatch(/0 differences/);
            expect(text).toMatch(/waited for/);
            expect(text).toMatch(/without brokerConsole: needs an image registry/);
            expect(text).not.toMatch(/deleted|replaced/);
            const after = new Map(
                (await containersOf(engine(), TEST_STACK)).map(({ id, startedAt }) => [id, startedAt]),
            );
            for (const { id, startedAt } of before) expect(after.get(id)).toEqual(startedAt);
        },
        45 * MINUTE,
    );

    it("has them all healthy, limited, without capabilities or root, and published on loopback only", async () => {
        const containers = await containersOf(engine(), TEST_STACK);
        expect(containers.map(({ service }) => service)).toEqual([
            "clickhouse",
            "clickstream",
            "dashboard",
            "flink-jobmanager",
            "flink-sql-gateway",
            "flink-taskmanager-1",
            "hive-metastore",
            "kafka",
            "kafka-connect",
            "object-store",
            "pinot",
            "pinot-zookeeper",
            "postgres",
            "trino",
        ]);
        for (const { id, service, health, ports } of containers) {
            const { HostConfig, Config } = await engine().getContainer(id).inspect();
            expect({ service, health }).toEqual({ service, health: "healthy" });
            expect({ service, drop: HostConfig.CapDrop }).toEqual({ service, drop: ["ALL"] });
            expect({ service, limited: (HostConfig.Memory ?? 0) > 0 }).toEqual({ service, limited: true });
            expect({ service, root: ["", "0", "root"].includes(Config.User) }).toEqual({ service, root: false });
            for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
        }
    });

    it(
        "changes nothing the second time, also when every server is asked",
        async () => {
            expect(expectWell(await make("up")).text).toMatch(/0 changes/);
            expect(expectWell(await make("refresh")).text).toMatch(/0 changes/);
        },
        5 * MINUTE,
    );

    it(
        "has no policy of the pack against it, and in production would have several",
        async () => {
            expect(expectWell(await make("preview", "ARGS=--policy")).text).toMatch(/no policy is against it/);
            const settings = join(mkdtempSync(join(tmpdir(), "millrace-policy-")), "policy.json");
            writeFileSync(settings, JSON.stringify({ "deletion-protection": { stacks: [TEST_STACK] } }));
            const { code, text } = await make("preview", `ARGS=--policy-config ${settings}`);
            expect(code).not.toBe(0);
            expect(text).toContain('Topic "raw-events": deletionProtection is off');
            expect(text).toContain(`Data in stack ${TEST_STACK} counts.`);
        },
        3 * MINUTE,
    );

    it("needs at most 4 GB of memory at rest", async () => {
        const containers = await containersOf(engine(), TEST_STACK);
        const use = await memoryUse(engine(), containers);
        expect(use.size).toBe(containers.length);
        expect([...use.values()].reduce((sum, megabytes) => sum + megabytes, 0)).toBeLessThan(4 * 1024);
    });

    it(
        "gives each server an address, and says none of its passwords",
        async () => {
            expect(Object.keys(await testEndpoints()).sort()).toEqual(
                expect.arrayContaining([
                    "clickhouse.url",
                    "connect.url",
                    "flink.restUrl",
                    "flink.sqlGatewayUrl",
                    "postgres.address",
                    "s3.endpoint",
                    "trino.url",
                ]),
            );
            const passwords = Object.values(await testCredentials()).flatMap(
                ({ password, secretKey }) => password ?? secretKey ?? [],
            );
            expect(passwords.length).toBeGreaterThanOrEqual(4);
            const said = [
                expectWell(await inShell("pulumi stack output --json")).text,
                expectWell(await inShell("pulumi stack export")).text,
                expectWell(await make("status")).text,
                expectWell(await make("urls")).text,
            ].join("\n");
            for (const password of passwords) expect(said.includes(password)).toBe(false);
        },
        MINUTE,
    );

    it(
        "answers one question over Postgres, ClickHouse, the object store and Pinot, with secrets by reference",
        async () => {
            const [endpoints, credentials] = [await testEndpoints(), await testCredentials()];
            await createBucket("warehouse", String(endpoints["s3.endpoint"]), credentials.s3 ?? {});
            const session = { url: `${endpoints["trino.url"]}`, user: "test" };
            const run = async (sql: string) => (await runStatement(session, sql)).rows;
            const catalogs = catalogsOf(credentials);
            for (const [catalog, { connector, properties }] of Object.entries(catalogs)) {
                const given = Object.entries(properties).map(
                    ([key, value]) => `${quotedName(key)} = ${quotedText(value)}`,
                );
                await run(`CREATE CATALOG ${catalog} USING ${connector} WITH (${given.join(", ")})`);
            }
            await run("CREATE SCHEMA lake.shop WITH (location = 's3a://warehouse/shop')");
            const types = "VALUES ('view', 1), ('cart', 2), ('purchase', 3)";
            for (const table of ["source.public.weight", "columns.default.weight", "lake.shop.weight"]) {
                await run(`CREATE TABLE ${table} AS SELECT name, weight FROM (${types}) AS t (name, weight)`);
            }
            const [row] = await run(
                "SELECT (SELECT sum(a.weight * b.weight * c.weight) FROM source.public.weight a " +
                    "JOIN columns.default.weight b ON a.name = b.name JOIN lake.shop.weight c ON b.name = c.name), " +
                    "(SELECT count(*) FROM events.default.raw_events)",
            );
            expect(row?.[0]).toBe(36);
            expect(row?.[1]).toBeGreaterThan(0);
            for (const catalog of Object.keys(catalogs)) await run(`DROP CATALOG ${catalog}`);
        },
        3 * MINUTE,
    );
});

async function createBucket(Bucket: string, endpoint: string, { accessKey = "", secretKey = "" }): Promise<void> {
    const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
    const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
    await client.send(new CreateBucketCommand({ Bucket }));
    client.destroy();
}

function catalogsOf(credentials: Record<string, Record<string, string>>) {
    const secret = (name: string): string => `\${ENV:${name}}`;
    return {
        source: {
            connector: "postgresql",
            properties: {
                "connection-url": "jdbc:postgresql://postgres:5432/source",
                "connection-user": credentials["postgres.source"]?.user ?? "",
                "connection-password": secret("POSTGRES_SOURCE_PASSWORD"),
            },
        },
        columns: {
            connector: "clickhouse",
            properties: {
                "connection-url": "jdbc:clickhouse://clickhouse:8123/?compress=0",
                "connection-user": credentials.clickhouse?.user ?? "",
                "connection-password": secret("CLICKHOUSE_PASSWORD"),
                "clickhouse.map-string-as-varchar": "true",
            },
        },
        lake: {
            connector: "hive",
            properties: {
                "hive.metastore.uri": "thrift://hive-metastore:9083",
                "fs.native-s3.enabled": "true",
                "s3.endpoint": "http://object-store:9000",
                "s3.region": "us-east-1",
                "s3.path-style-access": "true",
                "s3.aws-access-key": secret("OBJECT_STORE_ACCESS_KEY"),
                "s3.aws-secret-key": secret("OBJECT_STORE_SECRET_KEY"),
            },
        },
        events: { connector: "pinot", properties: { "pinot.controller-urls": "pinot:9000" } },
    };
}
