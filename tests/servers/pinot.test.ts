import { Kafka, logLevel } from "kafkajs";
import { createTopics } from "../../lib/create-topics";
import { silenceNegativeTimerWarnings } from "../../lib/ledger/timer-warnings";
import { pinotMatrix } from "../provider/pinot-matrix";
import { PinotPair, type PinotUnderTest } from "../provider/pinot-pair";
import { tableConfigsMatrix } from "../provider/table-configs-matrix";
import { ProviderProcess } from "../support/provider-process";
import { testEndpoints } from "../support/stack";

silenceNegativeTimerWarnings();
jest.setTimeout(180_000);

/** Servers under test: given by variables, or those of the test stack. */
async function addresses(): Promise<{ controllerUrl: string; kafkaOnHost: string; kafkaInNetwork: string }> {
    const { MILLRACE_TEST_PINOT_CONTROLLER, MILLRACE_TEST_KAFKA_HOST, MILLRACE_TEST_KAFKA_INTERNAL } = process.env;
    const given = MILLRACE_TEST_PINOT_CONTROLLER !== undefined && MILLRACE_TEST_KAFKA_HOST !== undefined;
    const stack: Record<string, string> = given ? {} : await testEndpoints();
    return {
        controllerUrl: MILLRACE_TEST_PINOT_CONTROLLER ?? stack["pinot.controllerUrl"] ?? "",
        kafkaOnHost: MILLRACE_TEST_KAFKA_HOST ?? stack["kafka.bootstrapServers"] ?? "",
        kafkaInNetwork: MILLRACE_TEST_KAFKA_INTERNAL ?? "kafka:9092",
    };
}

describe("against a real controller", () => {
    const prefix = `servertest${Date.now().toString(36)}`;
    let provider: ProviderProcess;
    let kafka: Kafka;
    let subject: PinotUnderTest;

    beforeAll(async () => {
        const { controllerUrl, kafkaOnHost, kafkaInNetwork } = await addresses();
        kafka = new Kafka({ brokers: kafkaOnHost.split(","), logLevel: logLevel.NOTHING });
        const admin = kafka.admin();
        await admin.connect();
        await createTopics(admin, [{ topic: prefix, numPartitions: 2 }]);
        await admin.disconnect();
        provider = await ProviderProcess.start();
        const needReload = await fetch(`${controllerUrl}/segments/x_REALTIME/needReload?verbose=false`, {
            headers: { accept: "application/json" },
        });
        subject = {
            controllerUrl,
            brokers: kafkaInNetwork,
            topic: prefix,
            prefix,
            current: needReload.status !== 406,
            process: provider,
            patience: 20,
        };
    });
    afterAll(async () => {
        await provider?.stop();
        const admin = kafka.admin();
        await admin.connect();
        await admin.deleteTopics({ topics: [prefix] });
        await admin.disconnect();
    });

    pinotMatrix(() => subject);
    describe("a table as one unit", () => tableConfigsMatrix(() => subject));

    it("merges rows by key, and counts those that a destroy would lose", async () => {
        const pair = new PinotPair(subject, `${prefix}_rows`);
        try {
            await pair.up();
            const producer = kafka.producer();
            await producer.connect();
            const rows = ["a", "b", "c", "a"].map((id, ts) => ({
                key: id,
                value: JSON.stringify({ id, kind: "k", amount: 1, ts }),
            }));
            await producer.send({ topic: prefix, messages: rows });
            await producer.disconnect();
            const guard = async (): Promise<string> =>
                pair.table.destroy().then(
                    () => "it was destroyed",
                    (error: Error) => error.message,
                );
            let said = await guard();
            for (let tries = 0; tries < 60 && !said.includes(" 3 rows"); tries++) {
                await new Promise((resolve) => setTimeout(resolve, 500));
                said = await guard();
            }
            expect(said).toContain(`\n  3 rows of ${prefix}_rows_REALTIME would be lost.`);
        } finally {
            await pair.clear();
        }
    });
});
