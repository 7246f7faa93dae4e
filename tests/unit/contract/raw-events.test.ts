import { pinotSchema } from "../../../lib/contract";
import { EVENT_SHARES, rawEvents } from "../../../pipelines/product-analytics/contract";

describe("the contract of raw events", () => {
    it("has shares that add up to everything", () => {
        const sum = Object.values(EVENT_SHARES).reduce((total, share) => total + share, 0);
        expect(sum).toBeCloseTo(1, 12);
    });

    it("keeps what is added up as metrics: Pinot's null is 0 there and no other number", () => {
        const metrics = pinotSchema(rawEvents).metricFieldSpecs.map(({ name }) => name);
        expect(metrics.sort()).toEqual(["price", "quantity", "time_spent", "total_amount", "total_amount_cents"]);
    });

    it("has every column that the brief names, and the time of the event as time column", () => {
        const names = rawEvents.columns.map(({ name }) => name);
        for (const name of [
            "event_id event_type event_timestamp user_id session_id device_type os browser location",
            "page_url referrer_url time_spent product_id product_name product_category price quantity",
            "order_id total_amount produced_at run_id sequence",
        ].flatMap((line) => line.split(" "))) {
            expect(names).toContain(name);
        }
        expect(rawEvents).toMatchObject({ timeColumn: "event_timestamp", messageKey: "user_id", primaryKey: [] });
    });
});
