import type { Platform } from "../components";
import type { Settings } from "../lib/settings";
import { ProductAnalytics } from "./product-analytics";

/** Builds one pipeline on a platform. */
export type PipelineBuilder = (platform: Platform) => unknown;

/** The pipelines that a stack's settings turn on, in the order of their documentation. */
export function enabledPipelines({ deletionProtection, productAnalytics }: Settings): PipelineBuilder[] {
    return [
        ...(productAnalytics.enabled
            ? [
                  (platform: Platform) =>
                      new ProductAnalytics("product-analytics", { platform, deletionProtection, ...productAnalytics }),
              ]
            : []),
    ];
}
