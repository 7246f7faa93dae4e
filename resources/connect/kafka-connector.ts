import * as pulumi from "@pulumi/pulumi";
import type { Observed } from "../document";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import type { ConnectorOffsets, ConnectorState, OnDelete } from "./documents";
import { type ConnectServer, secretServer } from "./session";

const CODE: ProviderCode = { folder: __dirname, module: "connector-provider", exportName: "connectorProvider" };

/** Arguments of {@link KafkaConnector}. */
export interface KafkaConnectorArgs {
    /** Which cluster; `connectServer(kafkaConnect)` for one of ours. An address, no identity: when it changes, the connector is looked for there. */
    server: ConnectServer;
    /** Its name in the cluster; its position is kept under it. */
    name: pulumi.Input<string>;
    /**
     * All of its configuration, without `name`. Secrets stand there as references that workers fill in: see
     * `secretReference` of a `KafkaConnect`.
     */
    config: pulumi.Input<Record<string, pulumi.Input<string | number | boolean>>>;
    /**
     * Keys of the configuration with secrets in clear, where workers have no config provider. Encrypted in Pulumi's
     * state; whoever reaches a worker's REST interface can read them. @default none
     */
    secretConfig?: pulumi.Input<Record<string, pulumi.Input<string>>>;
    /** What it is to do: `paused` keeps its tasks, `stopped` gives up what they hold. @default "running" */
    state?: pulumi.Input<ConnectorState>;
    /**
     * Moves its position: it is stopped, moved and goes on. Done when this changes, and at creation; not when it is
     * taken over or when this is taken out. @default it stays
     */
    offsets?: pulumi.Input<ConnectorOffsets>;
    /** What becomes of its position when it is deleted. Brought in by an `up` before the deletion. @default kept */
    onDelete?: pulumi.Input<OnDelete>;
    /** How often an `up` starts failed tasks again before it gives up. @default 2 */
    restarts?: pulumi.Input<number>;
    /** How long connector and tasks have to run without a break before an `up` believes it. @default 4 */
    steadySeconds?: pulumi.Input<number>;
    /** @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete the connector, and changes that would lose its position. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** Bounds on waiting: `ready` until it runs, `delete` until it is gone. */
    timeouts?: Timeouts;
}

/**
 * A connector of a Kafka Connect cluster (Kafka 3.7 or later), source or sink.
 *
 * It is there when connector and all tasks run, and says at creation whether it resumes at a stored position or begins
 * anew. Its position outlives it unless `onDelete` says otherwise.
 */
export class KafkaConnector extends ManagedResource {
    /** Name in the cluster. */
    declare readonly name: pulumi.Output<string>;
    /** What the worker added to, dropped from or rewrote in the declaration: path → value. */
    declare readonly observed: pulumi.Output<Observed>;

    constructor(name: string, args: KafkaConnectorArgs, opts?: pulumi.CustomResourceOptions) {
        const { secretConfig, ...rest } = args;
        const inputs = {
            ...rest,
            server: secretServer(args.server),
            ...(secretConfig === undefined ? {} : { secretConfig: pulumi.secret(secretConfig) }),
            observed: undefined,
        };
        super(CODE, "connect:KafkaConnector", name, inputs, opts);
    }
}
