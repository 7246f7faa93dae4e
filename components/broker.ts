import * as kafka from "@pulumi/kafka";
import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import type { PortSpec, ServiceSpec } from "../hosts/service-spec";
import type { Address } from "../lib/address";
import { GeneratedSecret } from "../resources/secret/generated-secret";
import type { KafkaAuthentication, KafkaCluster, KafkaCredentials } from "./kafka-cluster";

/** Listener for clients on the platform's network. */
export const CLIENT_PORT = 9_092;

/** Listener for clients on the host, published at 9092 plus the stack's offset: it has to advertise that address. */
export const HOST_PORT: PortSpec = { port: 19_092, published: 9_092 };

/** The user whom every client is where the broker asks: there are no access rules that several would be needed for. */
const USERNAME = "millrace";

/** What all brokers take. */
export interface BrokerArgs {
    /** Where the broker runs. */
    host: Host;
    /** Whether clients have to prove who they are, on both listeners. @default "none" */
    authentication?: KafkaAuthentication;
    /** Another text makes a new password, and restarts the broker and whoever uses it. @default none */
    passwordRotation?: string;
}

/**
 * A broker in one container: what Kafka and Redpanda have in common, seen from outside.
 *
 * Its spec has ports `client` and `host`, and a volume `data`.
 */
export abstract class Broker extends pulumi.ComponentResource implements KafkaCluster {
    readonly bootstrapServers: Address;
    readonly provider: kafka.Provider;
    readonly storage: pulumi.Resource;
    readonly brokers = 1;
    readonly credentials: KafkaCredentials | undefined;

    protected constructor(
        type: string,
        name: string,
        { host, authentication, passwordRotation }: BrokerArgs,
        specFor: (credentials: KafkaCredentials | undefined) => ServiceSpec,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super(type, name, {}, opts);
        const child = { parent: this };
        const rotation = passwordRotation === undefined ? {} : { rotation: passwordRotation };
        this.credentials =
            authentication === "scram"
                ? {
                      mechanism: "SCRAM-SHA-512",
                      username: USERNAME,
                      password: new GeneratedSecret(`${name}-password`, rotation, child).value,
                  }
                : undefined;
        const broker = host.service(name, specFor(this.credentials), child);
        const onHost = broker.address("host").onHost;

        this.bootstrapServers = { inNetwork: broker.address("client").inNetwork, onHost };
        this.storage = broker.volume("data");
        this.provider = new kafka.Provider(
            name,
            // TLS is on by default in the provider; the listener is plain text on loopback.
            { bootstrapServers: [onHost], tlsEnabled: false, ...saslOfProvider(this.credentials) },
            child,
        );
        this.registerOutputs({ bootstrapServers: onHost });
    }
}

/** The provider has a spelling of its own for the mechanism. */
function saslOfProvider(credentials: KafkaCredentials | undefined): Partial<kafka.ProviderArgs> {
    if (credentials === undefined) return {};
    return { saslMechanism: "scram-sha512", saslUsername: credentials.username, saslPassword: credentials.password };
}
