import { computed, effect, signal } from "@preact/signals";
import type { Conversion, Freshness, KeyMetrics, PageSettings, Products, Revenue, Sessions } from "../api";
import { LiveView } from "./live-view";
import { parseViewerSettings, rangeQuery, type ViewerSettings, viewerHash } from "./viewer-settings";

/** What the server said when the page was loaded. */
export const pageSettings = JSON.parse(document.body.dataset.settings ?? "{}") as PageSettings;

/** What the viewer has chosen. */
export const settings = signal<ViewerSettings>(parseViewerSettings(location.hash, pageSettings.refresh, Date.now()));

/** The time, every second: for ages. */
export const now = signal(Date.now());

/** All of the server's answers. */
export const views = {
    metrics: new LiveView<KeyMetrics>("/api/metrics"),
    products: new LiveView<Products>("/api/products"),
    revenue: new LiveView<Revenue>("/api/revenue"),
    conversion: new LiveView<Conversion>("/api/conversion"),
    sessions: new LiveView<Sessions>("/api/sessions"),
    freshness: new LiveView<Freshness>("/api/freshness"),
};

/** Views that the page shows now. */
export const shown = computed(() => [views.metrics, views[settings.value.tab], views.freshness]);

/** Something shown is being asked for. */
export const loading = computed(() => shown.value.some(({ state }) => state.value.loading));

/** Changes some of what the viewer has chosen. */
export function choose(change: Partial<ViewerSettings>): void {
    settings.value = { ...settings.value, ...change };
}

/** Asks for everything that is shown. */
export function refresh(): void {
    const { tab, scope } = settings.value;
    const query = rangeQuery(settings.value);
    void views.metrics.load(query);
    void views[tab].load(tab === "products" ? `${query}&scope=${scope}` : query);
    void views.freshness.load("");
}

/** Keeps numbers and address up to date from now on. */
export function startRefreshing(): void {
    setInterval(() => {
        now.value = Date.now();
    }, 1_000);
    const question = computed(() => {
        const { tab, scope } = settings.value;
        return `${rangeQuery(settings.value)} ${tab} ${scope}`;
    });
    effect(() => {
        if (question.value !== "") refreshUntracked();
    });
    effect(() => {
        const hash = viewerHash(settings.value, pageSettings.refresh);
        if (hash !== location.hash) history.replaceState(null, "", hash === "" ? location.pathname : hash);
    });
    addEventListener("hashchange", () => {
        settings.value = parseViewerSettings(location.hash, pageSettings.refresh, Date.now());
    });
    const pace = computed(() => (settings.value.autoRefresh ? settings.value.refreshSeconds : undefined));
    effect(() => {
        if (pace.value === undefined) return undefined;
        // A page that nobody sees asks nothing.
        const timer = setInterval(() => document.hidden || refresh(), pace.value * 1_000);
        return () => clearInterval(timer);
    });
    document.addEventListener("visibilitychange", () => {
        if (!document.hidden && settings.value.autoRefresh) refresh();
    });
}

/** Out of the effect's sight: asking changes signals, and an effect that reads them would run again. */
function refreshUntracked(): void {
    queueMicrotask(refresh);
}
