import type * as pulumi from "@pulumi/pulumi";
import { ManagedResource, type ProviderCode } from "../managed-resource";

const CODE: ProviderCode = { folder: __dirname, module: "secret-provider", exportName: "secretProvider" };

/** Arguments of {@link GeneratedSecret}. */
export interface GeneratedSecretArgs {
    /** Characters, from 16 to 256. A later change keeps the value. @default 24 */
    length?: number;
    /** Another text makes a new value, and with it a change of whatever uses it. @default none */
    rotation?: string;
}

/**
 * A random text of letters and digits, made once and kept in the stack's state, encrypted: a password that stands in
 * no file and no repository. Two stacks never share one.
 */
export class GeneratedSecret extends ManagedResource {
    /** The text. Secret. */
    declare readonly value: pulumi.Output<string>;

    constructor(name: string, args: GeneratedSecretArgs = {}, opts: pulumi.CustomResourceOptions = {}) {
        super(
            CODE,
            "secret:GeneratedSecret",
            name,
            { ...args, value: undefined },
            { ...opts, additionalSecretOutputs: ["value"] },
        );
    }
}
