import { Trino } from "../../../components/trino";
import { trinoAccess } from "../../../resources/trino/access";
import { TrinoCatalog } from "../../../resources/trino/trino-catalog";
import { TrinoSchema } from "../../../resources/trino/trino-schema";
import { TrinoView } from "../../../resources/trino/trino-view";
import { catalogMatrix } from "../../provider/trino-catalog-matrix";
import { materializedViewMatrix } from "../../provider/trino-materialized-view-matrix";
import { schemaMatrix } from "../../provider/trino-schema-matrix";
import { connectorOf, statement, type TrinoUnderTest } from "../../provider/trino-subject";
import { viewMatrix } from "../../provider/trino-view-matrix";
import { type Alone, type AloneProgram, startAlone } from "../../support/alone";
import { clearState } from "../../support/clear-state";
import { ProviderProcess } from "../../support/provider-process";

/** What a stack declares in its Trino. */
interface Declared {
    /** Most that the catalog holds. */
    readonly size: string;
    readonly sql: string;
}

/** Trino with a password, and in it, when declared, a catalog with a schema and a view. */
function program(declared?: Declared): AloneProgram {
    return (host) => {
        const trino = new Trino("trino", { host, authentication: "password", secrets: { CATALOG_SIZE: "33333kB" } });
        if (declared !== undefined) {
            const options = { deletedWith: trino.storage };
            const server = trinoAccess(trino);
            const properties = {
                "memory.max-data-per-node": trino.secretReference("CATALOG_SIZE"),
                "memory.splits-per-node": declared.size,
            };
            const { catalog } = new TrinoCatalog(
                "marts",
                { server, catalog: "marts", connector: "memory", properties },
                options,
            );
            const { schema } = new TrinoSchema("sales", { server, catalog, schema: "sales" }, options);
            const { sql } = declared;
            new TrinoView(
                "nations",
                { server, catalog, schema, view: "nations", sql, deletionProtection: false },
                options,
            );
        }
        const { password, certificate } = trino;
        return { url: trino.url.onHost, password, certificate };
    };
}

describe("Trino's resources on the real server", () => {
    let server: Alone;
    let process: ProviderProcess;
    let subject: TrinoUnderTest;
    let stopped = false;

    beforeAll(async () => {
        process = await ProviderProcess.start();
        server = await startAlone("trino-resources", program());
        const { url, password, certificate } = server.outputs;
        subject = {
            access: { url, user: "millrace", password, certificate },
            process,
            prefix: "matrix",
            secret: "CATALOG_SIZE",
            folder: "/data/trino",
        };
        await statement(subject, "CREATE CATALOG tpch USING tpch");
    }, 300_000);
    afterAll(async () => {
        await process?.stop();
        if (server !== undefined && !stopped) await server.stop();
    }, 120_000);

    describe("a catalog", () => catalogMatrix(() => subject));
    describe("a schema", () => schemaMatrix(() => subject));
    describe("a view", () => viewMatrix(() => subject));
    describe("a materialized view", () => materializedViewMatrix(() => subject));

    it("live in a stack: created in order, kept, changed in place, protected, and gone with their server", async () => {
        const sql = "SELECT name, regionkey FROM tpch.tiny.nation";
        expect(await server.up(program({ size: "1", sql }))).toEqual({ changes: 3 });
        expect(await server.up()).toEqual({ changes: 0 });
        expect(await statement(subject, "SELECT count(*) FROM marts.sales.nations")).toEqual([[25]]);
        expect(await server.up(program({ size: "1", sql: `${sql} WHERE regionkey < 3` }))).toEqual({ changes: 1 });
        expect(await statement(subject, "SELECT count(*) FROM marts.sales.nations")).toEqual([[15]]);

        await expect(server.up(program())).rejects.toThrow(/TrinoSchema "marts.sales": is protected/);
        expect(await connectorOf(subject, "marts")).toBe("memory");
        expect(clearState(await server.state())).not.toContain(subject.access.password);

        stopped = true;
        // Two of them are protected: they go with the volume that holds them.
        await server.stop();
    }, 180_000);
});
