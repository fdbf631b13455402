// The demo's population: half a year of what some thousand people do, as Segment messages in the order in which they arrive. The
// same options give the same bytes on every machine. Each person is a story that is told one message ahead, so memory grows
// with the people, not with the messages. Who does what is in population-leads.ts, -shoppers.ts and -hero.ts; here is who there is,
// and what happens to messages on their way: a few arrive twice, late, or broken.

import { DAY_MS, HOUR_MS, LEISURE, MINUTE_MS, momentAfter, OFFICE, type Rhythm } from "./population-calendar.ts";
import { Heap } from "./population-heap.ts";
import { HERO, hero } from "./population-hero.ts";
import { lead, passerBy, regularStranger } from "./population-leads.ts";
import { Life, type Message, type Person, type Story } from "./population-life.ts";
import { formerCustomer, shopper } from "./population-shoppers.ts";
import { Random } from "./random.ts";

/** Monday, 5 January 2026. */
export const DEMO_START_MS = 1_767_571_200_000;
export const DEMO_DAYS = 182;

export interface PopulationOptions {
  readonly seed: number;
  /** People. Some of them leave an anonymous id besides their own, so an engine sees about a tenth more contacts. */
  readonly contacts: number;
  readonly days: number;
  /** A midnight. */
  readonly startMs: number;
  /** Adds messages that are no events: broken JSON, no id, a forbidden id. */
  readonly garbage?: boolean;
  /** How many of each kind of people there are; relative to each other. */
  readonly mix?: Readonly<Partial<Record<PersonKind, number>>>;
}

export type PersonKind = "passerBy" | "stranger" | "lead" | "shopper" | "former";

/** `timeMs` is when it happened, as the message says; of all but the late ones it is also when it arrives. */
export interface PopulationMessage {
  readonly timeMs: number;
  readonly json: string;
}

/** Of a thousand messages, so many arrive a second time, hours late, more than a month late, or were never an event. */
const PER_MILLE = { repeated: 4, late: 8, stale: 0.25, garbage: 0.6 } as const;
const DEFAULT_MIX: Readonly<Record<PersonKind, number>> = { passerBy: 30, stranger: 16, lead: 23, shopper: 24, former: 7 };
/** Later than any log takes it (30 days by default): such an event is counted as late and not applied. */
const STALE_DAYS = 41;

export function* population(options: PopulationOptions): Generator<PopulationMessage, void, undefined> {
  const endMs = options.startMs + options.days * DAY_MS;
  const post = new Random(options.seed, 2);
  const waiting = new Heap();
  for (const arrival of arrivals(options)) {
    yield* delivered(waiting, arrival.atMs, post, options);
    follow(waiting, arrival.story);
  }
  yield* delivered(waiting, endMs, post, options);
}

/** Everything that arrives before `untilMs`, and what comes of it. */
function* delivered(waiting: Heap, untilMs: number, post: Random, options: PopulationOptions): Generator<PopulationMessage, void, undefined> {
  while (waiting.size > 0 && waiting.firstMs < untilMs) {
    const { arrivesMs, message, story } = waiting.take();
    if (story !== undefined) {
      follow(waiting, story);
      const delay = arrivesMs === message.timeMs ? delayOf(arrivesMs, post, options) : 0;
      if (delay > 0) {
        waiting.put({ arrivesMs: arrivesMs + delay, message, story: undefined });
        continue;
      }
      if (post.chance(PER_MILLE.repeated / 1000)) waiting.put({ arrivesMs: arrivesMs + post.between(1000, 6 * HOUR_MS), message, story: undefined });
    }
    yield { timeMs: message.timeMs, json: message.json };
    if (options.garbage === true && post.chance(PER_MILLE.garbage / 1000)) yield { timeMs: message.timeMs, json: garbage(post, message) };
  }
}

function delayOf(arrivesMs: number, post: Random, options: PopulationOptions): number {
  if (post.chance(PER_MILLE.late / 1000)) return Math.floor(post.skewed(8) * HOUR_MS + 10 * MINUTE_MS);
  // A phone that lay in a drawer: not in the first weeks, when such an event would be older than the log.
  if (arrivesMs - options.startMs > DAY_MS && post.chance(PER_MILLE.stale / 1000)) return STALE_DAYS * DAY_MS;
  return 0;
}

function follow(waiting: Heap, story: Story): void {
  const next = story.next();
  if (!next.done) waiting.put({ arrivesMs: next.value.arrivesMs ?? next.value.timeMs, message: next.value, story });
}

function garbage(post: Random, near: Message): string {
  const timestamp = new Date(near.timeMs).toISOString();
  const kind = post.weighted({ cut: 3, noId: 3, forbidden: 2, noEvent: 1 });
  if (kind === "cut") return near.json.slice(0, -Math.floor(near.json.length * post.between(0.2, 0.8)));
  if (kind === "noId") return JSON.stringify({ type: "page", name: "Home", timestamp, properties: { path: "/" } });
  if (kind === "forbidden")
    return JSON.stringify({ type: "track", event: "Product Viewed", userId: post.pick(["undefined", "null", "[object Object]"]), timestamp });
  return JSON.stringify({ heartbeat: true, timestamp });
}

interface Arrival {
  readonly atMs: number;
  readonly story: Story;
}

/** Everybody, in the order of their first day: those from before, Ana, and the newcomers, thinning out towards the end. */
function* arrivals(options: PopulationOptions): Generator<Arrival, void, undefined> {
  const { seed, contacts, days, startMs } = options;
  const mix = { ...DEFAULT_MIX, ...options.mix };
  const all = Object.values(mix).reduce((sum, share) => sum + share, 0);
  const former = Math.round((contacts * mix.former) / all);
  for (let n = 1; n <= former; n++) yield { atMs: startMs, story: formerStory(n, new Random(seed, 1000 + n), startMs) };
  yield {
    atMs: startMs,
    story: hero(new Life({ number: 0, userId: HERO.id, anonymousId: undefined, messages: 0 }, startMs, OFFICE, new Random(seed, 1)), startMs),
  };
  const newcomers = Math.max(0, contacts - former - 1);
  for (let i = 0; i < newcomers; i++) {
    const random = new Random(seed, 1000 + former + 1 + i);
    const x = (i + random.next()) / newcomers;
    const atMs = startMs + Math.floor(days * DAY_MS * 0.96 * x * (0.55 + 0.45 * x));
    yield { atMs, story: newcomer(former + 1 + i, atMs, random, mix) };
  }
}

/**
 * December's customers, whose orders are sent in on the first morning. Half of them bought on the days before St Nicholas, as
 * long ago as a log takes; those who never return are cold for a month before the half year ends.
 */
function formerStory(number: number, random: Random, startMs: number): Story {
  const daysAgo = random.chance(0.5) ? random.between(28.2, 29.2) : random.between(1, 28);
  const person: Person = { number, userId: userName(number), anonymousId: undefined, messages: 0 };
  const life = new Life(person, startMs + Math.floor(random.next() * 6 * HOUR_MS), LEISURE, random);
  return formerCustomer(life, startMs - Math.floor(daysAgo * DAY_MS));
}

function newcomer(number: number, atMs: number, random: Random, mix: Readonly<Record<PersonKind, number>>): Story {
  const kind = random.weighted({ passerBy: mix.passerBy, stranger: mix.stranger, lead: mix.lead, shopper: mix.shopper });
  const begin = (person: Person, rhythm: Rhythm) => new Life(person, momentAfter(atMs, 0, rhythm, random), rhythm, random);
  const stranger: Person = { number, userId: undefined, anonymousId: `anon-${digits(number)}`, messages: 0 };
  switch (kind) {
    case "passerBy":
      return passerBy(begin(stranger, random.chance(0.5) ? OFFICE : LEISURE));
    case "stranger":
      return regularStranger(begin(stranger, random.chance(0.5) ? OFFICE : LEISURE));
    case "lead":
      return lead(begin(named(number, random), OFFICE));
    case "shopper":
      return shopper(begin(random.chance(0.12) ? stranger : named(number, random), LEISURE));
  }
}

/** Somebody with a login; a quarter are seen under an anonymous id before they use it. */
function named(number: number, random: Random): Person {
  return { number, userId: userName(number), anonymousId: random.chance(0.25) ? `anon-${digits(number)}` : undefined, messages: 0 };
}

const userName = (number: number): string => `c_${digits(number)}`;
const digits = (number: number): string => String(number).padStart(5, "0");
