/** Colours of charts; those of the page are in style.css. */
export interface Theme {
    readonly ink: string;
    readonly muted: string;
    readonly line: string;
    readonly card: string;
    readonly accent: string;
    readonly quiet: string;
    readonly categories: readonly string[];
    readonly animation: boolean;
}

// Okabe and Ito's palette for all kinds of colour vision, darkened or lightened to 3:1 on the page's cards.
const LIGHT = ["#2f6fb7", "#c2571a", "#0f8a68", "#a8467f", "#8a6d00", "#4b8fb0", "#6b6f76"];
const DARK = ["#6fb1f0", "#f0955b", "#45c7a0", "#e08fc2", "#e3c14d", "#8fd3f0", "#a9b0ba"];

/** The colours for a bright or a dark screen. */
export function themeColors(dark: boolean, animation: boolean): Theme {
    return dark
        ? {
              ...{ ink: "#e7ebf1", muted: "#a3adba", line: "#2e3846", card: "#1a212b", accent: "#7fb0f5" },
              ...{ quiet: "#4a586b", categories: DARK, animation },
          }
        : {
              ...{ ink: "#1c2633", muted: "#566273", line: "#e3e7ed", card: "#ffffff", accent: "#2f5fb3" },
              ...{ quiet: "#b9c4d3", categories: LIGHT, animation },
          };
}
