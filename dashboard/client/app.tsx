import { useEffect, useRef } from "preact/hooks";
import { Controls, rangeName } from "./controls";
import { ConversionTab } from "./conversion-tab";
import { clockTime, dateTime, duration } from "./format";
import { FreshnessPanel, NewestEvent } from "./freshness-panel";
import { KeyMetrics } from "./key-metrics";
import { ProductsTab } from "./products-tab";
import { RevenueTab } from "./revenue-tab";
import { SessionsTab } from "./sessions-tab";
import { choose, now, settings, shown, views } from "./state";
import { TABS, type Tab } from "./viewer-settings";

const CONTENT: Readonly<Record<Tab, () => preact.JSX.Element>> = {
    products: ProductsTab,
    revenue: RevenueTab,
    conversion: ConversionTab,
    sessions: SessionsTab,
};

/** The page. */
export function App() {
    const { tab } = settings.value;
    const Content = CONTENT[tab];
    return (
        <>
            {/* A link to #main would change the address, in which the viewer's choices stand. */}
            <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
                Skip to the numbers
            </button>
            <div class="layout">
                <Controls />
                <main id="main" tabIndex={-1}>
                    <header class="head">
                        <div>
                            <h1>Product analytics</h1>
                            <RangeLine />
                        </div>
                        <NewestEvent />
                    </header>
                    <Trouble />
                    <KeyMetrics />
                    <Tabs />
                    <div role="tabpanel" id="content" aria-labelledby={`tab-${tab}`}>
                        <Content />
                    </div>
                    <FreshnessPanel />
                </main>
            </div>
        </>
    );
}

/** Which time the numbers are about; told to screen readers when it changes, not at every refresh. */
function RangeLine() {
    const { answer, received } = views.metrics.state.value;
    const { range } = settings.value;
    return (
        <p class="range">
            <span role="status">{rangeName(range)}</span>
            {answer !== undefined && received !== undefined && (
                <>
                    : {dateTime(answer.range.from)} to {dateTime(answer.range.to)} · asked at {clockTime(received)}
                </>
            )}
        </p>
    );
}

/** What is wrong, and how old the numbers are that are still shown. */
function Trouble() {
    const states = shown.value.map(({ state }) => state.value);
    const failure = states.find((state) => state.failure !== undefined)?.failure;
    const oldest = Math.min(
        ...states.map(({ failure: problem, received }) => (problem === undefined ? Infinity : (received ?? Infinity))),
    );
    return (
        <>
            {/* Always there, so that what appears in it is announced; the age that counts on is outside of it. */}
            <div role="alert" class={failure === undefined ? "" : "trouble"}>
                {failure !== undefined && (
                    <>
                        <strong>{failure.error}</strong>
                        {failure.wayOut !== undefined && <span>{failure.wayOut}</span>}
                    </>
                )}
            </div>
            {failure !== undefined && Number.isFinite(oldest) && (
                <p class="trouble age">
                    The numbers below are of {clockTime(oldest)}, <span id="age">{duration(now.value - oldest)}</span>{" "}
                    old.
                </p>
            )}
        </>
    );
}

function Tabs() {
    const { tab } = settings.value;
    const names = Object.keys(TABS) as Tab[];
    const list = useRef<HTMLDivElement>(null);
    const byKeyboard = useRef(false);
    useEffect(() => {
        if (byKeyboard.current) list.current?.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
        byKeyboard.current = false;
    }, [tab]);
    const onKeyDown = (event: KeyboardEvent) => {
        const place = names.indexOf(tab);
        const targets: Readonly<Record<string, number>> = {
            ArrowRight: (place + 1) % names.length,
            ArrowLeft: (place + names.length - 1) % names.length,
            Home: 0,
            End: names.length - 1,
        };
        const target = names[targets[event.key] ?? -1];
        if (target === undefined) return;
        event.preventDefault();
        byKeyboard.current = true;
        choose({ tab: target });
    };
    return (
        <div role="tablist" class="tabs" aria-label="Parts of the page" ref={list} onKeyDown={onKeyDown}>
            {names.map((name) => (
                <button
                    key={name}
                    type="button"
                    role="tab"
                    id={`tab-${name}`}
                    aria-selected={name === tab}
                    aria-controls="content"
                    tabIndex={name === tab ? 0 : -1}
                    onClick={() => choose({ tab: name })}
                >
                    {TABS[name]}
                </button>
            ))}
        </div>
    );
}
