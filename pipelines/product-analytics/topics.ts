import { ANALYTICS_TOPICS, RAW_EVENTS_DLQ_TOPIC, RAW_EVENTS_TOPIC } from "./contract";

const DAY_MILLIS = 86_400_000;

/** Old versions of a row go within about half an hour, so that a table that starts anew reads few of them. */
const COMPACTION = { "segment.ms": "1800000", "min.cleanable.dirty.ratio": "0.2" } as const;

/** How long rejected messages stay to be looked at, in days. */
export const DLQ_RETENTION_DAYS = 7;

/** What the pipeline's topics are made of. */
export interface TopicsArgs {
    /** Partitions of the raw events, which are keyed by user. */
    readonly rawPartitions: number;
    /** Partitions of the topics of products and sessions, which are keyed by them. */
    readonly analyticsPartitions: number;
    /** How long sessions and windows are kept, in days. */
    readonly sessionRetentionDays: number;
    readonly rawRetentionDays: number;
}

/** A topic of the pipeline: partitions, and broker settings in Kafka's own words. */
export interface TopicShape {
    readonly topic: string;
    readonly partitions: number;
    readonly config: Readonly<Record<string, string>>;
}

/**
 * Topic of the raw events. The broker stamps each message as it arrives, so that a time from the future can be told: the
 * sender's own clock stands in the event.
 */
export function rawEventsTopic({ rawPartitions }: Pick<TopicsArgs, "rawPartitions">): TopicShape {
    return {
        topic: RAW_EVENTS_TOPIC,
        partitions: rawPartitions,
        config: { "message.timestamp.type": "LogAppendTime" },
    };
}

/** Topics that Flink writes: one compacted topic a table, and that of rejected messages. */
export function analyticsTopics(args: TopicsArgs): TopicShape[] {
    const { analyticsPartitions } = args;
    const shape = (topic: string, partitions: number, policy: string): TopicShape => {
        const days = retentionDaysOf(topic, args);
        const retention = days === undefined ? {} : { "retention.ms": String(days * DAY_MILLIS) };
        return { topic, partitions, config: { "cleanup.policy": policy, ...COMPACTION, ...retention } };
    };
    return [
        // As many rows as products: kept for ever.
        shape(ANALYTICS_TOPICS.productAnalytics, analyticsPartitions, "compact"),
        shape(ANALYTICS_TOPICS.activeUsers, 1, "compact,delete"),
        shape(ANALYTICS_TOPICS.userSessions, analyticsPartitions, "compact,delete"),
        shape(RAW_EVENTS_DLQ_TOPIC, 1, "delete"),
    ];
}

/** How long a table keeps the rows of a topic, in days; undefined for ever. */
export function retentionDaysOf(topic: string, args: TopicsArgs): number | undefined {
    if (topic === ANALYTICS_TOPICS.productAnalytics) return undefined;
    if (topic === RAW_EVENTS_DLQ_TOPIC) return DLQ_RETENTION_DAYS;
    return topic === ANALYTICS_TOPICS.userSessions ? args.sessionRetentionDays : args.rawRetentionDays;
}
