import type * as pulumi from "@pulumi/pulumi";
import type { Address } from "../lib/address";

/** Any Trino, as pipelines and resources see it: our own, or one that exists already. */
export interface TrinoServer {
    /** `http(s)://host:port`. Containers take `inNetwork`; Pulumi, tests and people `onHost`. */
    readonly url: Address;
    /** Whom statements are run as. */
    readonly user: string;
    /** Password of the user. Secret. Absent where the server asks for none. */
    readonly password?: pulumi.Output<string>;
    /** What clients trust instead of public authorities, in PEM. Absent where the URL is http, or publicly trusted. */
    readonly certificate?: pulumi.Output<string>;
    /**
     * What stands in a catalog's properties in place of a secret: Trino shows, logs and stores the properties in clear.
     * @param name one of the secrets that the server was started with.
     * @throws Error for any other name.
     */
    secretReference(name: string): string;
    /** What holds catalogs: they need no deletion of their own when it goes. */
    readonly storage: pulumi.Resource;
}
