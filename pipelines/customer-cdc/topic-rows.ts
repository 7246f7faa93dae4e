import type { ReplayedMessage } from "../../lib/topic-replay";
import { CAPTURED, cdcMark, topicOf } from "./contract";
import { rowText } from "./row-hash";
import { COMPARED, type ComparedTable, type Rows } from "./rows";
import { MOST_ROWS } from "./view-sql";

/** Topics from which the rows of all compared tables can be made, whatever any store says. */
export const REPLAYED_TOPICS: readonly string[] = CAPTURED.map(topicOf);

interface TopicRow {
    readonly text: string;
    /** When it was committed, in microseconds. */
    readonly at: number;
}

/**
 * The rows that messages of {@link REPLAYED_TOPICS} make, by the rules that hold for Pinot too: of a key, the newest
 * commit is the row; what was deleted, or is older than the newest snapshot, is none.
 */
export class TopicRows {
    private readonly tables = new Map(
        COMPARED.map((table) => [topicOf(table), { table, rows: new Map<string, TopicRow>() }]),
    );
    private since = 0;

    /**
     * Takes in a message.
     * @throws Error for one that is no change, and when a table has more rows than are compared.
     */
    take({ topic, key, value }: ReplayedMessage): void {
        const change = changeOf(topic, key, value);
        const at = Number(change.ts_us);
        if (topic === topicOf(cdcMark)) {
            if (change.name === "snapshot") this.since = Math.max(this.since, at);
            return;
        }
        const found = this.tables.get(topic);
        if (found === undefined) return;
        const { table, rows } = found;
        const values = table.columns.map((column) => change[column]);
        const id = values.slice(0, table.keyColumns).join("/");
        // Changes of one transaction have one time: the later one in the topic is the newer one.
        if ((rows.get(id)?.at ?? 0) > at) return;
        if (change.deleted === "true") {
            rows.delete(id);
            return;
        }
        rows.set(id, { text: rowText(values), at });
        if (rows.size > MOST_ROWS) throw new Error(`${topic} has more than ${MOST_ROWS} rows, too many to compare`);
    }

    /** The rows of a table, as of the messages so far. */
    of(table: ComparedTable): Rows {
        const { rows } = this.tables.get(topicOf(table)) ?? { rows: new Map<string, TopicRow>() };
        return new Map([...rows].filter(([, { at }]) => at >= this.since).map(([id, { text }]) => [id, text]));
    }
}

function changeOf(topic: string, key: string, value: string | undefined): Readonly<Record<string, unknown>> {
    const parsed = parsedOf(value);
    if (typeof parsed === "object" && parsed !== null && "ts_us" in parsed && "deleted" in parsed) {
        return parsed as Record<string, unknown>;
    }
    throw new Error(`the message of ${topic} with key ${key} is no change: ${value?.slice(0, 200) ?? "a tombstone"}`);
}

function parsedOf(value = ""): unknown {
    try {
        return JSON.parse(value);
    } catch {
        return undefined;
    }
}
