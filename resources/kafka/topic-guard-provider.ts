import type * as pulumi from "@pulumi/pulumi";
import { type TopicShape, topicShapeProblems } from "./topic-shape";

/** The code behind a {@link TopicGuard}. */
export const topicGuardProvider: pulumi.dynamic.ResourceProvider<TopicShape, TopicShape> = {
    async check(olds, news) {
        const known = typeof olds?.topic === "string" ? olds : undefined;
        return { inputs: news, failures: topicShapeProblems(known, news) };
    },
    async diff(_id, olds, news) {
        return {
            changes:
                olds.topic !== news.topic ||
                olds.partitions !== news.partitions ||
                olds.replicationFactor !== news.replicationFactor ||
                (olds as { __provider?: string }).__provider !== (news as { __provider?: string }).__provider,
        };
    },
    async create(inputs) {
        const { topic, partitions, replicationFactor } = inputs;
        return { id: topic, outs: { topic, partitions, replicationFactor } };
    },
    async update(_id, _olds, news) {
        const { topic, partitions, replicationFactor } = news;
        return { outs: { topic, partitions, replicationFactor } };
    },
};
