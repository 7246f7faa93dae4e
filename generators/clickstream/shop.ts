import { CATEGORIES, type RawEvent } from "../../pipelines/product-analytics/contract";
import { randomOf } from "../random";

/** Products in each category. */
export const PRODUCTS_PER_CATEGORY = 20;

/** Names that the shop's world is made of. */
export interface Words {
    readonly productNames: readonly string[];
    readonly cities: readonly string[];
}

/** A product of the catalogue. */
export interface Product {
    /** Place in the catalogue. */
    readonly index: number;
    readonly id: string;
    readonly name: string;
    readonly category: (typeof CATEGORIES)[number];
    readonly priceCents: number;
}

/** What stays the same about a user over all sessions. */
export type User = Readonly<Pick<RawEvent, "user_id" | "device_type" | "os" | "browser" | "location">>;

const DEVICES = ["desktop", "mobile", "tablet"] as const;
// Repeated values are weights: which systems run on which device, and which browsers on which system.
const SYSTEMS = {
    desktop: ["Windows", "Windows", "Windows", "MacOS", "MacOS", "Linux"],
    mobile: ["iOS", "Android"],
    tablet: ["iOS", "iOS", "Android", "Android", "Windows"],
} as const;
const BROWSERS = {
    Windows: ["Chrome", "Chrome", "Edge", "Firefox"],
    MacOS: ["Safari", "Safari", "Chrome", "Firefox"],
    Linux: ["Firefox", "Chrome"],
    iOS: ["Safari", "Safari", "Safari", "Chrome"],
    Android: ["Chrome", "Chrome", "Chrome", "Firefox"],
} as const;

/** The catalogue of a seed: it outlives restarts, so that a product keeps its id, name and price. */
export function catalogue(seed: number, { productNames }: Words): readonly Product[] {
    const random = randomOf(`${seed}/catalogue`);
    return CATEGORIES.flatMap((category, shelf) =>
        Array.from({ length: PRODUCTS_PER_CATEGORY }, (_, place) => ({
            index: shelf * PRODUCTS_PER_CATEGORY + place,
            id: random.uuid(),
            name: productNames[shelf * PRODUCTS_PER_CATEGORY + place] ?? `${category} ${place + 1}`,
            category,
            priceCents: 1_000 + random.below(99_001),
        })),
    );
}

/**
 * A user of a seed by number. Computed when a session begins instead of kept: a million users then cost no memory.
 */
export function userAt(seed: number, index: number, { cities }: Words): User {
    const random = randomOf(`${seed}/user/${index}`);
    const device = random.pick(DEVICES);
    const os = random.pick<keyof typeof BROWSERS>(SYSTEMS[device]);
    return {
        user_id: random.uuid(),
        device_type: device,
        os,
        browser: random.pick<User["browser"]>(BROWSERS[os]),
        location: random.pick(cities),
    };
}
