import { analyticsSql, INSERTS } from "../../../pipelines/product-analytics/analytics-sql";
import { REJECTION_REASONS } from "../../../pipelines/product-analytics/contract";
import { jobProblems } from "../../../resources/flink/job-rules";
import { normalStatement } from "../../../resources/flink/statements";

const { setup, statement } = analyticsSql("kafka:9092");
const all = [...setup, ...statement].join("\n");

/** Columns that a SELECT gives, in order: its aliases, and names that stand for themselves. */
function columnsOf(insert: string): string[] {
    const body = /\bSELECT\b(.*?)\bFROM (?:events|judged_messages|TUMBLE)/s.exec(normalStatement(insert))?.[1] ?? "";
    const list = body.replace(/\/\*\+.*?\*\//, "");
    const columns: string[] = [];
    let depth = 0;
    let column = "";
    for (const character of `${list},`) {
        if (character === "(") depth++;
        if (character === ")") depth--;
        if (character === "," && depth === 0) {
            columns.push(/(\w+)\s*$/.exec(column.trim())?.[1] ?? column);
            column = "";
        } else column += character;
    }
    return columns;
}

describe("the job's SQL", () => {
    it("has every placeholder filled, and is a job by all rules", () => {
        expect(all).not.toMatch(/\{\{|\}\}/);
        expect(jobProblems({ name: "product-analytics", setup, statement })).toEqual([]);
    });

    it.each(Object.entries(INSERTS))("of %s fills the columns of its contract in their order", (file, table) => {
        const insert = statement[Object.keys(INSERTS).indexOf(file)] ?? "";
        expect(normalStatement(insert)).toMatch(new RegExp(`^INSERT INTO ${table.name} SELECT`));
        expect(columnsOf(insert)).toEqual(table.columns.map(({ name }) => name));
    });

    it("says each reason for a rejection, in the order of the contract", () => {
        const found = [...all.matchAll(/THEN '([^']+)'/g)].map(([, reason]) => reason);
        expect(found).toEqual(Object.values(REJECTION_REASONS));
    });

    it("reads the topic once, as text, and keeps what products add up to for ever", () => {
        expect(all.match(/'topic' = 'raw-events'/g)).toHaveLength(1);
        expect(all).toContain("'format' = 'raw'");
        expect(all).toContain("STATE_TTL('events' = '0 s')");
        expect(all).toContain("WATERMARK FOR event_time AS event_time - INTERVAL '5' SECOND");
    });
});
