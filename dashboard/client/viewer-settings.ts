import { PRESETS, type Preset, type ProductScope, type RefreshBounds } from "../api";

/** Parts of the page, of which one is shown. */
export const TABS = {
    products: "Product performance",
    revenue: "Revenue",
    conversion: "Conversion",
    sessions: "Sessions",
};

/** A name in {@link TABS}. */
export type Tab = keyof typeof TABS;

/** What a viewer has chosen. It stands in the page's address, so that a link shows the same. */
export interface ViewerSettings {
    readonly range: Preset | "custom";
    /** Of a custom range, in epoch milliseconds. */
    readonly from: number;
    readonly to: number;
    readonly autoRefresh: boolean;
    readonly refreshSeconds: number;
    readonly tab: Tab;
    readonly scope: ProductScope;
}

/** Reads a page's address, `#range=7d&tab=revenue`; what is missing or wrong there is as it is by default. */
export function parseViewerSettings(hash: string, bounds: RefreshBounds, now: number): ViewerSettings {
    const given = new URLSearchParams(hash.replace(/^#/, ""));
    const moment = (name: string) => (/^\d{1,13}$/.test(given.get(name) ?? "") ? Number(given.get(name)) : undefined);
    const from = moment("from");
    const to = moment("to");
    const asked = given.get("range") ?? "";
    const custom = asked === "custom" && from !== undefined && to !== undefined && from <= to;
    const minute = Math.floor(now / 60_000) * 60_000;
    const refresh = given.get("refresh");
    const tab = given.get("tab") ?? "";
    return {
        range: custom ? "custom" : Object.hasOwn(PRESETS, asked) ? (asked as Preset) : "24h",
        from: custom ? from : minute - 3_600_000,
        to: custom ? to : minute,
        autoRefresh: refresh !== "off",
        refreshSeconds: stepped(Number(refresh), bounds) ?? bounds.standard,
        tab: Object.hasOwn(TABS, tab) ? (tab as Tab) : "products",
        scope: given.get("scope") === "all" ? "all" : "range",
    };
}

/** The address of what a viewer has chosen; what is as by default is left out. */
export function viewerHash(settings: ViewerSettings, bounds: RefreshBounds): string {
    const { range, from, to, autoRefresh, refreshSeconds, tab, scope } = settings;
    const chosen = new URLSearchParams();
    if (range !== "24h") chosen.set("range", range);
    if (range === "custom") {
        chosen.set("from", String(from));
        chosen.set("to", String(to));
    }
    if (!autoRefresh) chosen.set("refresh", "off");
    else if (refreshSeconds !== bounds.standard) chosen.set("refresh", String(refreshSeconds));
    if (tab !== "products") chosen.set("tab", tab);
    if (scope !== "range") chosen.set("scope", scope);
    return chosen.size === 0 ? "" : `#${chosen}`;
}

/** The question to the server for what a viewer has chosen. */
export function rangeQuery({ range, from, to }: Pick<ViewerSettings, "range" | "from" | "to">): string {
    return range === "custom" ? `range=custom&from=${from}&to=${to}` : `range=${range}`;
}

/** What is wrong with a custom range as fields hold it; undefined when nothing is. */
export function rangeProblem(from: number, to: number): string | undefined {
    if (!Number.isFinite(from)) return "From is not a time.";
    if (!Number.isFinite(to)) return "To is not a time.";
    if (from < 0 || to >= Date.UTC(2100, 0)) return "Only times from 1970 to 2099 can be shown.";
    if (from > to) return "From must not be after To.";
    if (to - from > 400 * 86_400_000) return "The range must not be longer than 400 days.";
    return undefined;
}

function stepped(seconds: number, { least, most, step }: RefreshBounds): number | undefined {
    return seconds >= least && seconds <= most && seconds % step === 0 ? seconds : undefined;
}
