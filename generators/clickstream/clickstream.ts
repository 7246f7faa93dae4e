import type { RawEvent } from "../../pipelines/product-analytics/contract";
import { murmur2 } from "../partition";
import { type Random, randomOf } from "../random";
import type { Clock, Made, Message, Source } from "../source";
import { FAULTLESS, type FaultRates, Faults } from "./faults";
import { Session, type Step } from "./session";
import { catalogue, type Product, type User, userAt, type Words } from "./shop";
import { ClickstreamTally, SessionTally } from "./tally";

/** What a clickstream run is a function of, beside its clock. */
export interface ClickstreamArgs {
    readonly run: string;
    readonly seed: number;
    /** Distinct users. */
    readonly users: number;
    /** Sessions that are open at the same time. */
    readonly openSessions: number;
    /** @default none */
    readonly faults?: FaultRates;
    readonly clock: Clock;
    readonly words: Words;
}

interface Visit {
    readonly user: User;
    readonly userIndex: number;
    readonly keyHash: number;
    readonly sessionId: string;
    readonly session: Session;
    readonly tally: SessionTally;
}

const SITE = "https://shop.example";
const PAGES = ["/", "/deals", "/new", "/search", "/help/shipping", "/account"] as const;
const REFERRERS = [
    "https://search.example/",
    "https://social.example/feed",
    "https://news.example/today",
    "https://mail.example/inbox",
    `${SITE}/`,
    `${SITE}/deals`,
] as const;
const NO_REFERRER = 0.3;
// A session has 8.3 events on average. Opening somewhat more often than that lets a short run have the shares of a long
// one: were all sessions opened first, it would consist of first pages only.
const OPENING_CHANCE = 0.2;

/** How many sessions are open at a rate: a visitor does something about every fifteen seconds. */
export function openSessionsAt(perSecond: number, users: number): number {
    const wanted = perSecond === 0 ? 1_000 : Math.round(perSecond * 15);
    return Math.min(users, Math.max(5, Math.min(wanted, 20_000)));
}

/** Visitors of a web shop: many sessions side by side, each a walk from pages to purchase. */
export class Clickstream implements Source {
    private readonly random: Random;
    private readonly ranked: readonly Product[];
    private readonly visits: Visit[] = [];
    private readonly idle: Int32Array;
    private idleCount: number;
    private sequence = 0;
    private time: number;
    private readonly tally: ClickstreamTally;
    private readonly faults: Faults;

    constructor(private readonly args: ClickstreamArgs) {
        const seed = `${args.seed}/run/${args.run}`;
        this.random = randomOf(seed);
        this.faults = new Faults(seed, args.faults ?? FAULTLESS);
        const products = catalogue(args.seed, args.words);
        this.ranked = shuffled(products, randomOf(`${args.seed}/popularity`));
        this.tally = new ClickstreamTally(products, args.users);
        this.idle = Int32Array.from({ length: args.users }, (_, index) => index);
        this.idleCount = args.users;
        this.time = args.clock.start;
    }

    /** Name of the run. */
    get run(): string {
        return this.args.run;
    }

    make(partitions: number, to: Message[]): void {
        this.next(partitions, to);
    }

    made(): Made {
        return this.tally.made(this.sequence, this.time);
    }

    /** The next event; what is sent of it is added to the messages. */
    next(partitions: number, to: Message[]): RawEvent {
        const { faults, tally } = this;
        const place = this.place();
        const visit = this.visits[place] as Visit;
        const step = visit.session.step();
        if (step.last) this.leave(place);
        const event = this.eventOf(visit, step, faults.lateness());
        const partition = (visit.keyHash & 0x7fff_ffff) % partitions;
        const message = { key: visit.user.user_id, value: JSON.stringify(event), partition };
        to.push(message);
        const { product, last } = step;
        tally.count({
            event,
            product: product.index,
            user: visit.userIndex,
            session: visit.tally,
            last,
            now: this.time,
        });
        if (faults.isDuplicated()) {
            to.push(message);
            tally.countDuplicate(event);
        }
        const malformed = faults.malformed(event);
        if (malformed !== undefined) {
            to.push({ key: malformed.key, value: malformed.value, partition });
            tally.countMalformed(malformed.kind);
        }
        return event;
    }

    /** Where the next event comes from: a random open session, or a new one. */
    private place(): number {
        const { visits, random } = this;
        const opens = visits.length < this.args.openSessions && random.fraction() < OPENING_CHANCE;
        if (visits.length > 0 && !opens) return random.below(visits.length);
        this.tally.add("sessions", 1);
        return visits.push(this.enter()) - 1;
    }

    private enter(): Visit {
        const at = this.random.below(this.idleCount);
        const userIndex = this.idle[at] as number;
        this.idleCount--;
        this.idle[at] = this.idle[this.idleCount] as number;
        const user = userAt(this.args.seed, userIndex, this.args.words);
        return {
            user,
            userIndex,
            keyHash: murmur2(Buffer.from(user.user_id)),
            sessionId: this.random.uuid(),
            session: new Session(this.random, this.ranked),
            tally: new SessionTally(),
        };
    }

    private leave(place: number): void {
        const left = this.visits[place] as Visit;
        const last = this.visits.pop() as Visit;
        if (place < this.visits.length) this.visits[place] = last;
        this.idle[this.idleCount] = left.userIndex;
        this.idleCount++;
    }

    private eventOf({ user, sessionId }: Visit, { type, product, quantity }: Step, lateness: number): RawEvent {
        this.sequence++;
        this.time = this.args.clock.at(this.sequence);
        const { random } = this;
        const common = {
            event_id: random.uuid(),
            run_id: this.args.run,
            sequence: this.sequence,
            ...user,
            session_id: sessionId,
            event_timestamp: this.time - lateness,
            produced_at: this.time,
        };
        if (type === "page_view") {
            return {
                ...common,
                event_type: type,
                page_url: pageOf(product, random),
                referrer_url: random.fraction() < NO_REFERRER ? null : random.pick(REFERRERS),
                time_spent: (500 + random.below(29_501)) / 100,
            };
        }
        const shown = {
            product_id: product.id,
            product_name: product.name,
            product_category: product.category,
            price: product.priceCents / 100,
        };
        if (type === "product_view") return { ...common, event_type: type, ...shown };
        if (type === "add_to_cart") return { ...common, event_type: type, ...shown, quantity };
        const cents = product.priceCents * quantity;
        return {
            ...common,
            event_type: type,
            ...shown,
            quantity,
            order_id: random.uuid(),
            total_amount: cents / 100,
            total_amount_cents: cents,
        };
    }
}

function pageOf({ category }: Product, random: Random): string {
    // Half of the pages are the shelf on which the product of the episode stands.
    if (random.fraction() < 0.5) return SITE + random.pick(PAGES);
    return `${SITE}/category/${category.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
}

function shuffled<T>(values: readonly T[], random: Random): readonly T[] {
    const result = [...values];
    for (let index = result.length - 1; index > 0; index--) {
        const other = random.below(index + 1);
        [result[index], result[other]] = [result[other] as T, result[index] as T];
    }
    return result;
}
