import { contentType } from "../../../build/images/clickhouse/server/formats";
import { Gate } from "../../../build/images/clickhouse/server/gate";
import { Sessions } from "../../../build/images/clickhouse/server/sessions";
import { quoted, resetSettings, setSettings, useDatabase } from "../../../build/images/clickhouse/server/settings-sql";
import { readStatementOf } from "../../../build/images/clickhouse/server/statement-reader";
import { Stock } from "../../../build/images/clickhouse/server/stock";

describe("the gate", () => {
    it("lets so many through, and the next one when one has left", async () => {
        const gate = new Gate(2, 1_000);
        expect([await gate.enter(), await gate.enter()]).toEqual([true, true]);
        const third = gate.enter();
        gate.leave();
        expect(await third).toBe(true);
    });

    it("turns away who waited too long, and forgets them", async () => {
        const gate = new Gate(1, 10);
        await gate.enter();
        expect(await gate.enter()).toBe(false);
        gate.leave();
        expect(await gate.enter()).toBe(true);
    });
});

describe("sessions", () => {
    const limits = { defaultSeconds: 60, maxSeconds: 100, most: 2 };
    let ended: string[];
    let sessions: Sessions<string>;
    beforeEach(() => {
        ended = [];
        sessions = new Sessions(limits, (connection) => ended.push(connection));
    });
    afterEach(() => sessions.clear());
    const wanted = (id: string, more = {}) => ({ id, seconds: undefined, mustExist: false, ...more });
    const open = (name: string) => () => Promise.resolve(name);

    it("are the same for the same user, and another for another", async () => {
        expect(await sessions.acquire("a", wanted("s"), open("one"))).toBe("one");
        sessions.release("a", "s", true);
        expect(await sessions.acquire("a", wanted("s"), open("two"))).toBe("one");
        expect(await sessions.acquire("b", wanted("s"), open("three"))).toBe("three");
    });

    it("serve one request at a time", async () => {
        await sessions.acquire("a", wanted("s"), open("one"));
        await expect(sessions.acquire("a", wanted("s"), open("two"))).rejects.toMatchObject({ code: 373 });
    });

    it("have to be there when the request says so", async () => {
        const check = wanted("s", { mustExist: true });
        await expect(sessions.acquire("a", check, open("one"))).rejects.toMatchObject({ code: 372 });
    });

    it("end when they are closed, and when nobody used them for their time", async () => {
        jest.useFakeTimers();
        try {
            await sessions.acquire("a", wanted("s"), open("one"));
            sessions.release("a", "s", false);
            expect(ended).toEqual(["one"]);
            await sessions.acquire("a", wanted("t", { seconds: "5" }), open("two"));
            sessions.release("a", "t", true);
            jest.advanceTimersByTime(4_900);
            expect(ended).toEqual(["one"]);
            jest.advanceTimersByTime(200);
            expect(ended).toEqual(["one", "two"]);
        } finally {
            jest.useRealTimers();
        }
    });

    it("are bounded in number and time", async () => {
        await sessions.acquire("a", wanted("1"), open("one"));
        await sessions.acquire("a", wanted("2"), open("two"));
        await expect(sessions.acquire("a", wanted("3"), open("three"))).rejects.toMatchObject({ code: 202 });
        const long = wanted("1", { seconds: "101" });
        await expect(sessions.acquire("a", long, open("one"))).rejects.toMatchObject({ code: 374 });
    });

    it("do not stay when they could not be opened", async () => {
        const broken = () => Promise.reject(new Error("no"));
        await expect(sessions.acquire("a", wanted("s"), broken)).rejects.toThrow("no");
        expect(await sessions.acquire("a", wanted("s"), open("one"))).toBe("one");
    });
});

describe("the stock of connections", () => {
    it("gives each connection to one request only", async () => {
        let made = 0;
        const stock = new Stock<number>(2, () => Promise.resolve());
        const open = () => Promise.resolve(++made);
        const taken = await Promise.all([1, 2, 3, 4, 5].map(() => stock.take("a", open)));
        expect(new Set(taken).size).toBe(5);
    });

    it("closes what nobody took", async () => {
        const ended: string[] = [];
        const stock = new Stock<string>(2, async (connection) => void ended.push(connection));
        await stock.take("a", () => Promise.resolve("x"));
        await stock.clear();
        expect(ended).toEqual(["x", "x"]);
    });
});

describe("statements of the front", () => {
    it("quote what they are given", () => {
        expect(quoted("it's \\ done")).toBe("'it\\'s \\\\ done'");
        expect(useDatabase("a`b")).toBe("USE `a\\`b`");
        expect(
            setSettings(
                new Map([
                    ["a", "1"],
                    ["b", "x'y"],
                ]),
            ),
        ).toBe("SET a = '1', b = 'x\\'y'");
    });

    it("bring a session's settings back, those that nobody set to their default", () => {
        expect(
            resetSettings([
                ["a", "1", 1],
                ["b", "2", 0],
            ]),
        ).toBe("SET a = '1', b = DEFAULT");
        expect(resetSettings([])).toBe("");
    });
});

describe("a request's statement", () => {
    async function* parts(...texts: string[]): AsyncGenerator<Buffer> {
        for (const text of texts) yield Buffer.from(text);
    }
    const rest = async (rows: AsyncIterator<Buffer>): Promise<string> => {
        let text = "";
        for (let next = await rows.next(); next.done !== true; next = await rows.next()) text += next.value;
        return text;
    };

    it("begins in the URL and goes on in the body", async () => {
        const { statement, rows } = await readStatementOf("INSERT INTO t FORMAT CSV", parts("1\n", "2\n"), 1000);
        expect(statement).toMatchObject({ kind: "insert", format: "CSV" });
        expect(await rest(rows)).toBe("1\n2\n");
    });

    it("is found in a body that comes byte by byte", async () => {
        const text = "INSERT INTO t (a) VALUES (1), (2)";
        const { statement, rows } = await readStatementOf("", parts(...text), 1000);
        expect(statement).toMatchObject({ kind: "insert", format: "Values" });
        expect(await rest(rows)).toBe("(1), (2)");
    });

    it("is refused when it is too long, but the rows of an INSERT are not counted", async () => {
        const long = "x".repeat(2_000);
        await expect(readStatementOf("", parts(`SELECT '${long}'`), 1000)).rejects.toThrow(/Max query size/);
        const { rows } = await readStatementOf("", parts(`INSERT INTO t FORMAT TSV\n${long}`, long), 1000);
        expect(await rest(rows)).toHaveLength(4_000);
    });

    it("has to be there", async () => {
        await expect(readStatementOf("", parts(" -- nothing\n"), 1000)).rejects.toThrow("Empty query");
    });
});

describe("media types", () => {
    it.each([
        ["JSON", "application/json; charset=UTF-8"],
        ["JSONEachRow", "application/x-ndjson; charset=UTF-8"],
        ["CSVWithNames", "text/csv; charset=UTF-8; header=present"],
        ["TabSeparated", "text/tab-separated-values; charset=UTF-8"],
        ["RowBinary", "application/octet-stream"],
        ["PrettyCompact", "text/plain; charset=UTF-8"],
    ])("%s", (format, type) => {
        expect(contentType(format)).toBe(type);
    });
});
