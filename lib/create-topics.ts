import type { Admin, ITopicConfig } from "kafkajs";

/** How long a broker may take to lead every partition of a new topic, in milliseconds. */
const LED_WITHIN = 15_000;

/**
 * Creates topics and waits until every partition has a leader.
 *
 * kafkajs's own `waitForLeaders` gives up at once when the broker does not know the new topic yet ("does not host
 * this topic-partition", seen on a busy machine with 2.2.4).
 * @throws Error when a partition has no leader in time.
 */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
    await admin.createTopics({ waitForLeaders: false, topics });
    const names = topics.map(({ topic }) => topic);
    const deadline = Date.now() + LED_WITHIN;
    for (;;) {
        const found = await admin.fetchTopicMetadata({ topics: names }).catch(() => undefined);
        const partitions = found?.topics.flatMap((topic) => topic.partitions) ?? [];
        if (partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)) return;
        if (Date.now() > deadline)
            throw new Error(`topics ${names.join(", ")} have no leader after ${LED_WITHIN / 1_000} s`);
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
