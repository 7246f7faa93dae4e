import { z } from "zod";
import { LOG_LEVEL, wholeNumber } from "../../generators/option-values";
import { option, type Parsed, parseOptions, type Values } from "../../generators/options";
import type { RefreshBounds } from "../api";

/** Pause between two choices of the refresh interval, in seconds. */
export const REFRESH_STEP = 5;

const whole = (least: number, most: number) => wholeNumber(least, most, String);

const url = z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:\/\//.test(text), "must be a URL, as http://pinot:8099")
    // A password in a URL would stand in error texts; PINOT_USER and PINOT_PASSWORD are for it.
    .refine((text) => !URL.canParse(text) || new URL(text).username === "", "must not contain a user");

/** Parameters of the dashboard's server; user and password come by environment alone. */
export const DASHBOARD_OPTIONS = {
    brokerUrl: option("pinot-broker-url", "PINOT_BROKER_URL", "url", url, "broker of Pinot, for queries; needed"),
    controllerUrl: option(
        "pinot-controller-url",
        "PINOT_CONTROLLER_URL",
        "url",
        url,
        "controller of Pinot, which knows how many messages wait",
    ),
    port: option("port", "PORT", "number", whole(0, 65_535), "port to listen on", "8501"),
    bindAddress: option("bind-address", "BIND_ADDRESS", "address", z.string(), "address to listen on", "0.0.0.0"),
    refreshSeconds: option(
        "refresh-seconds",
        "REFRESH_SECONDS",
        "seconds",
        whole(1, 86_400),
        "how often a page asks until its viewer says otherwise",
        "30",
    ),
    refreshLeast: option(
        "refresh-least",
        "REFRESH_LEAST",
        "seconds",
        whole(1, 86_400),
        "shortest interval that a viewer may choose",
        "5",
    ),
    refreshMost: option(
        "refresh-most",
        "REFRESH_MOST",
        "seconds",
        whole(1, 86_400),
        "longest interval that a viewer may choose",
        "300",
    ),
    querySeconds: option("query-seconds", "QUERY_SECONDS", "seconds", whole(1, 300), "how long a query may take", "10"),
    assets: option("assets", "ASSETS", "folder", z.string(), "the built page; by default beside the program"),
    logLevel: LOG_LEVEL,
} as const;

/** What the server runs with. */
export interface DashboardOptions extends Omit<Values<typeof DASHBOARD_OPTIONS>, "brokerUrl"> {
    readonly brokerUrl: string;
    readonly refresh: RefreshBounds;
    readonly credentials?: { readonly user: string; readonly password: string };
}

/** Reads all parameters. @returns them, or everything that is wrong with them. */
export function parseDashboardOptions(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
): { readonly options: DashboardOptions } | { readonly problems: readonly string[] } {
    const parsed: Parsed<typeof DASHBOARD_OPTIONS> = parseOptions(DASHBOARD_OPTIONS, args, env);
    const problems: string[] = "problems" in parsed ? [...parsed.problems] : [];
    const { PINOT_USER: user = "", PINOT_PASSWORD: password = "" } = env;
    if ((user === "") !== (password === "")) problems.push("PINOT_USER and PINOT_PASSWORD: give both or none");
    if ("problems" in parsed) return { problems };
    const { brokerUrl, refreshLeast: least, refreshMost: most, refreshSeconds: standard } = parsed.values;
    if (brokerUrl === undefined) problems.push("--pinot-broker-url or PINOT_BROKER_URL is needed");
    for (const [flag, value] of Object.entries({ least, most, seconds: standard })) {
        if (value % REFRESH_STEP !== 0)
            problems.push(`--refresh-${flag} ${value}: must be a multiple of ${REFRESH_STEP}`);
    }
    if (standard < least || standard > most) {
        problems.push(`--refresh-seconds ${standard}: must be from --refresh-least ${least} to --refresh-most ${most}`);
    }
    if (brokerUrl === undefined || problems.length > 0) return { problems };
    return {
        options: {
            ...parsed.values,
            brokerUrl,
            refresh: { least, most, standard, step: REFRESH_STEP },
            ...(user !== "" && { credentials: { user, password } }),
        },
    };
}
