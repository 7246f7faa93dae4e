import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host";
import { type Address, urlOf } from "../lib/address";
import { type JvmMemory, SIZES } from "../lib/sizes";
import { GeneratedSecret } from "../resources/secret/generated-secret";
import { ServerCertificate } from "../resources/secret/server-certificate";
import { passwordFileLine } from "./trino-password";
import type { TrinoServer } from "./trino-server";
import { environmentName, HTTPS_PORT, secretReference, TRINO_USER, type TrinoSecurity, trinoSpec } from "./trino-spec";

/** Arguments of {@link Trino}. */
export interface TrinoArgs {
    /** Where it runs. */
    host: Host;
    /** Heap and limit. @default those of size small */
    memory?: JvmMemory;
    /**
     * `none`: plain HTTP, and whoever reaches the port is who they say they are. `password`: HTTPS with a certificate of
     * its own and a generated password, for containers and host alike; plain HTTP then answers nobody's statements.
     * @default "none"
     */
    authentication?: "none" | "password";
    /** Whom statements are run as, and who has the password. @default "millrace" */
    user?: string;
    /**
     * Name → secret that catalogs may refer to, see {@link Trino.secretReference}. A change starts the process anew.
     * @default none
     */
    secrets?: Readonly<Record<string, pulumi.Input<string>>>;
    /**
     * Rules of Trino's file-based access control, as JSON. Without a password they bind only those who tell the truth
     * about who they are.
     * @default everybody may do everything
     */
    accessControlRules?: string;
    /** Name of the cluster. @default project and stack */
    environment?: string;
}

/**
 * One Trino: coordinator and worker in one process. Further workers are not part of it.
 *
 * It starts without catalogs; `CREATE CATALOG` makes them, and the volume keeps them over restarts and recreated
 * containers. A stored catalog that does not load any more hinders no start: queries on it answer
 * `CATALOG_UNAVAILABLE`, and it can be dropped.
 */
export class Trino extends pulumi.ComponentResource implements TrinoServer {
    readonly url: Address;
    readonly user: string;
    readonly password?: pulumi.Output<string>;
    readonly certificate?: pulumi.Output<string>;
    readonly storage: pulumi.Resource;

    private readonly server: string;
    private readonly secretNames: readonly string[];

    constructor(name: string, args: TrinoArgs, opts?: pulumi.ComponentResourceOptions) {
        super("millrace:index:Trino", name, {}, opts);
        const { host, memory, authentication, user, secrets, environment } = withDefaults(args);
        this.user = user;
        this.server = name;
        this.secretNames = Object.keys(secrets);

        let security: TrinoSecurity = { authentication: "none" };
        if (authentication === "password") {
            const password = new GeneratedSecret(`${name}-password`, {}, { parent: this }).value;
            const tls = new ServerCertificate(`${name}-tls`, { hosts: hostsOf(name, host) }, { parent: this });
            this.password = password;
            this.certificate = tls.certificate;
            security = {
                authentication,
                passwordFile: password.apply((text) => passwordFileLine(user, text)),
                keystore: pulumi.interpolate`${tls.privateKey}${tls.certificate}`,
            };
        }
        const server = host.service(
            name,
            trinoSpec(name, {
                memory,
                environment,
                security,
                internalSecret: new GeneratedSecret(`${name}-internal`, { length: 48 }, { parent: this }).value,
                secrets: Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, pulumi.secret(value)])),
                ...(args.accessControlRules !== undefined && { accessControlRules: args.accessControlRules }),
            }),
            { parent: this },
        );
        const scheme = authentication === "password" ? "https" : "http";
        this.url = urlOf(scheme, server.address(scheme));
        this.storage = server.volume("data");
        this.registerOutputs({ url: this.url.onHost });
    }

    secretReference(secret: string): string {
        return secretReference(this.server, this.secretNames, secret);
    }
}

type Settings = Required<Omit<TrinoArgs, "accessControlRules">>;

function withDefaults(args: TrinoArgs): Settings {
    return {
        memory: SIZES.small.trino,
        authentication: "none",
        user: TRINO_USER,
        secrets: {},
        environment: environmentName(`${pulumi.getProject()}_${pulumi.getStack()}`),
        ...args,
    };
}

/** Every name under which a client may call it: the certificate has to hold them. */
function hostsOf(name: string, host: Host): string[] {
    const { onHost } = host.plannedAddress(name, { port: HTTPS_PORT });
    const bound = onHost.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
    return [...new Set([name, "localhost", "127.0.0.1", bound])];
}
