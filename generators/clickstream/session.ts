import { EVENT_SHARES, type EventType } from "../../pipelines/product-analytics/contract";
import type { Random } from "../random";
import type { Product } from "./shop";

const CART_AFTER_VIEW = EVENT_SHARES.add_to_cart / EVENT_SHARES.product_view;
const PURCHASE_AFTER_CART = EVENT_SHARES.purchase / EVENT_SHARES.add_to_cart;
const PAGES_BEFORE_VIEW = EVENT_SHARES.page_view / EVENT_SHARES.product_view;
const MOST_EPISODES = 4;

/** The next thing that happens in a session. */
export interface Step {
    readonly type: EventType;
    readonly product: Product;
    /** Pieces put into the cart; 0 before. */
    readonly quantity: number;
    /** Nothing follows in this session. */
    readonly last: boolean;
}

/**
 * A visit: one to four episodes of interest in a product. Each looks at pages, then at the product, then perhaps puts
 * it into the cart, then perhaps buys what is in the cart. The chances are the quotients of the shares, so that the
 * stream as a whole has exactly the contract's shares while every funnel is one that a person could have walked.
 */
export class Session {
    private episodesLeft: number;
    private pagesLeft = 0;
    private next: EventType = "page_view";
    private product: Product;
    private quantity = 0;

    /** @param ranked products, the popular ones first. */
    constructor(
        private readonly random: Random,
        private readonly ranked: readonly Product[],
    ) {
        this.episodesLeft = 1 + random.below(MOST_EPISODES);
        this.product = this.beginEpisode();
    }

    /** Takes the next step; never call it after the last. */
    step(): Step {
        const { random, product } = this;
        const type = this.next;
        let over = false;
        switch (type) {
            case "page_view":
                this.pagesLeft--;
                if (this.pagesLeft === 0) this.next = "product_view";
                break;
            case "product_view":
                over = random.fraction() >= CART_AFTER_VIEW;
                if (!over) {
                    this.next = "add_to_cart";
                    this.quantity = 1 + random.below(5);
                }
                break;
            case "add_to_cart":
                over = random.fraction() >= PURCHASE_AFTER_CART;
                if (!over) this.next = "purchase";
                break;
            case "purchase":
                over = true;
        }
        const quantity = type === "add_to_cart" || type === "purchase" ? this.quantity : 0;
        if (over) {
            this.episodesLeft--;
            if (this.episodesLeft > 0) this.product = this.beginEpisode();
        }
        return { type, product, quantity, last: this.episodesLeft === 0 };
    }

    private beginEpisode(): Product {
        const { random, ranked } = this;
        const base = Math.floor(PAGES_BEFORE_VIEW);
        this.pagesLeft = base + (random.fraction() < PAGES_BEFORE_VIEW - base ? 1 : 0);
        this.next = "page_view";
        const chance = random.fraction();
        // The square favours the front: as in a real shop, a few products make most of the trade.
        return ranked[Math.floor(chance * chance * ranked.length)] as Product;
    }
}
