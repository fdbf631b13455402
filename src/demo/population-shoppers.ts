// People at home who buy in a shop: who buys once, who comes back, who leaves carts, who lapses, and who is won back by a
// mail; and those of whom the shop knows what they bought in the year before. Recency edges of `ecommerce-rfm` (40, 90 and 180 days) are where its mails go out, so that is when these people get them. The
// shares are ours, set so that every segment and trigger of that pack occurs within half a year, but for what somebody has to send for.

import { DAY_MS } from "./population-calendar.ts";
import { type Life, type Message, type Story, together } from "./population-life.ts";

/** What kind of buyer: size of a basket in EUR, days between orders, and how likely the next order is. */
const BUYERS = {
  once: { basket: 45, gapDays: 60, again: 0 },
  gift: { basket: 190, gapDays: 60, again: 0.15 },
  small: { basket: 22, gapDays: 13, again: 0.88 },
  steady: { basket: 58, gapDays: 30, again: 0.75 },
  big: { basket: 150, gapDays: 24, again: 0.86 },
  doubter: { basket: 40, gapDays: 35, again: 0.4 },
} as const;
const BUYER_SHARES = { once: 30, gift: 12, small: 14, steady: 19, big: 12, doubter: 13 } as const;
interface Buyer {
  readonly basket: number;
  readonly gapDays: number;
  readonly again: number;
}

const CATEGORIES = ["kitchen", "garden", "books", "toys", "outdoor", "lighting"] as const;
const FIRST_NAMES = [
  "Ada",
  "Bruno",
  "Carla",
  "David",
  "Edith",
  "Felix",
  "Greta",
  "Henri",
  "Irina",
  "Jakob",
  "Kira",
  "Leon",
  "Maya",
  "Nils",
  "Oana",
  "Paul",
] as const;

/** A shopper from the first look on. Guests who never log in stay anonymous. */
export function* shopper(life: Life): Story {
  const { random } = life;
  const buyer = BUYERS[random.weighted(BUYER_SHARES)];
  yield* browse(life);
  while (random.chance(0.45)) yield* browse(life.later(1 + random.skewed(5)));
  // Window shoppers never buy.
  if (random.chance(0.2)) return;
  yield* logIn(life.soon());
  yield* customer(life, buyer);
}

/**
 * Somebody of whom the shop knows last year's orders, and nothing else of that year. Half of them have gone quiet long before
 * the demo begins. From then on they are seen whole.
 */
export function* pastShopper(life: Life, startMs: number): Story {
  const { random } = life;
  const buyer = BUYERS[random.weighted(BUYER_SHARES)];
  const quietMs = random.chance(0.5) ? startMs - Math.floor(random.between(100, 330) * DAY_MS) : startMs;
  yield* logIn(life);
  let last = life.now;
  do {
    yield bought(life, fillBasket(life, buyer));
    last = life.now;
    life.at(last, buyer.gapDays * 0.5).later(random.skewed(buyer.gapDays));
  } while (life.now < quietMs && buyer.again > 0);
  life.now = Math.max(life.now, startMs);
  const goesOn = quietMs === startMs ? buyer : { ...buyer, again: 0 };
  yield* together(buying(life.beside(), goesOn, last), mails(life));
}

function* customer(life: Life, buyer: Buyer): Story {
  const orderedMs = yield* order(life.soon(10), buyer);
  yield* together(buying(life.beside(), buyer, orderedMs), mails(life));
}

/** Orders until it lapses; then nothing, or a mail that brings it back. */
function* buying(life: Life, buyer: Buyer, lastOrderMs: number): Story {
  const { random } = life;
  for (let last = lastOrderMs; ; last = yield* order(life.soon(10), buyer)) {
    if (!random.chance(buyer.again)) {
      if (!(yield* winBack(life, last))) return;
    } else {
      life.at(last, buyer.gapDays * 0.4).later(random.skewed(buyer.gapDays * 0.6));
      if (random.chance(0.25)) yield* browse(life.later(random.between(0, 2)));
      if (random.chance(0.3)) yield* cartLeft(life.later(random.between(0, 1)), buyer);
      yield* browse(life.later(random.between(0, 1)));
    }
  }
}

/** The mails that follow a lapse, at the edges of the recency bands. True if one of them is opened and makes the person look again. */
function* winBack(life: Life, lastOrderMs: number): Generator<Message, boolean, undefined> {
  const { random } = life;
  for (const [days, template, works] of [
    [40, "miss-you", 0.16],
    [90, "personal-picks", 0.16],
    [180, "why-you-chose-it", 0.1],
  ] as const) {
    if (lastOrderMs + days * DAY_MS < life.now) continue;
    const email = { email_id: `w-${life.person.number}-${life.person.messages}`, campaign: template };
    yield life.at(lastOrderMs, days, random.between(1, 5)).track("Email Delivered", email);
    if (!random.chance(works)) continue;
    yield life.soon(300).track("Email Opened", email);
    yield life.soon(2).track("Email Link Clicked", { ...email, link_tag: "offer" });
    yield* browse(life.soon());
    return true;
  }
  return false;
}

function* browse(life: Life): Story {
  const { random } = life;
  const category = random.pick(CATEGORIES);
  yield life.page(`/shop/${category}`);
  for (let n = random.int(1, 4); n > 0; n--) yield life.soon().track("Product Viewed", product(life, category, 0));
}

function* logIn(life: Life): Story {
  const { person, random } = life;
  if (person.userId === undefined) return;
  const first_name = random.pick(FIRST_NAMES);
  const traits = {
    first_name,
    email: `${first_name.toLowerCase()}.${person.number}@example.org`,
    locale: random.pick(["de-DE", "ro-RO", "en-GB"]),
    loyalty_tier: random.pick(["none", "none", "silver", "gold"]),
  };
  yield life.identify(traits);
}

/** Basket, checkout, order: within minutes. Some write a review or send something back. Returns when it was ordered. */
function* order(life: Life, buyer: Buyer): Generator<Message, number, undefined> {
  const { random } = life;
  const basket = fillBasket(life, buyer);
  yield* intoCart(life, basket);
  yield bought(life.soon(4), basket);
  const orderedMs = life.now;
  if (random.chance(0.2)) yield life.later(2 + random.skewed(3)).track("Product Reviewed", { rating: random.int(2, 5) });
  if (random.chance(0.06))
    yield life.later(1 + random.skewed(4)).track("Order Refunded", { order_id: basket.order_id, refund: basket.products[0].price, currency: "EUR" });
  return orderedMs;
}

function bought(life: Life, { order_id, checkout_id, value, products }: Basket): Message {
  return life.track("Order Completed", { order_id, checkout_id, currency: "EUR", revenue: value, products });
}

/** The same, but the last step never comes. */
function* cartLeft(life: Life, buyer: Buyer): Story {
  yield* browse(life);
  yield* intoCart(life.soon(6), fillBasket(life, buyer));
  life.later(life.random.between(0.5, 4));
}

interface Basket {
  readonly order_id: string;
  readonly checkout_id: string;
  readonly value: number;
  readonly products: readonly [Product, ...Product[]];
}

/** A type and not an interface, so that it can stand as properties. */
type Product = { readonly sku: string; readonly category: string; readonly price: number };

function* intoCart(life: Life, { checkout_id, value, products }: Basket): Story {
  for (const item of products) yield life.soon().track("Product Added", { ...item, cart_id: checkout_id });
  const checkout_url = `https://shop.example.com/checkout/${checkout_id}`;
  yield life.soon(5).track("Checkout Started", { checkout_id, value, currency: "EUR", products, checkout_url });
}

function fillBasket(life: Life, buyer: Buyer): Basket {
  const { random, person } = life;
  const category = random.pick(CATEGORIES);
  const total = buyer.basket * random.between(0.6, 1.4);
  const pieces = random.int(1, 3);
  const piece = (): Product => product(life, category, cents(total / pieces));
  const products: [Product, ...Product[]] = [piece()];
  while (products.length < pieces) products.push(piece());
  const number = `${person.number}-${person.messages}`;
  return { order_id: `ord-${number}`, checkout_id: `chk-${number}`, value: cents(products.reduce((sum, { price }) => sum + price, 0)), products };
}

function product(life: Life, category: string, price: number): Product {
  return { sku: `${category.slice(0, 2)}-${life.random.int(100, 399)}`, category, price: price > 0 ? price : cents(life.random.between(5, 120)) };
}

/** The shop's weekly mail to those who left an address. */
function* mails(life: Life): Story {
  const { random } = life;
  if (life.person.userId === undefined) return;
  const opens = random.between(0.05, 0.5);
  for (let n = 0; n < 27; n++) {
    const email = { email_id: `s-${life.person.number}-${n}`, campaign: "weekly" };
    yield life.later(6 + random.next()).track("Email Delivered", email);
    if (random.chance(opens)) yield life.soon(200).track("Email Opened", email);
  }
}

const cents = (amount: number): number => Math.round(amount * 100) / 100;
