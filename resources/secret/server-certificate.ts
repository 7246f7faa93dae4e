import type * as pulumi from "@pulumi/pulumi";
import { ManagedResource, type ProviderCode } from "../managed-resource";

const CODE: ProviderCode = { folder: __dirname, module: "certificate-provider", exportName: "certificateProvider" };

/** Arguments of {@link ServerCertificate}. */
export interface ServerCertificateArgs {
    /** DNS names and IP addresses under which clients reach the server. A change makes a new certificate. */
    hosts: readonly string[];
    /** How long it is valid, in days. A later change keeps the certificate. @default 3650 */
    days?: number;
    /** Another text makes a new key and certificate. @default none */
    rotation?: string;
}

/**
 * A TLS server's key and the certificate that it signed for itself, made once and kept in the stack's state, the key
 * encrypted. Clients are given the certificate and trust no other, so that nobody can stand between: no weaker than a
 * public authority's, and there is no warning to click away.
 */
export class ServerCertificate extends ManagedResource {
    /** The certificate, in PEM: what clients trust. Public. */
    declare readonly certificate: pulumi.Output<string>;
    /** The key, PKCS #8 in PEM. Secret. */
    declare readonly privateKey: pulumi.Output<string>;

    constructor(name: string, args: ServerCertificateArgs, opts: pulumi.CustomResourceOptions = {}) {
        super(
            CODE,
            "secret:ServerCertificate",
            name,
            { ...args, certificate: undefined, privateKey: undefined },
            { ...opts, additionalSecretOutputs: ["privateKey"] },
        );
    }
}
