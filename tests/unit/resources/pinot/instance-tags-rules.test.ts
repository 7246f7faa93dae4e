import type { TableDocument } from "../../../../resources/pinot/documents";
import { forsaken, isUntouched, tagsOfTable } from "../../../../resources/pinot/instance-tags-rules";

const table = (more: object): TableDocument => ({ tableName: "orders", tableType: "REALTIME", ...more });

describe("tags by which a table goes", () => {
    it("are those of its tenants, by its type", () => {
        expect(tagsOfTable(table({}))).toEqual(["DefaultTenant_REALTIME", "DefaultTenant_BROKER"]);
        expect(tagsOfTable(table({ tenants: { server: "shop", broker: "front" } }))).toEqual([
            "shop_REALTIME",
            "front_BROKER",
        ]);
    });

    it("are those of tiers, overrides and pools too, each once", () => {
        const tags = tagsOfTable(
            table({
                tenants: { tagOverrideConfig: { realtimeCompleted: "done_OFFLINE" } },
                tierConfigs: [{ serverTag: "cold_OFFLINE" }, { serverTag: "cold_OFFLINE" }],
                instanceAssignmentConfigMap: { CONSUMING: { tagPoolConfig: { tag: "fast_REALTIME" } } },
            }),
        );
        expect(tags.slice(2)).toEqual(["cold_OFFLINE", "done_OFFLINE", "fast_REALTIME"]);
    });
});

describe("taking tags away", () => {
    const tables = [table({ tierConfigs: [{ serverTag: "cold_OFFLINE" }] })];

    it("forsakes a table when nobody else carries its tag", () => {
        expect(forsaken(["cold_OFFLINE", "unused_OFFLINE"], new Set(), tables)).toEqual([
            "orders (REALTIME) by cold_OFFLINE",
        ]);
        expect(forsaken(["cold_OFFLINE"], new Set(["cold_OFFLINE"]), tables)).toEqual([]);
    });
});

describe("an instance that nobody has tagged", () => {
    it("carries what Pinot gives, or nothing", () => {
        expect([[], ["DefaultTenant_OFFLINE"], ["server_untagged"], ["cold_OFFLINE"]].map(isUntouched)).toEqual([
            true,
            true,
            true,
            false,
        ]);
    });
});
