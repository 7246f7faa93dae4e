import type { Column } from "../../lib/contract";

/** What a topic's messages are. Kafka keeps bytes and knows none of it: it is there for checks between servers. */
export interface TopicMessages {
    /** The field whose value is the messages' key, and so decides the partition. @default not known */
    readonly key?: string;
    /** Fields of a message. @default not known */
    readonly fields?: readonly Pick<Column, "name" | "type">[];
}

/** What a topic is declared as. */
export interface TopicShape {
    /** Name on the broker. */
    readonly topic: string;
    readonly partitions: number;
    readonly replicationFactor: number;
    /** Whether readers count on all records of a key being in one partition. */
    readonly keyed?: boolean;
    readonly messages?: TopicMessages;
}

/** Whether a topic with these settings keeps the newest record of each key, and so is read by key. */
export function isCompacted(config: Readonly<Record<string, string>> = {}): boolean {
    return (config["cleanup.policy"] ?? "").split(",").some((policy) => policy.trim() === "compact");
}

/** One refusal, at the property it is about. */
export interface ShapeProblem {
    readonly property: string;
    readonly reason: string;
}

/**
 * Changes of a topic that would delete its records, or tear those of a key apart, each with the way out; pure.
 * @param old the shape at the last deployment; undefined for a new topic.
 */
export function topicShapeProblems(old: TopicShape | undefined, next: TopicShape): ShapeProblem[] {
    const problems: ShapeProblem[] = [];
    if (!/^[a-zA-Z0-9._-]{1,249}$/.test(next.topic) || next.topic === "." || next.topic === "..") {
        problems.push({
            property: "topic",
            reason: `"${next.topic}" is no topic name: Kafka takes 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-"`,
        });
    }
    if (!(Number.isInteger(next.partitions) && next.partitions >= 1)) {
        problems.push({ property: "partitions", reason: `${next.partitions} is no number of partitions: at least 1` });
    }
    if (old === undefined) return problems;
    if (old.topic !== next.topic) {
        problems.push({
            property: "topic",
            reason:
                `topic "${old.topic}" cannot be renamed to "${next.topic}": Kafka has no rename, the topic would be deleted with its records.\n` +
                `  Way out: declare "${next.topic}" as a second topic, let its readers catch up, then remove this one.\n  Nothing was changed.`,
        });
    } else if (next.partitions < old.partitions) {
        problems.push({
            property: "partitions",
            reason:
                `topic "${old.topic}" cannot go from ${old.partitions} to ${next.partitions} partitions: Kafka cannot shrink a topic, it would be deleted with its records.\n` +
                `  Way out: keep ${old.partitions}, or declare a second topic and move the readers.\n  Nothing was changed.`,
        });
    } else if (next.keyed === true && next.partitions > old.partitions) {
        problems.push({
            property: "partitions",
            reason:
                `topic "${old.topic}" cannot go from ${old.partitions} to ${next.partitions} partitions: its records are read by key, and new ones of a key would go to another partition than the old ones, which nothing would replace there.\n` +
                `  Way out: keep ${old.partitions}, or declare a second topic with ${next.partitions} and fill it anew.\n  Nothing was changed.`,
        });
    }
    return problems;
}
