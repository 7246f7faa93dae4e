import { StoreError } from "../../lib/ledger";
import { TopicReplay } from "../../lib/topic-replay";
import type { ComparedTable, Rows } from "../../pipelines/customer-cdc/rows";
import { REPLAYED_TOPICS, TopicRows } from "../../pipelines/customer-cdc/topic-rows";
import { write } from "./compare";
import type { TopicAccess } from "./customer";

/** Reading everything may take so many times as long as a store may take to answer, if only something comes. */
const PATIENCE = 30;

const TELL_MILLIS = 5_000;

const WAY_OUT = "Way out: make status shows whether the broker runs; make up repairs what the stack declares.";

/** The customer pipeline's topics as a store: read from their beginning once, and followed from there. */
export class CustomerTopics {
    private readonly found = new TopicRows();
    private readonly replay: TopicReplay;
    private toldAt = Date.now();

    constructor(private readonly access: TopicAccess) {
        this.replay = new TopicReplay({
            brokers: access.brokers,
            topics: REPLAYED_TOPICS,
            clientId: "millrace-verify",
            take: (message) => this.found.take(message),
        });
    }

    /** Returns when everything is read that the topics hold now. @throws StoreError when that cannot be done. */
    async caughtUp(): Promise<void> {
        const { brokers, timeoutMillis, tell } = this.access;
        try {
            await this.replay.caughtUp({
                limitMillis: PATIENCE * timeoutMillis,
                stallMillis: timeoutMillis,
                onProgress: (read, all) => {
                    if (Date.now() - this.toldAt < TELL_MILLIS) return;
                    this.toldAt = Date.now();
                    tell(`replaying customer topics: ${write(read, "count")} of ${write(all, "count")} messages`);
                },
            });
        } catch (error) {
            const reason = (error as Error).message;
            throw new StoreError(`customer topics cannot be read from ${brokers.join(",")}: ${reason}\n${WAY_OUT}`, {
                cause: error,
            });
        }
    }

    /** Rows of a table, as of now. @throws StoreError when the topics cannot be read. */
    async rows(table: ComparedTable): Promise<Rows> {
        await this.caughtUp();
        return this.found.of(table);
    }

    /** Leaves the broker as it was. */
    close(): Promise<void> {
        return this.replay.close();
    }
}
