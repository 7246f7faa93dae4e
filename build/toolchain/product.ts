import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "./layout";
import { isCurrent, readJson, type SizedFile, withSizes, writeJson } from "./record";

/** Something that is made once from its inputs. */
export interface Product {
    /** Names its stamp. */
    readonly name: string;
    /** Of all its inputs. */
    readonly fingerprint: string;
    /** The files that making it leaves. */
    readonly files: readonly string[];
}

/**
 * Makes a product unless it stands already, made from the same inputs. The stamp is written last: what was interrupted
 * is made again.
 * @returns whether something had to be made.
 */
export async function makeProduct(layout: Layout, product: Product, make: () => Promise<void>): Promise<boolean> {
    const stamp = join(layout.stamps, `${product.name}.json`);
    if (isCurrent(readJson<{ fingerprint: string; files: SizedFile[] }>(stamp), product.fingerprint)) return false;
    rmSync(stamp, { force: true });
    await make();
    mkdirSync(layout.stamps, { recursive: true });
    writeJson(stamp, { fingerprint: product.fingerprint, files: withSizes(product.files) });
    return true;
}
