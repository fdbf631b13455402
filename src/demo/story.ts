// What the demo remembers of the effects it sees: counts of triggers, the last few, who moved though nothing happened, who came back after
// a mail, and every step of the one contact it follows. Reads effects from the output stream only, as any subscriber would;
// what it keeps is bounded by the number of contacts. How it is shown is in screen.ts and story-summary.ts.

import type { ContactKey } from "../model/ids.ts";
import { readEffect, type SeenEffect } from "./story-effect.ts";
import { whereFrom } from "./story-words.ts";

/** A contact whom a trigger reached while it was away, and who was back among the recent buyers after it. */
export interface CameBack {
  readonly lapsed: SeenEffect;
  readonly reached: SeenEffect;
  readonly returned: SeenEffect;
}

/** Segments of `ecommerce-rfm` whose people have bought in the last 40 days. */
const PRESENT: ReadonlySet<string> = new Set(["champions", "loyal", "recent"]);
const SOON_MS = 2 * 86_400_000;
/** Lines of the live list; no terminal shows more. */
const RECENT_TRIGGERS = 60;
/** Steps of the followed contact that are kept; the script makes about fifty. */
const HERO_STEPS = 300;

export class Story {
  readonly recent: SeenEffect[] = [];
  readonly hero: SeenEffect[] = [];
  /** `pack/trigger` -> how often. */
  readonly triggers = new Map<string, number>();
  readonly withheld = new Map<string, number>();
  transitions = 0;
  triggersSeen = 0;
  movesByTime = 0;
  comebacks = 0;
  /** Effects that could not be read; stays 0 with an engine that keeps the contract. */
  unreadable = 0;
  movedByTime: SeenEffect | undefined;
  #movedByTimeRank = -1;
  cameBack: CameBack | undefined;
  readonly #followed: ContactKey;
  readonly #movedByTime = new Set<string>();
  readonly #away = new Map<string, { readonly lapsed: SeenEffect; reached: SeenEffect | undefined }>();

  constructor(followed: ContactKey) {
    this.#followed = followed;
  }

  get contactsMovedByTime(): number {
    return this.#movedByTime.size;
  }

  see(subject: string, body: Uint8Array): void {
    const effect = readEffect(subject, body);
    if (effect === undefined) return;
    if (effect === "unreadable") {
      this.unreadable++;
      return;
    }
    if (effect.contact.kind === this.#followed.kind && effect.contact.id === this.#followed.id && this.hero.length < HERO_STEPS) this.hero.push(effect);
    switch (effect.family) {
      case "transition":
        this.#transition(effect);
        return;
      case "trigger":
        this.#trigger(effect);
        return;
      case "withheld":
        count(this.withheld, effect.name);
    }
  }

  #transition(effect: SeenEffect): void {
    this.transitions++;
    if (effect.cause === "time") this.#byTime(effect);
    if (effect.axis === "segment") this.#segment(effect);
  }

  #byTime(effect: SeenEffect): void {
    this.movesByTime++;
    this.#movedByTime.add(keyOf(effect));
    const rank = this.#rank(effect);
    if (this.movedByTime === undefined || rank > this.#movedByTimeRank) {
      this.movedByTime = effect;
      this.#movedByTimeRank = rank;
    }
  }

  /** The best example is a stage that was left because a score had faded, of somebody who is not told of anyway. */
  #rank(effect: SeenEffect): number {
    if (effect.axis !== "stage" || effect.contact.id === this.#followed.id) return 0;
    return this.#movedByTimeRank < 2 && whereFrom(effect).length > 0 ? 2 : 1;
  }

  #segment(effect: SeenEffect): void {
    const key = keyOf(effect);
    if (!PRESENT.has(effect.to)) {
      if (!this.#away.has(key) && effect.from !== "" && PRESENT.has(effect.from)) this.#away.set(key, { lapsed: effect, reached: undefined });
      return;
    }
    const away = this.#away.get(key);
    if (away === undefined) return;
    this.#away.delete(key);
    if (away.reached === undefined || effect.cause !== "event") return;
    this.comebacks++;
    const cameBack = { lapsed: away.lapsed, reached: away.reached, returned: effect };
    if (this.cameBack === undefined || strength(cameBack) > strength(this.cameBack)) this.cameBack = cameBack;
  }

  #trigger(effect: SeenEffect): void {
    this.triggersSeen++;
    count(this.triggers, `${effect.pack}/${effect.name}`);
    this.recent.push(effect);
    if (this.recent.length > RECENT_TRIGGERS) this.recent.shift();
    const away = this.#away.get(keyOf(effect));
    // What takes back a series reaches nobody, and a mail about a cart that was left somebody who is back already.
    if (away !== undefined && !effect.cancels && effect.pack === away.lapsed.pack && effect.because.started === undefined) away.reached = effect;
  }
}

/** As an example: the longer away the better, if the return followed soon enough for the trigger to have to do with it. */
const strength = ({ lapsed, reached, returned }: CameBack): number => (returned.timeMs - reached.timeMs <= SOON_MS ? returned.timeMs - lapsed.timeMs : 0);

const keyOf = (effect: SeenEffect): string => `${effect.contact.kind} ${effect.contact.id}`;

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
