import { useSignal } from "@preact/signals";
import { fieldTime } from "./format";
import { choose, loading, pageSettings, refresh, settings } from "./state";
import { rangeProblem, type ViewerSettings } from "./viewer-settings";

const RANGES: Readonly<Record<ViewerSettings["range"], string>> = {
    "24h": "Last 24 h",
    "7d": "Last 7 d",
    "30d": "Last 30 d",
    custom: "Custom",
};

/** The name of the chosen range. */
export function rangeName(range: ViewerSettings["range"]): string {
    return RANGES[range];
}

/** How often to ask, and about which time. */
export function Controls() {
    const open = useSignal(false);
    return (
        <aside class="sidebar" aria-label="Controls">
            <div class="brand">
                <svg viewBox="0 0 32 32" aria-hidden="true">
                    <rect class="tile" width="32" height="32" rx="8" />
                    <g class="bars">
                        <rect x="7" y="17" width="4.5" height="8" rx="1" />
                        <rect x="13.75" y="12" width="4.5" height="13" rx="1" />
                        <rect x="20.5" y="7" width="4.5" height="18" rx="1" />
                    </g>
                </svg>
                <span>Millrace</span>
                <button
                    type="button"
                    class="unfold"
                    aria-expanded={open.value}
                    aria-controls="controls"
                    onClick={() => {
                        open.value = !open.value;
                    }}
                >
                    Controls
                </button>
            </div>
            <div id="controls" class={open.value ? "controls open" : "controls"}>
                <RangeChoice />
                <RefreshChoice />
            </div>
        </aside>
    );
}

function RangeChoice() {
    const { range } = settings.value;
    return (
        <fieldset>
            <legend>Range</legend>
            <div class="choices">
                {(["24h", "7d", "30d", "custom"] as const).map((name) => (
                    <label key={name} class="choice">
                        <input
                            type="radio"
                            name="range"
                            value={name}
                            checked={range === name}
                            onChange={() => choose({ range: name })}
                        />
                        <span>{RANGES[name]}</span>
                    </label>
                ))}
            </div>
            {range === "custom" && <CustomRange />}
        </fieldset>
    );
}

/** Two moments, taken over together: while one is being typed the range is seldom what is meant. */
function CustomRange() {
    const from = useSignal(fieldTime(settings.value.from));
    const to = useSignal(fieldTime(settings.value.to));
    const problem = useSignal<string | undefined>(undefined);
    const apply = (event: Event) => {
        event.preventDefault();
        const asked = { from: Date.parse(from.value), to: Date.parse(to.value) };
        problem.value = rangeProblem(asked.from, asked.to);
        if (problem.value === undefined) choose(asked);
    };
    const invalid = { "aria-invalid": problem.value !== undefined, "aria-describedby": "range-problem" };
    return (
        <form class="custom" onSubmit={apply} noValidate>
            <label>
                From
                <input
                    type="datetime-local"
                    value={from.value}
                    onInput={(event) => {
                        from.value = event.currentTarget.value;
                    }}
                    {...invalid}
                />
            </label>
            <label>
                To (not included)
                <input
                    type="datetime-local"
                    value={to.value}
                    onInput={(event) => {
                        to.value = event.currentTarget.value;
                    }}
                    {...invalid}
                />
            </label>
            <p id="range-problem" class="problem" role="alert">
                {problem.value}
            </p>
            <button type="submit" class="action">
                Show range
            </button>
        </form>
    );
}

function RefreshChoice() {
    const { autoRefresh, refreshSeconds } = settings.value;
    const { least, most, step } = pageSettings.refresh;
    return (
        <fieldset>
            <legend>Refresh</legend>
            <label class="switch">
                <input
                    type="checkbox"
                    role="switch"
                    checked={autoRefresh}
                    aria-checked={autoRefresh}
                    onChange={(event) => choose({ autoRefresh: event.currentTarget.checked })}
                />
                <span>Auto-refresh</span>
            </label>
            <label class="slider">
                <span>
                    Every <output>{refreshSeconds} s</output>
                </span>
                <input
                    type="range"
                    aria-label="Refresh interval in seconds"
                    min={least}
                    max={most}
                    step={step}
                    value={refreshSeconds}
                    disabled={!autoRefresh}
                    onInput={(event) => choose({ refreshSeconds: event.currentTarget.valueAsNumber })}
                />
            </label>
            <button type="button" class="action" aria-disabled={loading.value} onClick={refresh}>
                Refresh now
            </button>
        </fieldset>
    );
}
