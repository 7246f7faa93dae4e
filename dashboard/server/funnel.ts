import type { FunnelStep } from "../api";

const STEPS = ["page_view", "product_view", "add_to_cart", "purchase"] as const;

/**
 * The funnel from the sessions that reached each step.
 * @param reached sessions that took a step and all before it, in the order of the steps.
 * @throws Error when a step has more sessions than the one before: then they are not parts of each other.
 */
export function funnelOf(reached: readonly number[]): FunnelStep[] {
    return STEPS.map((step, index) => {
        const sessions = reached[index] ?? 0;
        const previous = index === 0 ? undefined : (reached[index - 1] ?? 0);
        if (previous !== undefined && sessions > previous) {
            throw new Error(`funnel: ${sessions} sessions reached ${step}, of ${previous} at the step before`);
        }
        const first = reached[0] ?? 0;
        return {
            step,
            sessions,
            ...(previous !== undefined && previous > 0 && { ofPrevious: sessions / previous }),
            ...(first > 0 && { ofFirst: sessions / first }),
        };
    });
}
