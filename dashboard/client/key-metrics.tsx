import { count, money, percent } from "./format";
import { views } from "./state";

/** The four figures that the rest of the page is about. */
export function KeyMetrics() {
    const { answer, loading, failure } = views.metrics.state.value;
    const data = answer?.data;
    const figures =
        data === undefined
            ? []
            : [
                  {
                      name: "Product views",
                      value: count(data.productViews),
                      note: `and ${count(data.pageViews)} page views`,
                  },
                  {
                      name: "Cart adds",
                      value: count(data.cartAdds),
                      note: `${percent(data.cartAdds, data.productViews)} of product views`,
                  },
                  {
                      name: "Purchases",
                      value: count(data.purchases),
                      note: `${percent(data.purchases, data.cartAdds)} of cart adds`,
                  },
                  {
                      name: "Revenue",
                      value: money(data.revenueCents),
                      note:
                          data.purchases === 0
                              ? "no purchase yet"
                              : `${money(Math.round(data.revenueCents / data.purchases))} a purchase`,
                  },
              ];
    return (
        <section aria-labelledby="key-title" aria-busy={loading} class={failure === undefined ? "key" : "key old"}>
            <h2 id="key-title" class="hidden">
                Key metrics
            </h2>
            {data === undefined ? (
                <p class={failure === undefined ? "empty" : "empty failed"}>
                    {failure === undefined ? "Loading" : "No numbers yet."}
                </p>
            ) : (
                <dl>
                    {figures.map(({ name, value, note }) => (
                        <div key={name}>
                            <dt>{name}</dt>
                            <dd class="value">{value}</dd>
                            <dd class="note">{note}</dd>
                        </div>
                    ))}
                </dl>
            )}
        </section>
    );
}
