import { join } from "node:path";
import { openExample } from "../support/example";
import { expectWell, ROOT } from "../support/make";
import { queryPinot, testEndpoints } from "../support/stack";

const MINUTE = 60_000;

/** The steps of the example's README, on the servers of the test stack. */
describe("the example of a table on existing servers", () => {
    const { pulumi, forget } = openExample("pinot-on-existing-servers");
    let endpoints: Record<string, string>;

    beforeAll(async () => {
        endpoints = await testEndpoints();
    }, MINUTE);

    afterAll(forget);

    it(
        "is refused by the policy pack at preview while its table reads a topic that nobody declares, and passes as it is",
        async () => {
            expectWell(await pulumi("stack init try"));
            expectWell(await pulumi(`config set controllerUrl ${endpoints["pinot.controllerUrl"]}`));
            expectWell(await pulumi(`config set bootstrapServers ${endpoints["kafka.bootstrapServers"]}`));
            expectWell(await pulumi("config set brokersForPinot kafka:9092"));
            const judged = `preview --non-interactive --policy-pack '${join(ROOT, "policy", "pack")}'`;
            expectWell(await pulumi("config set topicForPinot Example-Clicks"));
            const { code, text } = await pulumi(judged);
            expect(code).not.toBe(0);
            expect(text).toContain(
                'PinotTable "example_clicks": it reads topic "Example-Clicks", which nobody declares',
            );
            expect(text).toContain(
                'Way out: declare the topic, or name one that is there (did you mean "example-clicks"?)',
            );
            expectWell(await pulumi("config rm topicForPinot"));
            expectWell(await pulumi(judged));
        },
        3 * MINUTE,
    );

    it(
        "creates topic, schema and table",
        async () => {
            expectWell(await pulumi("up --yes --skip-preview --non-interactive"));
            const rows = await queryPinot(endpoints["pinot.brokerUrl"] ?? "", "SELECT COUNT(*) FROM example_clicks");
            expect(rows).toEqual([[0]]);
        },
        3 * MINUTE,
    );

    it(
        "takes a new column in place, and queries find it when up is done",
        async () => {
            expectWell(await pulumi("config set --path 'columns[0]' id"));
            expectWell(await pulumi("config set --path 'columns[1]' kind"));
            expectWell(await pulumi("config set --path 'columns[2]' country"));
            const { text } = expectWell(await pulumi("up --yes --skip-preview --non-interactive"));
            expect(text).toMatch(/updated/);
            expect(text).not.toMatch(/replaced|deleted/);
            await queryPinot(endpoints["pinot.brokerUrl"] ?? "", "SELECT country FROM example_clicks LIMIT 1");
        },
        3 * MINUTE,
    );

    it(
        "refuses at preview to lose a column, with the reason and the way out",
        async () => {
            expectWell(await pulumi("config rm --path 'columns[2]'"));
            const { code, text } = await pulumi("preview --non-interactive");
            expect(code).not.toBe(0);
            expect(text).toMatch(/country/);
            expect(text).toMatch(/Way out/);
            expectWell(await pulumi("config set --path 'columns[2]' country"));
            expectWell(await pulumi("preview --expect-no-changes --non-interactive"));
        },
        3 * MINUTE,
    );

    it(
        "is gone when it is destroyed, and the name is free again",
        async () => {
            expectWell(await pulumi("destroy --yes --skip-preview --non-interactive"));
            const query = queryPinot(endpoints["pinot.brokerUrl"] ?? "", "SELECT COUNT(*) FROM example_clicks");
            await expect(query).rejects.toThrow(/TableDoesNotExist/);
            expectWell(await pulumi("up --yes --skip-preview --non-interactive"));
            expectWell(await pulumi("destroy --yes --skip-preview --non-interactive"));
        },
        4 * MINUTE,
    );
});
