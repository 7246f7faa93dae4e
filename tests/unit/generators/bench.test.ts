import { eventsPerSecond, recordsPerSecond } from "../../../cli/bench-generator";

describe("the rates that are compared", () => {
    it("are ProducerPerformance's over all records, not that of its last five seconds", () => {
        const output = [
            "120000 records sent, 23990.4 records/sec (12.81 MB/sec), 310.1 ms avg latency, 910.0 ms max latency.",
            "200000 records sent, 44702.726866 records/sec (23.87 MB/sec), 858.38 ms avg latency, 889 ms 50th.",
        ].join("\n");
        expect(recordsPerSecond(output)).toBe(44_702.726866);
    });

    it("are the generator's from its first event to the last acknowledgement", () => {
        const output = [
            '{"level":"info","message":"started","run":"r"}',
            '{"level":"info","message":"progress","acknowledged":90000,"perSecond":11}',
            '{"level":"info","message":"finished","run":"r","acknowledged":200000,"perSecond":41234,"events":200000}',
        ].join("\n");
        expect(eventsPerSecond(output)).toBe(41_234);
    });

    it("are missed with the last words of who said none", () => {
        expect(() => recordsPerSecond("java.lang.OutOfMemoryError")).toThrow(/said no rate: java\.lang\.OutOfMemory/);
        expect(() => eventsPerSecond('{"message":"started"}')).toThrow(/the generator said no rate/);
    });
});
