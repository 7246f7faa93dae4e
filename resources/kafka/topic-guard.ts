import type * as pulumi from "@pulumi/pulumi";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { TopicShape } from "./topic-shape";

const CODE: ProviderCode = { folder: __dirname, module: "topic-guard-provider", exportName: "topicGuardProvider" };

/** Remembers a topic's shape, so that a preview can refuse what would delete its records. Touches no server. */
export class TopicGuard extends ManagedResource {
    constructor(name: string, shape: TopicShape, opts?: pulumi.CustomResourceOptions) {
        super(CODE, "kafka:TopicGuard", name, { ...shape }, opts);
    }
}
