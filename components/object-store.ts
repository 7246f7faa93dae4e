import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import { type Address, type HostAddress, urlOf } from "../lib/address";
import type { S3Endpoint } from "../lib/s3-endpoint";
import { type GoMemory, SIZES } from "../lib/sizes";
import { GeneratedSecret } from "../resources/secret/generated-secret";
import { type ObjectStoreEngine, objectStoreSpec } from "./object-store-spec";

export type { S3Endpoint } from "../lib/s3-endpoint";
export type { ObjectStoreEngine } from "./object-store-spec";

/** Arguments of {@link ObjectStore}. */
export interface ObjectStoreArgs {
    /** Where it runs. */
    host: Host;
    /**
     * The program that serves S3. `silo` is MinIO's maintained fork; where it is built here it is MinIO itself, in its
     * last version. `rustfs` comes from an image registry only. A volume does not move between `rustfs` and the others.
     * @default "silo"
     */
    engine?: ObjectStoreEngine;
    /** Limits. @default those of size small */
    memory?: GoMemory;
    /** Region that requests are signed for. @default "us-east-1" */
    region?: string;
    /** Serve the engine's web console. @default true */
    console?: boolean;
}

/**
 * An S3 object store on one volume, without buckets: those are `Bucket` resources.
 *
 * Both keys are made at random for each stack. Containers reach it at `http://<name>:9000`, the host at the published
 * port; buckets stand in the path.
 */
export class ObjectStore extends pulumi.ComponentResource implements S3Endpoint {
    readonly url: Address;
    readonly region: string;
    readonly accessKey: pulumi.Output<string>;
    readonly secretKey: pulumi.Output<string>;
    readonly pathStyle = true;
    /** The web console, for people: they log in with the two keys. Undefined where it is turned off. */
    readonly consoleUrl: pulumi.Output<HostAddress> | undefined;
    /** What holds the objects: buckets need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;

    constructor(name: string, args: ObjectStoreArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:ObjectStore", name, {}, opts);
        const { host, ...settings } = {
            engine: "silo" as const,
            memory: SIZES.small.objectStore,
            region: "us-east-1",
            console: true,
            ...args,
        };
        const accessKey = new GeneratedSecret(`${name}-access-key`, { length: 20 }, { parent: this }).value;
        const secretKey = new GeneratedSecret(`${name}-secret-key`, { length: 40 }, { parent: this }).value;
        const server = host.service(name, objectStoreSpec({ ...settings, accessKey, secretKey }), { parent: this });
        this.url = urlOf("http", server.address("s3"));
        this.region = settings.region;
        this.accessKey = accessKey;
        this.secretKey = secretKey;
        this.consoleUrl = settings.console ? urlOf("http", server.address("console")).onHost : undefined;
        this.storage = server.volume("data");
        this.registerOutputs({ url: this.url.onHost, consoleUrl: this.consoleUrl });
    }
}
