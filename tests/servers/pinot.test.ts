import { type PinotUnderTest, pinotMatrix } from "../provider/pinot-matrix";
import { ProviderProcess } from "../support/provider-process";

/** The controller under test, from the runner that started it; see docs/pinot.md. */
const address = {
    controller: process.env.MILLRACE_TEST_PINOT_CONTROLLER,
    broker: process.env.MILLRACE_TEST_PINOT_BROKER,
    kafka: process.env.MILLRACE_TEST_KAFKA_INTERNAL,
    topic: process.env.MILLRACE_TEST_PINOT_TOPIC ?? "millrace-test-pinot",
};

jest.setTimeout(180_000);

describe("against a real controller", () => {
    let provider: ProviderProcess;
    let subject: PinotUnderTest;

    beforeAll(async () => {
        if (address.controller === undefined || address.kafka === undefined) {
            throw new Error(
                "set MILLRACE_TEST_PINOT_CONTROLLER, MILLRACE_TEST_PINOT_BROKER, MILLRACE_TEST_KAFKA_INTERNAL",
            );
        }
        provider = await ProviderProcess.start();
        const probe = await fetch(`${address.controller}/segments/x_REALTIME/needReload?verbose=false`, {
            headers: { accept: "application/json" },
        });
        subject = {
            controllerUrl: address.controller,
            brokers: address.kafka,
            topic: address.topic,
            prefix: `servertest${Date.now().toString(36)}`,
            current: probe.status !== 406,
            process: provider,
            patience: 20,
        };
    });
    afterAll(() => provider?.stop());

    pinotMatrix(() => subject);
});
