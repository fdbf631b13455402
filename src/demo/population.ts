// The demo's population: half a year of what some thousand people do, as Segment messages in the order in which they arrive; before it, the
// orders and deals of the year before, as shop and CRM would send them in, because packs look back that far. The same options give the same bytes on every machine. Each person is a story that is told one message ahead, so memory grows
// with the people, not with the messages. Who does what is in population-leads.ts, -shoppers.ts and -hero.ts; here is who there is,
// and what happens to messages on their way: a few arrive twice, late, or broken.

import { DAY_MS, HOUR_MS, LEISURE, MINUTE_MS, momentAfter, OFFICE, type Rhythm } from "./population-calendar.ts";
import { Heap, type Waiting } from "./population-heap.ts";
import { HERO, hero } from "./population-hero.ts";
import { lead, passerBy, pastAccount, regularStranger } from "./population-leads.ts";
import { Life, type Message, type Person, type Story } from "./population-life.ts";
import { pastShopper, shopper } from "./population-shoppers.ts";
import { Random } from "./random.ts";

/** Monday, 5 January 2026. */
export const DEMO_START_MS = 1_767_571_200_000;
export const DEMO_DAYS = 182;

export interface PopulationOptions {
  readonly seed: number;
  /** People. Some of them leave an anonymous id besides their own, so an engine sees about a tenth more contacts. */
  readonly contacts: number;
  readonly days: number;
  /** A midnight. Up to a year before it lie the orders and deals that are known of some people. */
  readonly startMs: number;
  /** Adds messages that are no events: broken JSON, no id, a forbidden id. */
  readonly garbage?: boolean;
  /** How many of each kind of people there are; relative to each other. */
  readonly mix?: Partial<Mix>;
}

export type PersonKind = "passerBy" | "stranger" | "lead" | "shopper" | "pastShopper" | "pastAccount";

/** `timeMs` is when it happened, as the message says; of all but late and repeated ones it is also when it arrives. */
export interface PopulationMessage {
  readonly timeMs: number;
  readonly json: string;
}

/** Of a thousand messages, so many arrive a second time, hours late, more than a month late, or were never an event. */
const PER_MILLE = { repeated: 4, late: 8, stale: 0.25, garbage: 0.6 } as const;
type Mix = Readonly<Record<PersonKind, number>>;
const DEFAULT_MIX: Mix = { passerBy: 30, stranger: 16, lead: 23, shopper: 24, pastShopper: 6, pastAccount: 3 };
/** The year before the demo, less a day: what is known of it is sent in first. */
const PAST_DAYS = 364;
/** Streams of the random numbers: 0 is nobody's, 2 is the post's, people have theirs from here on. */
const PEOPLE_STREAM = 1000;
/** Later than any log takes it (30 days by default): such an event is counted as late and not applied. */
const STALE_DAYS = 41;

export function* population(options: PopulationOptions): Generator<PopulationMessage, void, undefined> {
  const endMs = options.startMs + options.days * DAY_MS;
  const post = new Random(options.seed, 2);
  const waiting = new Heap();
  for (const arrival of arrivals(options)) {
    yield* delivered(waiting, arrival.atMs, post, options);
    follow(waiting, arrival.story, arrival.isCareful);
  }
  yield* delivered(waiting, endMs, post, options);
}

/** Everything that arrives before `untilMs`, and what comes of it. */
function* delivered(waiting: Heap, untilMs: number, post: Random, options: PopulationOptions): Generator<PopulationMessage, void, undefined> {
  while (waiting.size > 0 && waiting.firstMs < untilMs) {
    const taken = waiting.take();
    const { message, story, isCareful } = taken;
    if (story !== undefined) follow(waiting, story, isCareful);
    if (story !== undefined && !isCareful && goesAstray(waiting, taken, post)) continue;
    yield { timeMs: message.timeMs, json: message.json };
    if (options.garbage === true && post.chance(PER_MILLE.garbage / 1000)) yield { timeMs: message.timeMs, json: garbage(post, message) };
  }
}

/** True for a message that arrives only later. One that arrives now may come once more. */
function goesAstray(waiting: Heap, { arrivesMs, message }: Waiting, post: Random): boolean {
  const again = (laterMs: number): void => waiting.put({ arrivesMs: arrivesMs + Math.floor(laterMs), message, story: undefined, isCareful: true });
  if (post.chance(PER_MILLE.late / 1000)) {
    again(post.skewed(8) * HOUR_MS + 10 * MINUTE_MS);
    return true;
  }
  if (post.chance(PER_MILLE.stale / 1000)) {
    again(STALE_DAYS * DAY_MS);
    return true;
  }
  if (post.chance(PER_MILLE.repeated / 1000)) again(post.between(1000, 6 * HOUR_MS));
  return false;
}

function follow(waiting: Heap, story: Story, isCareful: boolean): void {
  const next = story.next();
  if (!next.done) waiting.put({ arrivesMs: next.value.timeMs, message: next.value, story, isCareful });
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
  /** Nothing of theirs goes astray: Ana's path is fixed, and what is known of the year before was exported, not sent by phones. */
  readonly isCareful: boolean;
}

/** Everybody, in the order of their first day: those from the year before, Ana, and the newcomers, thinning out towards the end. */
function* arrivals(options: PopulationOptions): Generator<Arrival, void, undefined> {
  const { contacts, days, startMs } = options;
  const mix = { ...DEFAULT_MIX, ...options.mix };
  const all = Object.values(mix).reduce((sum, share) => sum + share, 0);
  const past = Math.round((contacts * (mix.pastShopper + mix.pastAccount)) / all);
  const randomOf = (number: number) => new Random(options.seed, PEOPLE_STREAM + number);
  for (let n = 1; n <= past; n++) yield { atMs: Number.NEGATIVE_INFINITY, story: fromTheYearBefore(n, startMs, randomOf(n), mix), isCareful: true };
  const ana: Person = { number: 0, userId: HERO.id, anonymousId: undefined, messages: 0 };
  yield { atMs: startMs, story: hero(new Life(ana, startMs, OFFICE, randomOf(0)), startMs), isCareful: true };
  const newcomers = Math.max(0, contacts - past - 1);
  for (let i = 0; i < newcomers; i++) {
    const random = randomOf(past + 1 + i);
    const x = (i + random.next()) / newcomers;
    const atMs = startMs + Math.floor(days * DAY_MS * 0.96 * x * (0.55 + 0.45 * x));
    yield { atMs, story: newcomer(past + 1 + i, atMs, random, mix), isCareful: false };
  }
}

/** Told from some day of the last year on, never more than a year, which is how far the packs look back. */
function fromTheYearBefore(number: number, startMs: number, random: Random, mix: Mix): Story {
  const kind = random.weighted({ pastShopper: mix.pastShopper, pastAccount: mix.pastAccount });
  const person: Person = { number, userId: userName(number), anonymousId: undefined, messages: 0 };
  const begin = (daysAgo: number, rhythm: Rhythm): Life =>
    new Life(person, momentAfter(startMs - Math.floor(daysAgo) * DAY_MS, 0, rhythm, random), rhythm, random);
  if (kind === "pastAccount") return pastAccount(begin(random.between(180, PAST_DAYS), OFFICE), startMs);
  return pastShopper(begin(random.between(40, PAST_DAYS), LEISURE), startMs);
}

function newcomer(number: number, atMs: number, random: Random, mix: Mix): Story {
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
