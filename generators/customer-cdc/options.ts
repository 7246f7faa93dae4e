import { z } from "zod";
import { CLICKSTREAM_OPTIONS } from "../clickstream/options";
import { decimalNumber, wholeNumber } from "../option-values";
import { option, type Values } from "../options";

const { brokers, ledgerTopic, seed, clockStart, runId, waitSeconds, deliverySeconds, heartbeatFile, logLevel } =
    CLICKSTREAM_OPTIONS;

const whole = (least: number, most: number) => wholeNumber(least, most, String);

/** Parameters of the generator of changes. */
export const CUSTOMER_CDC_OPTIONS = {
    brokers,
    ledgerTopic,
    source: option(
        "source",
        "SOURCE_URL",
        "postgresql://user@host:port/database",
        z.string().regex(/^postgres(ql)?:\/\/[^\s]+$/, "must be a URL that begins with postgresql://"),
        "database whose rows are changed, as the owner of its tables",
        "postgresql://source@localhost:5432/source",
    ),
    passwordFile: option(
        "password-file",
        "SOURCE_PASSWORD_FILE",
        "path",
        z.string(),
        "file that holds the user's password",
    ),
    changesPerSecond: option(
        "changes-per-second",
        "CHANGES_PER_SECOND",
        "number",
        decimalNumber(0, 20_000, String),
        "rate of changed rows; 0 is as fast as possible",
        "20",
    ),
    changes: option("changes", "CHANGES", "count", whole(1, 1_000_000_000), "end after about so many changes"),
    persons: option("persons", "PERSONS", "count", whole(1, 1_000_000), "persons that are there at a time", "500"),
    activeSeconds: option(
        "active-seconds",
        "ACTIVE_SECONDS",
        "seconds",
        whole(1, 86_400),
        "how long it changes rows before it falls silent",
        "60",
    ),
    idleSeconds: option(
        "idle-seconds",
        "IDLE_SECONDS",
        "seconds",
        whole(0, 86_400),
        "how long it is silent then; 0 is never",
        "0",
    ),
    seed,
    clockStart,
    runId,
    waitSeconds,
    deliverySeconds,
    heartbeatFile,
    logLevel,
} as const;

/** Values of {@link CUSTOMER_CDC_OPTIONS}. */
export type CustomerCdcOptions = Values<typeof CUSTOMER_CDC_OPTIONS>;
