import { z } from "zod";
import { CLICKSTREAM_OPTIONS } from "../clickstream/options";
import { option, type Values } from "../options";

const { brokers, ledgerTopic, seed, clockStart, runId, waitSeconds, deliverySeconds, heartbeatFile, logLevel } =
    CLICKSTREAM_OPTIONS;

function number(least: number, most: number, whole: boolean) {
    const message = `must be a ${whole ? "whole " : ""}number from ${least} to ${most}`;
    return z
        .string()
        .regex(whole ? /^\d+$/ : /^\d+(\.\d+)?$/, message)
        .transform(Number)
        .refine((value) => value >= least && value <= most, message);
}

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
        number(0, 20_000, false),
        "rate of changed rows; 0 is as fast as possible",
        "20",
    ),
    changes: option("changes", "CHANGES", "count", number(1, 1_000_000_000, true), "end after about so many changes"),
    persons: option(
        "persons",
        "PERSONS",
        "count",
        number(1, 1_000_000, true),
        "persons that are there at a time",
        "500",
    ),
    activeSeconds: option(
        "active-seconds",
        "ACTIVE_SECONDS",
        "seconds",
        number(1, 86_400, true),
        "how long it changes rows before it falls silent",
        "60",
    ),
    idleSeconds: option(
        "idle-seconds",
        "IDLE_SECONDS",
        "seconds",
        number(0, 86_400, true),
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
