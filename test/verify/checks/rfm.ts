// RFM and customer value against numbers that others have published: the orders of R's package rfm, the CDNOW sample of the
// BG/NBD paper, and Online Retail's half a million lines, whose dead letters must add up. What is expected is worked out here from the
// data's own lines, by sorting and by the formulas as they are printed; the engine's own functions are what is asked.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { TimedMessage } from "../../../bench/data/segment-lines.ts";
import type { RfmView } from "../../../src/model/status.ts";
import { type BgNbd, expectedPurchases } from "../../../src/packs/value-model.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { tidemarkJson } from "../command.ts";
import { packFile, write } from "../live-run.ts";
import { combinations, lines, mustBeEqual, type Replayed, replay } from "../replays.ts";
import { CDNOW_END, cdnowOrders, contactsOf, ENV, ORDERS_UNTIL, type Order, prepared, rfmOrders, source, type Worth } from "../rfm-data.ts";

const DAY_MS = 86_400_000;

export const rfmChecks: readonly Check[] = [
  { name: "rfm-orders", about: "cut points and codes of all 995 customers are those of R's package rfm, whatever workers and batches", run: onOrders },
  {
    name: "rfm-cdnow",
    about: "history, P(alive), purchases and spend of the CDNOW sample, and its parameters by maximum likelihood, as published",
    run: onCdnow,
  },
  { name: "rfm-online-retail", about: "541,909 lines with cancellations go through, and what is dead adds up", run: onRetail },
];

// R's package rfm

/** days, orders, amount, code: as the package prints them. */
const PRINTED: Readonly<Record<string, readonly [number, number, number, number]>> = {
  "Abbey O'Reilly": [205, 6, 472, 343],
  "Add Senger": [140, 3, 340, 412],
  "Aden Lesch": [194, 4, 405, 323],
  "Aden Murphy": [98, 7, 596, 544],
  "Admiral Senger": [132, 5, 448, 433],
  "Agness O'Keefe": [90, 9, 843, 555],
};
export const PUBLISHED_CUTS = { r: [115, 181, 297.4, 482], f: [4, 5, 6, 8], m: [255.8, 382, 506.4, 666] } as const;

async function onOrders(bench: Bench): Promise<void> {
  const orders = rfmOrders();
  const events = prepared(bench, "orders", orders);
  const runs: Replayed[] = [];
  for (const { workers, batch } of combinations(bench))
    runs.push(
      await replay(bench, `w${workers}-b${batch}`, {
        events: events.file,
        packs: [packFile("rfm-orders.yaml")],
        until: ORDERS_UNTIL,
        workers,
        batch,
        env: ENV,
      }),
    );
  for (const run of runs.slice(1)) mustBeEqual(runs[0] as Replayed, run);
  const { rfm } = (runs[0] as Replayed).summary as { rfm: RfmView["packs"] };
  mustHaveCuts(rfm["rfm-orders"], PUBLISHED_CUTS);
  const expected = batchOf(orders, Date.parse(ORDERS_UNTIL) / DAY_MS);
  const contacts = contactsOf(runs[0] as Replayed);
  must(contacts.length === 995, `${contacts.length} customers instead of 995`);
  for (const { contact, packs } of contacts) {
    const got = packs["rfm-orders"]?.rfm;
    const want = expected.get(contact.id);
    const [days, count, amount, code] = PRINTED[contact.id] ?? [want?.days, want?.count, want?.amount, want?.code];
    const same = got?.recencyDays === days && got?.frequency === count && got?.monetary === amount && got?.rfm === code && want?.code === code;
    must(same, `${contact.id}: ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`);
  }
  bench.say(`995 customers, ${orders.length} orders, ${runs.length} replays with the same bytes`);
}

/** To a billionth, because what is published is rounded. */
export function mustHaveCuts(of: RfmView["packs"][string] | undefined, expected: Readonly<Record<string, readonly number[]>>): void {
  for (const [axis, bounds] of Object.entries(expected))
    mustBe(`cut points of ${axis}`, (of?.cuts.bounds[axis] ?? []).map((bound) => Math.round(bound * 1e9) / 1e9).join(" / "), bounds.join(" / "));
}

/** From scratch: sums, then bins by the published cut points. */
function batchOf(orders: readonly Order[], today: number): Map<string, { days: number; count: number; amount: number; code: number }> {
  const sums = new Map<string, { last: number; count: number; amount: number }>();
  for (const { customer, day, amount } of orders) {
    const sum = sums.get(customer) ?? { last: 0, count: 0, amount: 0 };
    sums.set(customer, { last: Math.max(sum.last, Date.parse(day) / DAY_MS), count: sum.count + 1, amount: sum.amount + amount });
  }
  const passed = (bounds: readonly number[], value: number) => bounds.filter((bound) => bound <= value).length;
  return new Map(
    [...sums].map(([customer, { last, count, amount }]) => {
      const days = today - last;
      const code = 100 * (5 - passed(PUBLISHED_CUTS.r, days)) + 10 * (1 + passed(PUBLISHED_CUTS.f, count)) + 1 + passed(PUBLISHED_CUTS.m, amount);
      return [customer, { days, count, amount, code }];
    }),
  );
}

// CDNOW

/** frequency, recency, T, monetary as published, to its digits; expected spend, of which the digits behind are cut off. */
const FIRST_SIX: readonly (readonly [string, string, string, string, string])[] = [
  ["2", "30.43", "38.86", "22.35", "24.65"],
  ["1", "1.71", "38.86", "11.77", "18.91"],
  ["0", "0.00", "38.86", "0.00", "35.17"],
  ["0", "0.00", "38.86", "0.00", "35.17"],
  ["0", "0.00", "38.86", "0.00", "35.17"],
  ["7", "29.43", "38.86", "73.74", "71.46"],
];
/** E[X(t)] of a new customer. */
const EXPECTED_OF_NEW: readonly (readonly [number, string])[] = [
  [0.1429, "0.0078"],
  [1, "0.0532"],
  [3, "0.1506"],
  [31.8571, "1.0405"],
  [32, "1.0437"],
  [78, "1.8576"],
];
/** At 78 weeks the published figure is that of the series cut off here: 1.857614. The whole series gives 1.857954. */
const TERMS_PUBLISHED = 150;
const PUBLISHED = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, logLikelihood: -9582.4, p: 6.25, q: 3.74, gamma: 15.44 } as const;

async function onCdnow(bench: Bench): Promise<void> {
  const orders = cdnowOrders();
  const events = prepared(bench, "cdnow-sample", orders);
  const until = `${CDNOW_END}T00:00:00.000Z`;
  const pack = packFile("rfm-cdnow.yaml");
  const replayed = await replay(bench, "cdnow", { events: events.file, packs: [pack], until, env: ENV });
  const worth = new Map(contactsOf(replayed).map(({ contact, packs }) => [contact.id, packs["rfm-cdnow"]?.value as Worth]));
  must(worth.size === 2357, `${worth.size} customers instead of 2,357`);
  const fitted = await tidemarkJson(["fit", events.file, "--pack", pack, "--until", until], { env: ENV });
  mustBeFitted(fitted, "from events");
  mustBeFitted(await tidemarkJson(["fit", replayed.contacts], { env: ENV }), "from contacts");
  const model = (fitted as { bgNbd: { parameters: BgNbd } }).bgNbd.parameters;
  for (const [customer, history] of historiesOf(orders, Date.parse(CDNOW_END) / DAY_MS)) mustHaveWorth(customer, worth.get(customer), history);
  mustBeAsPublished(worth, model);
  bench.say(`${orders.length} purchases of 2,357 customers: history, P(alive), purchases and spend of all; parameters to three decimals`);
}

function mustBeAsPublished(worth: ReadonlyMap<string, Worth>, model: BgNbd): void {
  for (const [index, [frequency, recency, age, monetary, spend]] of FIRST_SIX.entries()) {
    const of = worth.get(`000${index + 1}`) as Worth;
    const { frequency: x, recency: tx, age: T, monetary: m } = of;
    mustBe(`customer ${index + 1}`, [String(x), rounded(tx, 2), rounded(T, 2), rounded(m, 2)].join(" "), [frequency, recency, age, monetary].join(" "));
    mustBe(`spend of customer ${index + 1}`, String(Math.floor(of.spend * 100) / 100), spend);
  }
  mustBe("purchases of customer 1 in 39 weeks", rounded(worth.get("0001")?.purchases, 3), "1.226");
  mustBe("P(alive) of customer 1516", rounded(worth.get("1516")?.alive, 4), "0.9689");
  mustBe(
    "purchases of customer 1516 in 52 weeks",
    rounded(expectedPurchases(model, { frequency: 26, recency: 216 / 7, age: 31, monetary: 0 }, 52), 2),
    "25.76",
  );
  for (const [t, published] of EXPECTED_OF_NEW) {
    const ours = expectedPurchases(model, { frequency: 0, recency: 0, age: 0, monetary: 0 }, t);
    mustBeNear(`E[X(${t})]`, ours, expectedOfNew(model, t, Number.POSITIVE_INFINITY), 1e-9);
    mustBe(`E[X(${t})] as published`, rounded(t === 78 ? expectedOfNew(model, t, TERMS_PUBLISHED) : ours, 4), published);
  }
}

/** What the pack's parameters make of a history, by the formulas as they are printed: powers and plain series, nothing of the engine's. */
function mustHaveWorth(customer: string, worth: Worth | undefined, history: Pick<Worth, "frequency" | "recency" | "age" | "monetary">): void {
  const { bgNbd, gammaGamma, weeks } = PACK_PARAMETERS;
  const { frequency: x, recency, age, monetary } = history;
  const against = x === 0 ? 0 : (bgNbd.a / (bgNbd.b + x - 1)) * ((bgNbd.alpha + age) / (bgNbd.alpha + recency)) ** (bgNbd.r + x);
  const z = weeks / (bgNbd.alpha + age + weeks);
  const series = plainSeries(bgNbd.r + x, bgNbd.b + x, bgNbd.a + bgNbd.b + x - 1, z, Number.POSITIVE_INFINITY);
  const ahead = ((bgNbd.alpha + age) / (bgNbd.alpha + age + weeks)) ** (bgNbd.r + x);
  const expected = {
    ...history,
    alive: 1 / (1 + against),
    purchases: (((bgNbd.a + bgNbd.b + x - 1) / (bgNbd.a - 1)) * (1 - ahead * series)) / (1 + against),
    spend: (gammaGamma.p * (gammaGamma.gamma + x * monetary)) / (gammaGamma.p * x + gammaGamma.q - 1),
  };
  for (const name of Object.keys(expected) as (keyof Worth)[]) mustBeNear(`${name} of ${customer}`, worth?.[name], expected[name], 0.00006);
}

/** As in test/verify/packs/rfm-cdnow.yaml. */
const PACK_PARAMETERS = {
  bgNbd: { r: 0.242595, alpha: 4.4136, a: 0.792922, b: 2.42591 },
  gammaGamma: { p: 6.24957, q: 3.74422, gamma: 15.4435 },
  weeks: 39,
} as const;

/** Equation 9 of the paper. */
function expectedOfNew({ r, alpha, a, b }: BgNbd, t: number, terms: number): number {
  return ((a + b - 1) / (a - 1)) * (1 - (alpha / (alpha + t)) ** r * plainSeries(r, b, a + b - 1, t / (alpha + t), terms));
}

/** 2F1 by its series, so many terms of it. */
function plainSeries(a: number, b: number, c: number, z: number, terms: number): number {
  let sum = 1;
  let term = 1;
  for (let j = 1; j <= terms && Math.abs(term) > 1e-17 * Math.abs(sum); j++) {
    term *= (((a + j - 1) * (b + j - 1)) / ((c + j - 1) * j)) * z;
    sum += term;
  }
  return sum;
}

function mustBeFitted(found: Record<string, unknown>, how: string): void {
  const { bgNbd, gammaGamma } = found as { bgNbd: Estimate; gammaGamma: Estimate };
  must(bgNbd.converged && gammaGamma.converged, `${how}: not converged`);
  for (const name of ["r", "alpha", "a", "b"] as const) mustBeNear(`${name} ${how}`, bgNbd.parameters[name], PUBLISHED[name], 0.0006);
  for (const name of ["p", "q", "gamma"] as const) mustBeNear(`${name} ${how}`, gammaGamma.parameters[name], PUBLISHED[name], 0.006);
  mustBeNear(`log-likelihood ${how}`, bgNbd.logLikelihood, PUBLISHED.logLikelihood, 0.05);
}

interface Estimate {
  readonly parameters: Readonly<Record<string, number>>;
  readonly logLikelihood: number;
  readonly converged: boolean;
}

const rounded = (value: number | undefined, digits: number): string =>
  value === undefined ? "missing" : (Math.round(value * 10 ** digits) / 10 ** digits).toFixed(digits);

function mustBe(what: string, got: string | undefined, want: string): void {
  must(got === want, `${what}: ${got}, published ${want}`);
}

function mustBeNear(what: string, got: number | undefined, want: number, within: number): void {
  must(got !== undefined && Math.abs(got - want) <= within, `${what} is ${got}, expected ${want}`);
}

function historiesOf(orders: readonly Order[], today: number): Map<string, Pick<Worth, "frequency" | "recency" | "age" | "monetary">> {
  const days = new Map<string, Map<number, number>>();
  for (const { customer, day, amount } of orders) {
    const at = Date.parse(day) / DAY_MS;
    const of = days.get(customer) ?? new Map<number, number>();
    days.set(customer, of.set(at, (of.get(at) ?? 0) + amount));
  }
  return new Map(
    [...days].map(([customer, of]) => {
      const [first, ...later] = [...of].sort(([a], [b]) => a - b) as [[number, number], ...[number, number][]];
      const recency = ((later.at(-1)?.[0] ?? first[0]) - first[0]) / 7;
      const monetary = later.length === 0 ? 0 : later.reduce((sum, [, amount]) => sum + amount, 0) / later.length;
      return [customer, { frequency: later.length, recency, age: (today - first[0]) / 7, monetary }];
    }),
  );
}

// Online Retail

async function onRetail(bench: Bench): Promise<void> {
  const rows = gunzipSync(readFileSync(source("online_retail/online_retail.csv.gz")))
    .toString("latin1")
    .split(/\r?\n/)
    .slice(1)
    .flatMap(retailOf);
  must(rows.length === 541_909, `${rows.length} lines instead of 541,909`);
  const messages = rows.map(({ timeMs, json }) => ({ timeMs, json })).sort((a, b) => a.timeMs - b.timeMs);
  const prepared = write(bench, "retail.ndjson", messages);
  const summary = await tidemarkJson(["replay", prepared.file, "--pack", packFile("rfm-retail.yaml"), "--contacts", bench.file("contacts")], {
    env: { ...ENV, TIDEMARK_LOG_LEVEL: "warn" },
  });
  const { events, outcomes, deadByReason } = summary as { events: number; outcomes: Record<string, number>; deadByReason: Record<string, number> };
  const nobody = rows.filter(({ customer }) => customer === "").length;
  must(events === rows.length, `${events} events of ${rows.length} lines`);
  must(Object.values(outcomes).reduce((sum, count) => sum + count, 0) === events, `the outcomes do not add up: ${JSON.stringify(outcomes)}`);
  must(deadByReason["no_id"] === nobody && outcomes["deadLetter"] === nobody, `${nobody} lines have no customer, dead are ${JSON.stringify(deadByReason)}`);
  const customers = new Set(rows.filter(({ customer }) => customer !== "").map(({ customer }) => customer)).size;
  must(lines(bench.file("contacts")).length === customers, `${lines(bench.file("contacts")).length} contacts of ${customers} customers`);
  bench.say(
    `${events} lines: ${outcomes["applied"]} applied, ${nobody} dead for want of a customer; ${customers} customers; ${JSON.stringify((summary as { dropped: unknown }).dropped)}`,
  );
}

interface RetailLine extends TimedMessage {
  readonly customer: string;
}

/** InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country. */
function retailOf(line: string, index: number): RetailLine[] {
  const cells = cellsOf(line);
  const [invoice = "", , , quantity = "", date = "", price = "", customerId = ""] = cells;
  if (cells.length < 8) return [];
  const customer = customerId.replace(/\.0$/, "");
  const timeMs = Date.parse(date);
  const cancelled = invoice.startsWith("C");
  const revenue = Math.abs(Number(quantity)) * Number(price);
  const json = JSON.stringify({
    messageId: `l${index}`,
    type: "track",
    event: cancelled ? "Order Cancelled" : "Order Completed",
    ...(customer === "" ? {} : { userId: customer }),
    timestamp: new Date(timeMs).toISOString(),
    properties: { order_id: invoice.replace(/^C/, ""), revenue, currency: "GBP" },
  });
  return [{ timeMs, json, customer }];
}

const cellsOf = (line: string): string[] => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((cell) => cell[1] ?? cell[2] ?? "");
