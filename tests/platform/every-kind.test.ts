import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { runStatement } from "../../resources/trino/api";
import { openExample } from "../support/example";
import { expectWell } from "../support/make";
import { testCredentials, testEndpoints } from "../support/stack";

const MINUTE = 60_000;

/** The steps of the example's README, on the servers of the test stack, all of which run. */
describe("the example of every kind on existing servers", () => {
    const { state, pulumi, forget } = openExample("every-kind-on-existing-servers");
    let endpoints: Record<string, string>;
    let credentials: Record<string, Record<string, string>>;

    const inSource = async (...statements: string[]): Promise<void> => {
        const [host, port] = (endpoints["postgres.address"] ?? "").split(":");
        const client = new Client({ host, port: Number(port), database: "source", ...credentials["postgres.source"] });
        await client.connect();
        for (const statement of statements) await client.query(statement);
        await client.end();
    };

    beforeAll(async () => {
        [endpoints, credentials] = [await testEndpoints(), await testCredentials()];
        await inSource(
            "CREATE TABLE person (id bigint PRIMARY KEY, name text)",
            "CREATE PUBLICATION example_person FOR TABLE person",
        );
        writeFileSync(join(state, "endpoints"), JSON.stringify(endpoints));
        writeFileSync(join(state, "credentials"), JSON.stringify(credentials), { mode: 0o600 });
    }, MINUTE);

    afterAll(async () => {
        forget();
        await inSource("DROP PUBLICATION example_person", "DROP TABLE person");
    });

    it(
        "creates all of them, and a view that answers through two servers",
        async () => {
            expectWell(await pulumi("stack init try"));
            expectWell(await pulumi(`config set endpoints "$(cat ${state}/endpoints)"`));
            expectWell(await pulumi(`config set --secret credentials "$(cat ${state}/credentials)"`));
            expectWell(await pulumi("up --yes --skip-preview --non-interactive"));
            const shop = endpoints["clickhouse.url"];
            const { user = "", password = "" } = credentials.clickhouse ?? {};
            const insert = "INSERT INTO example_shop.orders VALUES (1, 'books', 1250), (2, 'books', 250)";
            const headers = { "x-clickhouse-user": user, "x-clickhouse-key": password };
            expect((await fetch(`${shop}`, { method: "POST", body: insert, headers })).status).toBe(200);
            const session = { url: `${endpoints["trino.url"]}`, user: "test" };
            const query = "SELECT category, sum(amount) FROM example_views.shop.orders GROUP BY category";
            const { rows } = await runStatement(session, query);
            expect(rows.map(([category, amount]) => [category, Number(amount)])).toEqual([["books", 15]]);
        },
        4 * MINUTE,
    );

    it(
        "changes nothing the second time, also when every server is asked, and shows no secret in its state",
        async () => {
            const { text } = expectWell(await pulumi("up --yes --refresh --skip-preview --non-interactive"));
            expect(text).not.toMatch(/created|updated|replaced|deleted/);
            const exported = expectWell(await pulumi("stack export")).text;
            for (const { password, secretKey } of Object.values(credentials)) {
                for (const secret of [password, secretKey]) {
                    if (secret !== undefined) expect(exported.includes(secret)).toBe(false);
                }
            }
        },
        3 * MINUTE,
    );

    it(
        "goes, and leaves nothing on the servers",
        async () => {
            expectWell(await pulumi("destroy --yes --skip-preview --non-interactive"));
            const connectors = await fetch(`${endpoints["connect.url"]}/connectors`);
            expect(await connectors.json()).toEqual([]);
            const session = { url: `${endpoints["trino.url"]}`, user: "test" };
            const { rows } = await runStatement(session, "SHOW CATALOGS LIKE 'example%'");
            expect(rows).toEqual([]);
        },
        4 * MINUTE,
    );
});
