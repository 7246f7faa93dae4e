import { FakeClickHouse } from "../support/fakes/clickhouse";
import { ProviderProcess } from "../support/provider-process";
import { databaseMatrix, namedCollectionMatrix } from "./clickhouse-database-matrix";
import type { ClickHouseUnderTest } from "./clickhouse-matrix";
import { tableMatrix } from "./clickhouse-table-matrix";
import { viewMatrix } from "./clickhouse-view-matrix";

describe("what a server holds that answers like ClickHouse", () => {
    let process: ProviderProcess;
    let fake: FakeClickHouse;
    let subject: ClickHouseUnderTest;

    beforeAll(async () => {
        process = await ProviderProcess.start();
    });
    afterAll(() => process.stop());
    beforeEach(async () => {
        fake = await new FakeClickHouse().up();
        fake.databases.set("matrix", { engine: "Atomic", comment: "", objects: new Map() });
        const { url, username, password } = fake;
        subject = { url, username, password, process, database: "matrix" };
    });
    afterEach(() => fake.down());

    describe("tables", () => tableMatrix(() => subject));
    describe("views", () => viewMatrix(() => subject));
    describe("databases", () => databaseMatrix(() => subject));
    describe("named collections", () => namedCollectionMatrix(() => subject));
});
