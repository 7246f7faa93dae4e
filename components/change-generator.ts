import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { ServiceSpec } from "../hosts/service-spec";
import type { InNetworkAddress } from "../lib/address";
import { SIZES } from "../lib/sizes";
import { HEARTBEAT_FILE, heartbeatProbe } from "./heartbeat";
import type { PostgresDatabase } from "./postgres-database";

const PASSWORD = "/etc/millrace/change-generator/password";

/** Arguments of {@link ChangeGenerator}. */
export interface ChangeGeneratorArgs {
    /** Where it runs. */
    host: Host;
    /** Whose rows it changes. */
    database: PostgresDatabase;
    /** Broker of the ledger, as containers reach it. */
    bootstrapServers: pulumi.Input<InNetworkAddress>;
    /** Compacted topic of the ledger; wait for it by passing the resource's own name output. */
    ledgerTopic: pulumi.Input<string>;
    /** Rate of changed rows; 0 is as fast as possible. @default 20 */
    changesPerSecond?: number;
    /** Same seed and parameters, same changes. @default 42 */
    seed?: number;
    /** Persons that are there at a time; orders are three times as many. @default 500 */
    persons?: number;
    /** Memory limit, in megabytes. @default that of size small */
    memoryMegabytes?: number;
}

/** A program that changes persons and orders of a source, and keeps a ledger of what has to be there. */
export class ChangeGenerator extends pulumi.ComponentResource {
    /** What runs. */
    readonly process: pulumi.Resource;

    constructor(name: string, args: ChangeGeneratorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:ChangeGenerator", name, {}, opts);
        this.process = args.host.service(name, changeGeneratorSpec(args), { parent: this }).resource;
        this.registerOutputs({});
    }
}

/** A generator that runs until it is stopped; it is ready while it says that it is well. */
export function changeGeneratorSpec(args: ChangeGeneratorArgs): ServiceSpec {
    const { database } = args;
    return {
        image: "generators",
        command: [
            "node",
            "/opt/millrace/generators.js",
            "customer-cdc",
            "--changes-per-second",
            String(args.changesPerSecond ?? 20),
            "--seed",
            String(args.seed ?? 42),
            "--persons",
            String(args.persons ?? 500),
            "--password-file",
            PASSWORD,
            "--heartbeat-file",
            HEARTBEAT_FILE,
        ],
        env: {
            KAFKA_BOOTSTRAP_SERVERS: args.bootstrapServers,
            LEDGER_TOPIC: args.ledgerTopic,
            SOURCE_URL: database.server.inNetwork.apply(
                (address) => `postgresql://${database.owner.user}@${address}/${database.name}`,
            ),
        },
        // A file rather than a variable: an engine shows the variables of a container to everyone who may ask it.
        files: { [PASSWORD]: database.owner.password },
        ports: {},
        ready: heartbeatProbe(90),
        memoryMegabytes: args.memoryMegabytes ?? SIZES.small.generator.limit,
        stopSeconds: 15,
    };
}
