import type { ProductRow, ProductScope } from "../api";
import { Chart } from "./chart";
import { categoryColor, TOP, topProductsChart } from "./charts";
import { count, money, percent } from "./format";
import { type Column, DataTable, Panel } from "./panel";
import { choose, pageSettings, settings, views } from "./state";
import { theme } from "./theme";

const SCOPES: Readonly<Record<ProductScope, string>> = { range: "In the range", all: "All time" };

const ratio = (part: number, whole: number): number => (whole === 0 ? -1 : part / whole);

const COLUMNS: readonly Column<ProductRow>[] = [
    { title: "Product", cell: ({ name }) => name, sort: ({ name }) => name },
    { title: "Category", cell: ({ category }) => <Category name={category} />, sort: ({ category }) => category },
    { title: "Views", number: true, cell: ({ views: seen }) => count(seen), sort: ({ views: seen }) => seen },
    { title: "Cart adds", number: true, cell: ({ cartAdds }) => count(cartAdds), sort: ({ cartAdds }) => cartAdds },
    {
        title: "Purchases",
        number: true,
        cell: ({ purchases }) => count(purchases),
        sort: ({ purchases }) => purchases,
    },
    {
        title: "Revenue",
        number: true,
        cell: ({ revenueCents }) => money(revenueCents),
        sort: ({ revenueCents }) => revenueCents,
    },
    {
        title: "View → cart",
        number: true,
        cell: ({ views: seen, cartAdds }) => percent(cartAdds, seen),
        sort: ({ views: seen, cartAdds }) => ratio(cartAdds, seen),
    },
    {
        title: "Cart → purchase",
        number: true,
        cell: ({ cartAdds, purchases }) => percent(purchases, cartAdds),
        sort: ({ cartAdds, purchases }) => ratio(purchases, cartAdds),
    },
];
const BY_REVENUE = { column: 5, descending: true } as const;

/** A category with its colour. */
export function Category({ name }: { name: string }) {
    return (
        <span class="category">
            <span
                class="dot"
                aria-hidden="true"
                style={{ background: categoryColor(theme.value, pageSettings.categories, name) }}
            />
            {name}
        </span>
    );
}

/** What happened to each product. */
export function ProductsTab() {
    const { scope } = settings.value;
    const note =
        scope === "range"
            ? "Events of the chosen range, counted from raw events."
            : "All events ever, as Flink keeps them by product; the chosen range does not matter.";
    const common = {
        view: views.products,
        empty: ({ products }: { products: readonly ProductRow[] }) => products.length === 0,
        nothing: "Nothing happened to any product.",
    };
    return (
        <>
            <fieldset class="scope">
                <legend class="hidden">Which events count</legend>
                {(["range", "all"] as const).map((name) => (
                    <label key={name} class="choice">
                        <input
                            type="radio"
                            name="scope"
                            value={name}
                            checked={scope === name}
                            onChange={() => choose({ scope: name })}
                        />
                        <span>{SCOPES[name]}</span>
                    </label>
                ))}
            </fieldset>
            <Panel {...common} id="top" title={`Top ${TOP} products by revenue`} note={note}>
                {({ products }) => (
                    <>
                        <ul class="legend" aria-label="Colours of the categories">
                            {pageSettings.categories.map((name) => (
                                <li key={name}>
                                    <Category name={name} />
                                </li>
                            ))}
                        </ul>
                        <Chart
                            height="high"
                            label={`Bars of the ${Math.min(TOP, products.length)} products with most revenue; the table below has their numbers`}
                            option={(colors) => topProductsChart(colors, products, pageSettings.categories)}
                        />
                    </>
                )}
            </Panel>
            <Panel {...common} id="products" title="Products" note={note}>
                {({ products, cut }) => (
                    <>
                        {cut && (
                            <p class="note">
                                These are the {count(products.length)} products with most revenue; there are more.
                            </p>
                        )}
                        <DataTable
                            label="Products"
                            columns={COLUMNS}
                            rows={products}
                            rowKey={({ id, name, category }) => `${id} ${name} ${category}`}
                            sorted={BY_REVENUE}
                        />
                    </>
                )}
            </Panel>
        </>
    );
}
