import { createHash } from "node:crypto";
import { Hono } from "hono";
import type { Log } from "../../generators/log";
import { StoreError } from "../../lib/ledger/check-set";
import type { Failure, PageSettings } from "../api";
import { ICON, pageHtml } from "./page";
import type { Pinot } from "./pinot";
import { parseAsked } from "./range";
import { TooManyQuestions } from "./shared-answers";
import { VIEWS, type ViewName } from "./views";

/** What {@link dashboardApp} serves and whom it asks. */
export interface DashboardAppArgs {
    readonly pinot: Pinot;
    readonly settings: PageSettings;
    /** The built page: `app.js` and `app.css`. */
    readonly assets: Readonly<Record<"app.js" | "app.css", Uint8Array<ArrayBuffer> | string>>;
    readonly log: Log;
    /** The time, in epoch milliseconds. @default Date.now */
    readonly now?: () => number;
}

/** The page may load and ask nothing but this server, and nobody may put it into a frame. */
const SECURITY_HEADERS = {
    "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
} as const;

const TYPES = { "app.js": "text/javascript; charset=utf-8", "app.css": "text/css; charset=utf-8" } as const;
const A_YEAR = "public, max-age=31536000, immutable";

/** The dashboard's web server, without a port: page, assets, `/api/…` and `/health`. */
export function dashboardApp({ pinot, settings, assets, log, now = Date.now }: DashboardAppArgs): Hono {
    const app = new Hono();
    const version = createHash("sha256").update(assets["app.js"]).update(assets["app.css"]).digest("hex").slice(0, 12);
    const page = pageHtml(settings, version);
    const mood = moodLog(log);

    app.use(async (context, next) => {
        await next();
        for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.header(name, value);
    });
    app.get("/", (context) => context.html(page, 200, { "cache-control": "no-cache" }));
    app.get("/assets/icon.svg", (context) =>
        context.body(ICON, 200, { "content-type": "image/svg+xml", "cache-control": A_YEAR }),
    );
    for (const name of ["app.js", "app.css"] as const) {
        app.get(`/assets/${name}`, (context) =>
            context.body(assets[name], 200, { "content-type": TYPES[name], "cache-control": A_YEAR }),
        );
    }
    for (const name of Object.keys(VIEWS) as ViewName[]) {
        app.get(`/api/${name}`, async (context) => {
            const parsed = parseAsked(context.req.query());
            if ("problems" in parsed) return context.json<Failure>({ error: parsed.problems.join("; ") }, 400);
            const answer = await VIEWS[name](pinot, parsed.asked, now());
            mood(undefined);
            return context.json(answer, 200, { "cache-control": "no-store" });
        });
    }
    app.get("/health", async (context) => {
        // A dashboard that says that Pinot is down works: restarting it would help nobody.
        const said = await pinot.alive().then(
            () => "answers",
            (error: Error) => firstLine(error.message),
        );
        return context.json({ status: "ok", pinot: said }, 200, { "cache-control": "no-store" });
    });
    app.notFound((context) => context.json<Failure>({ error: `nothing is at ${context.req.path}` }, 404));
    app.onError((error, context) => {
        context.header("cache-control", "no-store");
        if (error instanceof TooManyQuestions) {
            return context.json<Failure>({ error: "too many different questions at once", wayOut: "ask again" }, 503);
        }
        if (error instanceof StoreError) {
            mood(error.message);
            return context.json<Failure>(failureOf(error.message), 503);
        }
        log("error", error.message, { path: context.req.path });
        return context.json<Failure>({ error: firstLine(error.message) }, 500);
    });
    return app;
}

/** Tells a store's trouble once, and its end, however many viewers ask meanwhile. */
function moodLog(log: Log): (problem: string | undefined) => void {
    let last: string | undefined;
    return (problem) => {
        if (problem === last) return;
        last = problem;
        if (problem === undefined) log("info", "Pinot answers again");
        else log("warn", firstLine(problem));
    };
}

function failureOf(message: string): Failure {
    const [error = message, ...rest] = message.split("\n");
    const wayOut = rest.map((line) => line.trim().replace(/^Way out: /, "")).join(" ");
    return { error, ...(wayOut !== "" && { wayOut }) };
}

function firstLine(text: string): string {
    return text.split("\n")[0] ?? text;
}
