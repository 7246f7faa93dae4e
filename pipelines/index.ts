import type * as pulumi from "@pulumi/pulumi";
import type { Platform, PlatformArgs } from "../components";
import { TRINO_USER } from "../components/trino-spec";
import type { Settings } from "../lib/settings";
import { analystRules } from "./customer-cdc/access-rules";
import { CustomerPipeline } from "./customer-cdc/on-platform";
import { ProductAnalytics } from "./product-analytics";

/** What flows on a platform. */
export interface Pipeline {
    /** Addresses on the host that it adds to the platform's, under fixed keys. @default none */
    readonly endpoints?: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Builds one pipeline on a platform. */
export type PipelineBuilder = (platform: Platform) => pulumi.ComponentResource & Pipeline;

/** What the pipelines of a stack ask of its platform beside its own settings. */
export function askedOfPlatform({ customerCdc }: Settings): Pick<PlatformArgs, "trinoAccessRules"> {
    const { enabled, restrictAnalysts } = customerCdc;
    return enabled && restrictAnalysts ? { trinoAccessRules: analystRules(TRINO_USER) } : {};
}

/** The pipelines that a stack's settings turn on, in the order of their documentation. */
export function enabledPipelines({
    deletionProtection,
    images,
    productAnalytics,
    customerCdc,
}: Settings): PipelineBuilder[] {
    return [
        ...(productAnalytics.enabled
            ? [
                  (platform: Platform) =>
                      new ProductAnalytics("product-analytics", { platform, deletionProtection, ...productAnalytics }),
              ]
            : []),
        ...(customerCdc.enabled
            ? [
                  (platform: Platform) =>
                      new CustomerPipeline("customer-cdc", {
                          platform,
                          deletionProtection,
                          // A registry has Pinot 1.5; what is built is 0.11, which knows neither.
                          deleteRecords: images === "registry",
                          consistentReads: images === "registry",
                          ...customerCdc,
                      }),
              ]
            : []),
    ];
}
