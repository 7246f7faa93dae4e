import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import { TopicGuard } from "./topic-guard";
import { isCompacted, type TopicMessages } from "./topic-shape";

/** Arguments of {@link Topic}. */
export interface TopicArgs {
    /** Name on the broker. */
    topic: string;
    /** Partitions; can grow in place unless the topic is `keyed`, and never shrinks. */
    partitions: number;
    /**
     * Readers count on all records of a key being in one partition, as upsert tables of Pinot do: the number of partitions
     * stays as it is.
     * @default true for a compacted topic
     */
    keyed?: boolean;
    /** Copies of each partition. @default 1 */
    replicationFactor?: number;
    /** Broker settings of the topic, in Kafka's own words, such as `cleanup.policy`. */
    config?: Record<string, string>;
    /**
     * Key and fields of its messages, as `messagesOf(contract)` gives them: the policy pack compares tables that read the
     * topic with them. @default not known
     */
    messages?: TopicMessages;
    /** Refuse to delete the topic. @default true */
    deletionProtection?: boolean;
}

/**
 * A topic that loses no records by a small change.
 *
 * It is an ordinary `@pulumi/kafka` topic. The provider would plan fewer partitions or another name as a replacement,
 * which deletes the topic with its records; here both are refused at preview. So are more partitions of a `keyed` topic,
 * of which older records of a key would stay behind where nothing replaces them.
 */
export class Topic extends pulumi.ComponentResource {
    /** Name on the broker, once the topic exists. */
    readonly topicName: pulumi.Output<string>;
    readonly partitions: pulumi.Output<number>;
    readonly topic: kafka.Topic;

    constructor(
        name: string,
        args: TopicArgs,
        opts: pulumi.ComponentResourceOptions & { deletedWith?: pulumi.Resource },
    ) {
        const { deletedWith, provider, ...rest } = opts;
        super("millrace:index:Topic", name, {}, rest);
        const { topic, partitions, replicationFactor = 1, config, keyed = isCompacted(config), messages } = args;
        const shape = { topic, partitions, replicationFactor, keyed, ...(messages && { messages }) };
        const guard = new TopicGuard(`${name}-guard`, shape, { parent: this });
        this.topic = new kafka.Topic(
            name,
            { name: topic, partitions, replicationFactor, ...(config && { config }) },
            {
                parent: this,
                dependsOn: [guard],
                protect: args.deletionProtection ?? true,
                ...(provider && { provider }),
                ...(deletedWith && { deletedWith }),
            },
        );
        this.topicName = this.topic.name;
        this.partitions = this.topic.partitions;
        this.registerOutputs({ topicName: this.topicName });
    }
}
