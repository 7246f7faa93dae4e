import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { ServiceSpec } from "../hosts/service-spec";
import type { KafkaCredentials } from "./kafka-cluster";

/**
 * Plain listener on the container's own loopback: the broker's for itself, for the probe, and for setting a password.
 * Nothing outside the container reaches it.
 */
const LOCAL_PORT = 9_094;

const FOLDER = "/etc/millrace";
const START = `${FOLDER}/start.sh`;
const FORMAT_ARGUMENTS = `${FOLDER}/scram-format`;

/** Where a broker keeps what it needs to start. */
export interface ScramStorage {
    /** Folder of the data volume. */
    readonly data: string;
    /** Path of the server's configuration. */
    readonly config: string;
    readonly clusterId: string;
}

/**
 * What a broker with a password has beside, or in place of, one without: the files that carry the password (the
 * server's own configuration holds none), a start that makes it known, and a readiness that waits for that.
 */
export function scramSpec(
    { mechanism, username, password }: KafkaCredentials,
    { data, config, clusterId }: ScramStorage,
): Pick<ServiceSpec, "command"> & Required<Pick<ServiceSpec, "files" | "ports">> & Pick<ServiceSpec["ready"], "ask"> {
    return {
        command: ["bash", START, data, config, clusterId, username],
        files: {
            [START]: readFileSync(join(__dirname, "scripts", "kafka-scram-start.sh"), "utf8"),
            // No line break at the end: it would be one more, empty argument.
            [FORMAT_ARGUMENTS]: pulumi.interpolate`--add-scram\n${mechanism}=[name=${username},password=${password}]`,
            [`${FOLDER}/scram-user.properties`]: pulumi.interpolate`${mechanism}=password=${password}\n`,
        },
        ports: { local: { port: LOCAL_PORT, internal: true } },
        ask: [
            // Not on a listener for clients: one that asks for a password closes the connection.
            { kafka: { port: "local" } },
            { command: ["bash", "-c", `[[ $(<${data}/.scram-user) == $(sha256sum ${FORMAT_ARGUMENTS}) ]]`] },
        ],
    };
}

/** Settings by which the listeners `CLIENT` and `HOST` ask for a password, and the broker reaches itself without. */
export function scramProperties(mechanism: KafkaCredentials["mechanism"]): Record<string, string> {
    const login = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
    const ofListener = (listener: string) => `listener.name.${listener}.${mechanism.toLowerCase()}.sasl.jaas.config`;
    return {
        "listener.security.protocol.map":
            "CLIENT:SASL_PLAINTEXT,HOST:SASL_PLAINTEXT,LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "LOCAL",
        "sasl.enabled.mechanisms": mechanism,
        [ofListener("client")]: login,
        [ofListener("host")]: login,
    };
}

/** The broker's listener for itself, as `listeners` and `advertised.listeners` name it. */
export const LOCAL_LISTENER = `LOCAL://localhost:${LOCAL_PORT}`;
