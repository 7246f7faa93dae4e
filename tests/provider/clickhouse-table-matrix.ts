import fc from "fast-check";
import { anyDeclaration } from "./clickhouse-any-table";
import { type ClickHouseUnderTest, ObjectUnderTest } from "./clickhouse-matrix";

const COLUMNS = [
    { name: "id", type: "UInt64" },
    { name: "name", type: "String", default: "'none'", codec: "ZSTD(3)" },
    { name: "price", type: "UInt32", comment: "in cents" },
    { name: "at", type: "DateTime", default: "now()" },
];

/** Everything declared; what a test is about replaces its part. */
function inputs(table: ObjectUnderTest, changed: object = {}): Record<string, unknown> {
    return {
        server: table.server,
        database: table.under.database,
        table: table.name,
        columns: COLUMNS,
        orderBy: ["id", "name"],
        partitionBy: "toYYYYMM(at)",
        ttl: "at + INTERVAL 30 DAY",
        settings: { min_bytes_for_wide_part: 0 },
        indices: [{ name: "by_price", expression: "price", type: "minmax" }],
        comment: "what was sold",
        ...changed,
    };
}

/** What every ClickHouse server must do, fake or real. */
export function tableMatrix(subject: () => ClickHouseUnderTest): void {
    let count = 0;
    let table: ObjectUnderTest;
    const others: ObjectUnderTest[] = [];
    const other = (name: string): ObjectUnderTest => {
        const made = new ObjectUnderTest(subject(), "table", name);
        others.push(made);
        return made;
    };
    const insert = (rows = 3): Promise<void> =>
        table.command(
            `INSERT INTO ${table.path} (id, name, price) VALUES ` +
                Array.from({ length: rows }, (_, id) => `(${id}, 'name ${id}', ${id * 200})`).join(", "),
        );
    beforeEach(() => {
        table = new ObjectUnderTest(subject(), "table", `table_${++count}`);
    });
    afterEach(async () => {
        for (const made of [table, ...others.splice(0)]) {
            await made.command(`DROP TABLE IF EXISTS ${made.path} SYNC`).catch(() => undefined);
            await made.close();
        }
    });

    it("creates a table with its columns, keys, TTL, settings, indices and comment", async () => {
        expect(await table.resource.up(inputs(table))).toBe("create");
        expect(await table.held()).toBe(
            `CREATE TABLE ${table.path} (\`id\` UInt64, \`name\` String DEFAULT 'none' CODEC(ZSTD(3)), ` +
                "`price` UInt32 COMMENT 'in cents', `at` DateTime DEFAULT now(), " +
                "INDEX by_price price TYPE minmax GRANULARITY 1) ENGINE = MergeTree PARTITION BY toYYYYMM(at) " +
                "ORDER BY (id, name) TTL at + toIntervalDay(30) " +
                "SETTINGS min_bytes_for_wide_part = 0, index_granularity = 8192 COMMENT 'what was sold'",
        );
        expect(table.resource.state?.id).toBe(table.path);
    });

    it("changes nothing the second time, and refresh finds nothing, also where the server writes it another way", async () => {
        const columns = [
            { name: "id", type: "INT" },
            { name: "odd name", type: "VARCHAR(20)", codec: "ZSTD" },
            { name: "parts.x", type: "Array(UInt8)" },
            { name: "price", type: "Decimal(10,2)", default: "1+1" },
            { name: "at", type: "DateTime", codec: "Delta, LZ4" },
            { name: "seen", type: "String", ttl: "at + interval 1 day", comment: "it's" },
        ];
        const declared = inputs(table, { columns, orderBy: "(id,price)", ttl: "at+interval 3 month DELETE" });
        expect(await table.resource.up(declared)).toBe("create");
        expect(await table.resource.refresh()).toBe(false);
        expect(await table.resource.preview(declared)).toMatchObject({ failures: [], step: "same" });
    });

    it("sees no change in spaces, brackets, quotes, the case of keywords, or a default that is spelled out", async () => {
        await table.resource.up(inputs(table));
        const [id, name, price, at] = COLUMNS;
        const same = inputs(table, {
            columns: [id, { ...name, codec: "CODEC( ZSTD(3) )" }, { ...price, type: " UInt32" }, at],
            engine: "MergeTree()",
            orderBy: "( id, `name` )",
            partitionBy: "toYYYYMM( at )",
            ttl: ["at + toIntervalDay(30) DELETE"],
            settings: { min_bytes_for_wide_part: "0", index_granularity: 8192 },
            indices: [{ name: "by_price", expression: "(price)", type: "minmax()", granularity: 1 }],
            allowDataLoss: false,
        });
        expect(await table.resource.preview(same)).toMatchObject({ failures: [], step: "same" });
    });

    it("changes columns, codecs, TTL, settings, indices and comments in place, and keeps the rows", async () => {
        await table.resource.up(inputs(table));
        await insert();
        const [id, name, price, at] = COLUMNS;
        const changed = inputs(table, {
            columns: [
                id,
                { name: "first", type: "UInt8", default: "7" },
                { ...name, codec: undefined, default: "'nobody'" },
                at,
                { ...price, type: "UInt64", comment: "in euros", codec: "Delta, LZ4" },
                { name: "day", type: "Date", materialized: "toDate(at)" },
                { name: "loud", type: "String", alias: "upper(name)" },
            ],
            ttl: "at + INTERVAL 60 DAY",
            settings: { min_rows_for_wide_part: 10 },
            indices: [{ name: "by_name", expression: "lower(name)", type: "bloom_filter", granularity: 2 }],
            comment: "it's sold",
        });
        expect((await table.resource.preview(changed)).failures).toEqual([]);
        expect(await table.resource.up(changed)).toBe("update");
        expect(await table.held()).toBe(
            `CREATE TABLE ${table.path} (\`id\` UInt64, \`first\` UInt8 DEFAULT 7, \`name\` String DEFAULT 'nobody', ` +
                "`at` DateTime DEFAULT now(), `price` UInt64 COMMENT 'in euros' CODEC(Delta(8), LZ4), " +
                "`day` Date MATERIALIZED toDate(at), `loud` String ALIAS upper(name), " +
                "INDEX by_name lower(name) TYPE bloom_filter GRANULARITY 2) ENGINE = MergeTree " +
                "PARTITION BY toYYYYMM(at) ORDER BY (id, name) TTL at + toIntervalDay(60) " +
                "SETTINGS index_granularity = 8192, min_rows_for_wide_part = 10 COMMENT 'it\\'s sold'",
        );
        expect(await table.rows(`SELECT id, first, price FROM ${table.path} ORDER BY id`)).toMatchObject([
            { first: 7 },
            {},
            { price: 400 },
        ]);
        expect(await table.resource.refresh()).toBe(false);
        expect((await table.resource.preview(changed)).step).toBe("same");
    });

    it("is brought from any declaration to any other, after which a second preview is empty", async () => {
        let runs = 0;
        await fc.assert(
            fc.asyncProperty(fc.array(anyDeclaration, { minLength: 2, maxLength: 3 }), async (declarations) => {
                const each = other(`${table.name}_${++runs}`);
                for (const declaration of declarations) {
                    const declared = {
                        server: each.server,
                        database: each.under.database,
                        table: each.name,
                        ...declaration,
                    };
                    await each.resource.up(declared);
                    expect(await each.resource.preview(declared)).toMatchObject({ failures: [], step: "same" });
                    expect(await each.resource.refresh()).toBe(false);
                    const found = new ObjectUnderTest(each.under, "table", each.name);
                    expect(await found.resource.up({ ...declared, onExists: "adoptIfEqual" })).toBe("create");
                    await found.close();
                }
            }),
            { numRuns: 4, endOnFailure: true },
        );
    }, 60_000);

    it("takes away what is not declared any more", async () => {
        await table.resource.up(inputs(table));
        const [id, name, price, at] = COLUMNS;
        const bare = inputs(table, {
            columns: [id, { ...name, default: undefined, codec: undefined }, { ...price, comment: undefined }, at],
            ttl: undefined,
            settings: undefined,
            indices: undefined,
            comment: undefined,
        });
        expect(await table.resource.up(bare)).toBe("update");
        expect(await table.held()).toBe(
            `CREATE TABLE ${table.path} (\`id\` UInt64, \`name\` String, \`price\` UInt32, ` +
                "`at` DateTime DEFAULT now()) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (id, name) " +
                "SETTINGS index_granularity = 8192",
        );
        expect(await table.resource.refresh()).toBe(false);
    });

    it("shows drift at refresh, and repairs it", async () => {
        await table.resource.up(inputs(table));
        await table.command(
            `ALTER TABLE ${table.path} MODIFY COMMENT 'changed'`,
            `ALTER TABLE ${table.path} MODIFY COLUMN price UInt32 COMMENT 'in yen'`,
            `ALTER TABLE ${table.path} ADD COLUMN foreign_one UInt8 AFTER id`,
            `ALTER TABLE ${table.path} DROP INDEX by_price`,
        );
        expect(await table.resource.refresh()).toBe(true);
        expect(table.resource.state?.inputs).toMatchObject({
            comment: "changed",
            columns: [{}, { name: "foreign_one", type: "UInt8" }, {}, { comment: "in yen" }, {}],
            indices: [],
        });
        expect(await table.resource.refresh()).toBe(false);
        expect(await table.resource.up(inputs(table))).toBe("update");
        expect(await table.held()).toContain("`price` UInt32 COMMENT 'in cents'");
        expect(await table.held()).toContain("INDEX by_price");
        expect(await table.held()).not.toContain("foreign_one");
        expect(await table.resource.refresh()).toBe(false);
    });

    it("creates again what was dropped outside, with or without a refresh before", async () => {
        await table.resource.up(inputs(table));
        const drop = () => table.command(`DROP TABLE ${table.path} SYNC`);
        await drop();
        expect([await table.resource.refresh(), table.resource.state]).toEqual([true, undefined]);
        await table.resource.up(inputs(table));
        await drop();
        expect(await table.resource.up(inputs(table, { allowDataLoss: true }))).toBe("update");
        expect(await table.held()).toContain("ORDER BY (id, name)");
    });

    it("refuses another engine or key while it is protected or has rows, and makes an empty one anew", async () => {
        await table.resource.up(inputs(table));
        const anew = { engine: "ReplacingMergeTree(at)", orderBy: ["id"], partitionBy: undefined };
        const guarded = await table.resource.preview(inputs(table, anew));
        expect(guarded.failures.map(({ property }) => property)).toEqual(["engine", "partitionBy", "orderBy"]);
        expect(guarded.failures[0]?.reason).toMatch(
            /engine cannot change from MergeTree to ReplacingMergeTree\(at\)\n {2}No ALTER does that.*0 rows.*\n {2}Way out: declare a second table.*deletionProtection: false/s,
        );
        const open = { deletionProtection: false };
        await table.resource.up(inputs(table, open));
        await insert();
        const full = await table.resource.preview(inputs(table, { ...open, ...anew }));
        expect(full.failures[0]?.reason).toMatch(/without its 3 rows \(\d.* (bytes|kB)\).*allowDataLoss: true/s);
        await table.command(`TRUNCATE TABLE ${table.path}`);
        expect(await table.resource.up(inputs(table, { ...open, ...anew }))).toBe("update");
        expect(await table.held()).toMatch(/ENGINE = ReplacingMergeTree\(at\) ORDER BY id /);
    });

    it("lets the sorting key grow by a column that comes with it", async () => {
        await table.resource.up(inputs(table));
        await insert();
        const columns = [...COLUMNS, { name: "shop", type: "UInt16" }];
        const grown = inputs(table, { columns, orderBy: ["id", "name", "shop"] });
        expect(await table.resource.up(grown)).toBe("update");
        expect(await table.held()).toContain("PRIMARY KEY (id, name) ORDER BY (id, name, shop)");
        expect((await table.resource.preview(grown)).step).toBe("same");
        expect(await table.resource.refresh()).toBe(false);
    });

    it("refuses to drop a column that has rows, with their number, unless that is allowed", async () => {
        await table.resource.up(inputs(table));
        const fewer = inputs(table, { columns: COLUMNS.filter(({ name }) => name !== "price"), indices: [] });
        await insert();
        const { failures } = await table.resource.preview(fewer);
        expect(failures.map(({ property }) => property)).toEqual(["columns"]);
        expect(failures[0]?.reason).toMatch(
            /column price is not declared and would be dropped\n {2}The table has 3 rows.*Way out: .*allowDataLoss: true.*RENAME COLUMN/s,
        );
        expect(await table.held()).toContain("price");
        expect(await table.resource.up({ ...fewer, allowDataLoss: true })).toBe("update");
        expect(await table.held()).not.toContain("price");
    });

    it("counts the values that do not fit a smaller type, and changes it when all do", async () => {
        await table.resource.up(inputs(table));
        await insert();
        const [id, name, price, at] = COLUMNS;
        const smaller = (type: string) => inputs(table, { columns: [id, name, { ...price, type }, at] });
        const { failures } = await table.resource.preview(smaller("UInt8"));
        expect(failures.map(({ property }) => property)).toEqual(["columns[2].type"]);
        expect(failures[0]?.reason).toMatch(
            /values of column price may not fit from UInt32 into UInt8\n {2}1 of 3 values do not fit/,
        );
        expect(await table.resource.up(smaller("UInt16"))).toBe("update");
        expect(await table.held()).toContain("`price` UInt16");
    });

    it("knows a column that was renamed on the server by its new name", async () => {
        await table.resource.up(inputs(table));
        await insert();
        await table.command(
            `ALTER TABLE ${table.path} DROP INDEX by_price`,
            `ALTER TABLE ${table.path} RENAME COLUMN price TO cents`,
        );
        const [id, name, price, at] = COLUMNS;
        const renamed = inputs(table, { columns: [id, name, { ...price, name: "cents" }, at], indices: [] });
        expect(await table.resource.up(renamed)).toBe("update");
        expect(await table.rows(`SELECT sum(cents) AS s FROM ${table.path}`)).toEqual([{ s: 600 }]);
    });

    it("refuses to destroy what is protected, with its rows and bytes, and destroys what is not", async () => {
        await table.resource.up(inputs(table));
        await insert();
        await expect(table.resource.destroy()).rejects.toThrow(
            /is protected .*\n {2}It holds 3 rows \(\d.* (bytes|kB)\)\.\n {2}Way out: set deletionProtection: false/s,
        );
        expect(await table.resource.up(inputs(table, { deletionProtection: false }))).toBe("update");
        const again = table.resource.state;
        await table.resource.destroy();
        expect(await table.held()).toBeUndefined();
        table.resource.state = again;
        await table.resource.destroy();
    });

    it("refuses another name while it is protected, or has rows; otherwise replaces", async () => {
        const renamed = { table: `${table.name}_renamed` };
        const successor = other(renamed.table);
        await table.resource.up(inputs(table));
        const { failures } = await table.resource.preview(inputs(table, renamed));
        expect(failures.map(({ property }) => property)).toEqual(["table"]);
        expect(failures[0]?.reason).toMatch(/cannot change its name .* while deletionProtection is on.*RENAME TABLE/s);
        const open = { deletionProtection: false };
        await table.resource.up(inputs(table, open));
        await insert();
        const full = await table.resource.preview(inputs(table, { ...open, ...renamed }));
        expect(full.failures[0]?.reason).toMatch(/while it has 3 rows/);
        await table.command(`TRUNCATE TABLE ${table.path}`);
        expect(await table.resource.up(inputs(table, { ...open, ...renamed }))).toBe("replace");
        expect([await table.held(), typeof (await successor.held())]).toEqual([undefined, "string"]);
    });

    it("takes over what is there only when asked, and only when it is equal or asked to change it", async () => {
        await table.resource.up(inputs(table));
        const second = other(table.name);
        const preview = await second.resource.preview(inputs(table));
        expect(preview.failures.map(({ property }) => property)).toEqual(["onExists"]);
        const open = { deletionProtection: false };
        await expect(second.resource.up(inputs(table, open))).rejects.toThrow(/exists already .*adoptIfEqual/s);
        const equal = { ...open, onExists: "adoptIfEqual" };
        await expect(second.resource.up(inputs(table, { ...equal, comment: "mine" }))).rejects.toThrow(
            /is not what is declared\n {2}table.comment: declared mine, there is what was sold/,
        );
        expect(second.resource.state).toBeUndefined();
        // Written in another way than the server's own.
        const respelled = [{ name: "id", type: "BIGINT UNSIGNED" }, ...COLUMNS.slice(1)];
        expect(await second.resource.up(inputs(table, { ...equal, columns: respelled }))).toBe("create");
        const third = other(table.name);
        expect(await third.resource.up(inputs(table, { onExists: "adopt", comment: "mine" }))).toBe("create");
        expect(await table.held()).toContain("COMMENT 'mine'");
    });

    it("goes on after a crash between create and record", async () => {
        await table.resource.up(inputs(table));
        table.resource.state = undefined;
        const again = inputs(table, { onExists: "adoptIfEqual" });
        expect(await table.resource.up(again)).toBe("create");
        expect((await table.resource.preview(again)).step).toBe("same");
    });

    it("says at preview what the server cannot read, at its property, and touches nothing", async () => {
        const columns = [
            { name: "id", type: "UInt64" },
            { name: "a", type: "String(", codec: "ZSTD(3" },
            { name: "b", type: "UInt8", default: "1 +" },
        ];
        const { failures } = await table.resource.preview(inputs(table, { columns, ttl: "at + ", indices: undefined }));
        expect(failures.map(({ property }) => property)).toEqual([
            "columns[1].codec",
            "columns[1].type",
            "columns[2].default",
            "ttl",
        ]);
        expect(await table.held()).toBeUndefined();
    });

    it("says at preview what the server would refuse, of a new table and of a change", async () => {
        const [id, ...rest] = COLUMNS;
        const failuresOf = async (changed: object) => (await table.resource.preview(inputs(table, changed))).failures;
        const [unknownType] = await failuresOf({ columns: [...COLUMNS, { name: "x", type: "Money" }] });
        expect(unknownType?.reason).toMatch(/the server would refuse this table\n {2}.*Money/);
        expect((await failuresOf({ orderBy: "nothing" }))[0]?.reason).toMatch(/Missing columns: 'nothing'/);
        expect((await failuresOf({ settings: { no_such_setting: 1 } }))[0]?.reason).toMatch(/no_such_setting/);
        expect(await table.held()).toBeUndefined();
        await table.resource.up(inputs(table));
        const [key] = await failuresOf({ columns: [{ ...id, type: "String" }, ...rest] });
        expect(key).toMatchObject({
            property: "columns[0].type",
            reason: expect.stringMatching(/ALTER of key column id from type UInt64 to type String is not safe/),
        });
    });

    it("calls a wrong password by its name, never gone, and keeps it to itself", async () => {
        await table.resource.up(inputs(table));
        const server = { ...table.server, password: "planted-password" };
        const wrong = inputs(table, { server, deletionProtection: false });
        const { failures } = await table.resource.preview(wrong);
        expect(failures.map(({ property }) => property)).toEqual(["server.password"]);
        const texts = failures.map(({ reason }) => reason);
        const recorded = { ...wrong, __provider: table.resource.provider };
        const { process } = table.under;
        for (const attempt of [
            () => process.read(table.path, recorded),
            () => process.create(recorded),
            () => process.update(table.path, table.resource.state?.outputs ?? {}, recorded),
            () => process.delete(table.path, recorded),
        ]) {
            const error: Error = await attempt().then(
                () => new Error("nothing was thrown"),
                (thrown) => thrown,
            );
            expect(error.message).toMatch(/answered 516 AUTHENTICATION_FAILED.*Way out: set server.username/s);
            texts.push(error.message);
        }
        expect([...texts, process.output].join()).not.toContain("planted-password");
        expect(await table.held()).toBeDefined();
    });
}
