// One person's pen: where they are in time, and the Segment messages that they leave behind. A life is a generator of
// messages in time order; the lives themselves are in population-leads.ts, population-shoppers.ts and population-hero.ts.

import { DAY_MS, MINUTE_MS, momentAfter, type Rhythm } from "./population-calendar.ts";
import type { Random } from "./random.ts";

/** A message, and when the person did it; the JSON says the same. */
export interface Message {
  readonly timeMs: number;
  readonly json: string;
}

export type Story = Generator<Message, void, undefined>;

export type Properties = Readonly<Record<string, unknown>>;

/** Who it is. `userId` is undefined for people who never say who they are, `anonymousId` for those who are logged in from the start. */
export interface Person {
  readonly number: number;
  readonly userId: string | undefined;
  readonly anonymousId: string | undefined;
  /** Messages so far: makes message ids unique. */
  messages: number;
}

export class Life {
  now: number;
  readonly person: Person;
  readonly random: Random;
  readonly rhythm: Rhythm;
  /** False while messages carry the anonymous id alone: for ever, or until a person with both ids signs in. */
  known: boolean;

  constructor(person: Person, startMs: number, rhythm: Rhythm, random: Random, known = person.anonymousId === undefined) {
    this.person = person;
    this.now = startMs;
    this.rhythm = rhythm;
    this.random = random;
    this.known = known;
  }

  /** The same person from here on, doing two things side by side. */
  beside(): Life {
    return new Life(this.person, this.now, this.rhythm, this.random, this.known);
  }

  /** On to about so many days later, at an hour at which such people are up. */
  later(days: number): this {
    this.now = momentAfter(this.now, days, this.rhythm, this.random);
    return this;
  }

  /** On by some minutes, most often fewer than said. */
  soon(minutes = 3): this {
    this.now += Math.floor(this.random.skewed(minutes) * MINUTE_MS) + 1000;
    return this;
  }

  /** On to exactly `days` after `from`, and `minutes` more; never back. */
  at(from: number, days: number, minutes = 0): this {
    this.now = Math.max(this.now + 1000, Math.floor(from + days * DAY_MS + minutes * MINUTE_MS));
    return this;
  }

  page(path: string, context?: Properties): Message {
    return this.#write({ type: "page", name: pageName(path) }, { properties: { path, url: `https://www.example.com${path}` }, ...(context && { context }) });
  }

  track(event: string, properties: Properties = {}): Message {
    return this.#write({ type: "track", event }, { properties });
  }

  /** From here on messages carry the user id, if there is one. */
  signIn(): this {
    this.known = this.person.userId !== undefined;
    return this;
  }

  identify(traits: Properties): Message {
    this.signIn();
    return this.#write({ type: "identify" }, { traits });
  }

  group(groupId: string, traits: Properties): Message {
    return this.#write({ type: "group", groupId }, { traits });
  }

  #write(head: Properties, tail: Properties): Message {
    const { person } = this;
    const messageId = `m-${person.number.toString(36)}-${(person.messages++).toString(36)}`;
    const ids = { ...(this.known && { userId: person.userId }), ...(person.anonymousId !== undefined && { anonymousId: person.anonymousId }) };
    return { timeMs: this.now, json: JSON.stringify({ ...head, messageId, ...ids, timestamp: new Date(this.now).toISOString(), ...tail }) };
  }
}

/** Stories that go on at the same time, as one in time order; of equals, the one that stands first. */
export function* together(...stories: readonly Story[]): Story {
  let heads = stories.flatMap(headOf);
  for (;;) {
    const [first, ...others] = heads;
    if (first === undefined) return;
    const earliest = others.reduce((best, head) => (head.message.timeMs < best.message.timeMs ? head : best), first);
    yield earliest.message;
    heads = heads.flatMap((head) => (head === earliest ? headOf(head.story) : [head]));
  }
}

/** A story with its next message taken; nothing of one that has ended. */
function headOf(story: Story): { readonly message: Message; readonly story: Story }[] {
  const next = story.next();
  return next.done ? [] : [{ message: next.value, story }];
}

function pageName(path: string): string {
  const first = path.split("/")[1] ?? "";
  return first === "" ? "Home" : first.slice(0, 1).toUpperCase() + first.slice(1);
}
