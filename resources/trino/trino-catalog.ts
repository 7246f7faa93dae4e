import * as pulumi from "@pulumi/pulumi";
import type { OnExists, Timeouts } from "../lifecycle";
import { ManagedResource, type ProviderCode } from "../managed-resource";
import { secretAccess, type TrinoAccess } from "./access";
import type { PropertyValue } from "./properties";

const CODE: ProviderCode = { folder: __dirname, module: "catalog-provider", exportName: "catalogProvider" };

/** Arguments of {@link TrinoCatalog}. */
export interface TrinoCatalogArgs {
    /** Which server; `trinoAccess(trino)` for one of ours. An address, no identity: when it changes, the catalog is looked for there. */
    server: TrinoAccess;
    /** Its name in SQL: small letters, digits, underscores and hyphens. */
    catalog: pulumi.Input<string>;
    /** What stands in Trino's documentation as `connector.name`: `iceberg`, `pinot`, `postgresql`. */
    connector: pulumi.Input<string>;
    /**
     * Properties of the connector. In place of a secret stands a reference to the server's environment, as
     * `trino.secretReference("POSTGRES_PASSWORD")` gives it. @default none
     */
    properties?: pulumi.Input<Record<string, pulumi.Input<PropertyValue>>>;
    /** Take secrets in clear, though Trino shows, logs and stores them. Pulumi keeps all properties secret then. @default false */
    allowPlainSecrets?: boolean;
    /** Drop it with the schemas, tables and views that live in it, where a connector (`memory`) keeps them itself. @default false */
    forceDestroy?: pulumi.Input<boolean>;
    /** `adoptIfEqual` always refuses, since Trino does not give properties back; `adopt` creates it anew as declared. @default "fail" */
    onExists?: OnExists;
    /** Refuse to delete the catalog, or to replace it under another name. @default true */
    deletionProtection?: pulumi.Input<boolean>;
    /** `ready`: until what it connects to answers. @default 30 */
    timeouts?: pulumi.Input<Timeouts>;
}

/**
 * A catalog of a Trino with `catalog.management=dynamic`.
 *
 * Trino has no ALTER CATALOG and gives properties back to nobody: a change drops the catalog and creates it anew, puts the
 * old definition back when the new one does not work, and is refused where a connector keeps data in the catalog itself.
 */
export class TrinoCatalog extends ManagedResource {
    /** Its name in SQL; what schemas and views take, so that they wait for it. */
    declare readonly catalog: pulumi.Output<string>;
    /**
     * False when it has not answered since it was created, or a refresh found that its stored definition does not load:
     * the next `up` sees to it.
     */
    declare readonly usable: pulumi.Output<boolean>;

    constructor(name: string, args: TrinoCatalogArgs, opts?: pulumi.CustomResourceOptions) {
        const { server, properties, allowPlainSecrets } = args;
        const kept = allowPlainSecrets === true && properties !== undefined ? pulumi.secret(properties) : properties;
        super(
            CODE,
            "trino:Catalog",
            name,
            { ...args, properties: kept, server: secretAccess(server), usable: undefined },
            opts,
        );
    }
}
