import { signal } from "@preact/signals";
import { type Theme, themeColors } from "./theme-colors";

const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** The theme that the viewer's system asks for. */
export const theme = signal(currentTheme());

for (const query of [dark, still]) {
    query.addEventListener("change", () => {
        theme.value = currentTheme();
    });
}

function currentTheme(): Theme {
    return themeColors(dark.matches, !still.matches);
}
