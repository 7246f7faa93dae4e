import type * as pulumi from "@pulumi/pulumi";
import { plain, providerChanged, sameJson } from "../lifecycle";
import { type TopicShape, topicShapeProblems } from "./topic-shape";

/** The code behind a {@link TopicGuard}. */
export const topicGuardProvider: pulumi.dynamic.ResourceProvider<TopicShape, TopicShape> = {
    async check(olds, news) {
        const known = typeof olds?.topic === "string" ? olds : undefined;
        return { inputs: news, failures: topicShapeProblems(known, news) };
    },
    async diff(_id, olds, news) {
        return { changes: !sameJson(shapeOf(olds), shapeOf(news)) || providerChanged(olds, news) };
    },
    async create(inputs) {
        return { id: inputs.topic, outs: shapeOf(inputs) };
    },
    async update(_id, _olds, news) {
        return { outs: shapeOf(news) };
    },
};

function shapeOf({ topic, partitions, replicationFactor, messages }: TopicShape): TopicShape {
    return plain({ topic, partitions, replicationFactor, ...(messages && { messages }) });
}
