import { BarChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "preact/hooks";
import type { ChartOption } from "./charts";
import { theme } from "./theme";
import type { Theme } from "./theme-colors";

use([BarChart, LineChart, PieChart, GridComponent, TooltipComponent, CanvasRenderer]);

/** What a {@link Chart} draws. */
export interface ChartProps {
    /** What it shows, in a sentence: what a screen reader says in its place. */
    readonly label: string;
    /** `low`, `middle` or `high`. */
    readonly height: "low" | "middle" | "high";
    readonly option: (theme: Theme) => ChartOption;
}

/** A chart; whoever uses it also shows its numbers as a table. */
export function Chart({ label, height, option }: ChartProps) {
    const place = useRef<HTMLDivElement>(null);
    const chart = useRef<EChartsType>(undefined);

    useEffect(() => {
        if (place.current === null) return undefined;
        const made = init(place.current);
        chart.current = made;
        const watcher = new ResizeObserver(() => made.resize());
        watcher.observe(place.current);
        return () => {
            watcher.disconnect();
            made.dispose();
        };
    }, []);
    const drawn = option(theme.value);
    useEffect(() => {
        chart.current?.setOption({ animation: theme.value.animation, animationDuration: 300, ...drawn }, true);
    }, [drawn]);

    return (
        <div class={`chart ${height}`} role="img" aria-label={label}>
            <div class="canvas" ref={place} />
        </div>
    );
}
