import { UNKNOWN } from "../../resources/lifecycle";
import { inDatabase, LossyWire, PostgresObject, type PostgresUnderTest } from "./postgres-subject";

/** What every server must do with publications. Tables `person`, `orders` and, without a key, `note` have to be there. */
export function publicationMatrix(subject: () => PostgresUnderTest): void {
    let count = 0;
    let name: string;
    let publication: PostgresObject;
    const made = (): PostgresObject => new PostgresObject(subject(), "publication", subject().owner);
    const inputs = (changed: object = {}): Record<string, unknown> => ({
        server: publication.server,
        publication: name,
        tables: ["public.person"],
        operations: ["insert", "update", "delete"],
        ...changed,
    });
    const asOwner = (...sql: string[]) => inDatabase(subject(), subject().owner, ...sql);
    const held = async (which = name) => {
        const [row] = await asOwner(
            "SELECT p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, pg_get_userbyid(pubowner) AS owner, " +
                "(SELECT array_agg(t.tablename::text ORDER BY t.tablename) FROM pg_publication_tables t WHERE t.pubname = p.pubname) AS tables " +
                `FROM pg_publication p WHERE p.pubname = '${which}'`,
        );
        return row;
    };
    beforeEach(() => {
        name = `matrix_${++count}`;
        publication = made();
    });
    afterEach(async () => {
        await inDatabase(
            subject(),
            subject().administrator,
            `DROP PUBLICATION IF EXISTS ${name}`,
            `DROP PUBLICATION IF EXISTS ${name}_renamed`,
        );
    });

    it("creates a publication of its tables and operations", async () => {
        expect(await publication.resource.up(inputs())).toBe("create");
        const is = { pubinsert: true, pubupdate: true, pubdelete: true, pubtruncate: false, tables: ["person"] };
        expect(await held()).toMatchObject({ ...is, owner: subject().owner.user });
        expect(publication.resource.state).toMatchObject({ id: name, outputs: { publication: name } });
    });

    it("changes nothing the second time, and refresh finds nothing", async () => {
        for (const changed of [{}, { operations: undefined }]) {
            await publication.resource.up(inputs(changed));
            expect(await publication.resource.refresh()).toBe(false);
            expect(await publication.resource.preview(inputs(changed))).toMatchObject({ failures: [], step: "same" });
        }
    });

    it("sees no change in order, in a schema that goes without saying, or in a default that is spelled out", async () => {
        await publication.resource.up(inputs({ tables: ["public.person", "public.orders"] }));
        const same = { tables: ["orders", "person"], operations: ["delete", "insert", "update"], viaRoot: false };
        expect(await publication.resource.preview(inputs({ ...same, onExists: "fail" }))).toMatchObject({
            failures: [],
            step: "same",
        });
    });

    it("shows drift at refresh, a filter that somebody added too, and repairs it", async () => {
        await publication.resource.up(inputs());
        await asOwner(
            `ALTER PUBLICATION ${name} SET TABLE person WHERE (id > 5)`,
            `ALTER PUBLICATION ${name} SET (publish = 'insert')`,
        );
        expect(await publication.resource.refresh()).toBe(true);
        expect(publication.resource.state?.inputs).toMatchObject({ tables: ["public.person (some rows)"] });
        expect(await publication.resource.up(inputs())).toBe("update");
        expect(await held()).toMatchObject({ pubupdate: true, pubdelete: true, tables: ["person"] });
        expect(await publication.resource.refresh()).toBe(false);
    });

    it("creates again what was deleted outside, with or without a refresh before", async () => {
        await publication.resource.up(inputs());
        await asOwner(`DROP PUBLICATION ${name}`);
        expect([await publication.resource.refresh(), publication.resource.state]).toEqual([true, undefined]);
        await publication.resource.up(inputs());
        await asOwner(`DROP PUBLICATION ${name}`);
        expect(await publication.resource.up(inputs({ operations: ["insert"] }))).toBe("update");
        expect(await held()).toMatchObject({ pubinsert: true, pubupdate: false });
    });

    it("changes tables, operations and owner in place", async () => {
        await publication.resource.up(inputs());
        const oid = async () => (await asOwner(`SELECT oid FROM pg_publication WHERE pubname = '${name}'`))[0]?.oid;
        const before = await oid();
        const changed = { tables: ["orders", "person"], operations: ["insert"] };
        expect(await publication.resource.up(inputs(changed))).toBe("update");
        expect(await held()).toMatchObject({ pubinsert: true, pubdelete: false, tables: ["orders", "person"] });
        const administrator = new PostgresObject(subject(), "publication", subject().administrator);
        administrator.resource.state = publication.resource.state;
        const given = { ...changed, owner: subject().administrator.user, server: administrator.server };
        expect(await administrator.resource.up(inputs(given))).toBe("update");
        expect(await held()).toMatchObject({ owner: subject().administrator.user });
        expect(await oid()).toBe(before);
        expect((await administrator.resource.preview(inputs(given))).step).toBe("same");
    });

    it("refuses what has no ALTER, at preview and without touching anything", async () => {
        await publication.resource.up(inputs());
        const { failures } = await publication.resource.preview(inputs({ tables: undefined, allTables: true }));
        expect(failures.map(({ property }) => property)).toEqual(["allTables"]);
        expect(failures[0]?.reason).toMatch(/cannot become one of all.*no ALTER.*second publication/s);
        expect(await held()).toMatchObject({ tables: ["person"] });
    });

    it("refuses a table whose rows cannot be told apart, before PostgreSQL would refuse every change of it", async () => {
        const { failures } = await publication.resource.preview(inputs({ tables: ["person", "note"] }));
        expect(failures.map(({ property }) => property)).toEqual(["tables[1]"]);
        expect(failures[0]?.reason).toMatch(
            /note has no replica identity.*refuse every UPDATE and DELETE.*primary key/s,
        );
        expect(await publication.resource.up(inputs({ tables: ["note"], operations: ["insert"] }))).toBe("create");
    });

    it("lets a preview pass for a table that is still to come, and names it at up", async () => {
        const early = inputs({ tables: ["person", "later"] });
        expect((await publication.resource.preview(early)).failures).toEqual([]);
        expect(subject().process.output).toContain(`"${name}": table public.later is not there (yet)`);
        await expect(publication.resource.up(early)).rejects.toThrow(
            /table public.later is not there.*Nothing was changed/s,
        );
        expect(await held()).toBeUndefined();
    });

    it("says all that is wrong with a declaration, each at its property", async () => {
        const wrong = { publication: "No Name", tables: ["person", "public.person", 'a"b'], operations: ["upsert"] };
        const { failures } = await publication.resource.preview(inputs({ ...wrong, server: { address: "u:p@db:1" } }));
        expect(failures.map(({ property }) => property).sort()).toEqual(
            [
                "server.address",
                "server.database",
                "server.user",
                "server.password",
                "publication",
                "tables[1]",
                "tables[2]",
                "operations[0]",
            ].sort(),
        );
        const unknown = { server: UNKNOWN, publication: UNKNOWN, tables: UNKNOWN, operations: UNKNOWN, owner: UNKNOWN };
        expect((await publication.resource.preview(unknown)).failures).toEqual([]);
    });

    it("refuses to destroy what is protected, and says who would miss it", async () => {
        await publication.resource.up(inputs());
        await expect(publication.resource.destroy()).rejects.toThrow(
            /is protected .*changes of public.person through it would fail/s,
        );
        expect(await held()).toBeDefined();
        expect(await publication.resource.up(inputs({ deletionProtection: false }))).toBe("update");
        const again = publication.resource.state;
        await publication.resource.destroy();
        expect(await held()).toBeUndefined();
        publication.resource.state = again;
        await publication.resource.destroy();
    });

    it("refuses another name while it is protected, and replaces otherwise", async () => {
        const renamed = `${name}_renamed`;
        await publication.resource.up(inputs());
        const { failures } = await publication.resource.preview(inputs({ publication: renamed }));
        expect(failures.map(({ property }) => property)).toEqual(["publication"]);
        await publication.resource.up(inputs({ deletionProtection: false }));
        expect(await publication.resource.up(inputs({ publication: renamed, deletionProtection: false }))).toBe(
            "replace",
        );
        expect([await held(), (await held(renamed))?.tables]).toEqual([undefined, ["person"]]);
    });

    it("takes over what is there only when asked, and only when it is equal or asked to change it", async () => {
        await publication.resource.up(inputs());
        const second = made();
        const preview = await second.resource.preview(inputs());
        expect(preview.failures.map(({ property }) => property)).toEqual(["onExists"]);
        const other = { tables: ["orders"], onExists: "adoptIfEqual", deletionProtection: false };
        await expect(second.resource.up(inputs(other))).rejects.toThrow(
            /is not what is declared\n {2}publication.tables: declared \["public.orders"\], there is \["public.person"\]/,
        );
        expect(await second.resource.up(inputs({ onExists: "adoptIfEqual" }))).toBe("create");
        expect(await made().resource.up(inputs({ tables: ["orders"], onExists: "adopt" }))).toBe("create");
        expect(await held()).toMatchObject({ tables: ["orders"] });
    });

    it("goes on after a crash between create and record, and after an answer that was lost", async () => {
        await publication.resource.up(inputs());
        publication.resource.state = undefined;
        const equal = inputs({ onExists: "adoptIfEqual", deletionProtection: false });
        expect(await publication.resource.up(equal)).toBe("create");
        expect((await publication.resource.preview(equal)).step).toBe("same");
        await publication.resource.destroy();

        const wire = await LossyWire.before(subject().address);
        const lossy = inputs({ server: { ...publication.server, address: wire.address } });
        wire.loseAnswerTo("CREATE PUBLICATION");
        expect(await publication.resource.up(lossy)).toBe("create");
        expect(await held()).toMatchObject({ tables: ["person"] });
        wire.close();
    });

    it("calls wrong credentials and a server that is down by their names, never gone", async () => {
        await publication.resource.up(inputs());
        const recorded = publication.resource.state;
        const wrong = { ...publication.server, password: "planted-password" };
        const { failures } = await publication.resource.preview(inputs({ server: wrong }));
        expect(failures.map(({ property }) => property)).toEqual(["server.password"]);
        const texts = [failures[0]?.reason ?? ""];
        for (const [server, words] of [
            [wrong, /28P01: password authentication failed.*Way out: set server.user/s],
            [{ ...publication.server, address: "127.0.0.1:9" }, /got no answer: ECONNREFUSED/],
        ] as const) {
            const outputs = { ...recorded?.outputs, server, deletionProtection: false, timeouts: { delete: 1 } };
            for (const attempt of [
                () => subject().process.read(name, outputs),
                () => subject().process.delete(name, outputs),
            ]) {
                const error: Error = await attempt().then(
                    () => new Error("nothing was thrown"),
                    (thrown) => thrown,
                );
                expect(error.message).toMatch(words);
                texts.push(error.message);
            }
        }
        expect([...texts, subject().process.output].join()).not.toContain("planted-password");
        const down = inputs({ server: { ...publication.server, address: "127.0.0.1:9" } });
        expect((await publication.resource.preview(down)).failures).toEqual([]);
        expect(await held()).toBeDefined();
    }, 90_000);
}
