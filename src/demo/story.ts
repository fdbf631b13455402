// What the demo remembers of the effects it sees: counts of triggers, the last few, who moved though nothing happened, who came back after
// a mail, and every step of the one contact it follows. Reads effects from the output stream only, as any subscriber would;
// what it keeps is bounded by the number of contacts. How it is shown is in screen.ts and story-summary.ts.

import type { ContactKey } from "../model/ids.ts";
import { readEffect, type SeenEffect } from "./story-effect.ts";

/** A contact whom a trigger reached while it was away, and who was back among the recent buyers after it. */
export interface CameBack {
  readonly lapsed: SeenEffect;
  readonly reached: SeenEffect;
  readonly returned: SeenEffect;
}

/** Segments of `ecommerce-rfm` whose people have bought in the last 40 days. */
const PRESENT: ReadonlySet<string> = new Set(["champions", "loyal", "recent"]);
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
    // A stage is the better example than a segment: there a score has faded.
    if (this.movedByTime === undefined || (this.movedByTime.axis !== "stage" && effect.axis === "stage" && !this.#isFollowed(effect)))
      this.movedByTime = effect;
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
    const best = this.cameBack;
    const longer = best === undefined || effect.timeMs - away.lapsed.timeMs > best.returned.timeMs - best.lapsed.timeMs;
    if (longer) this.cameBack = { lapsed: away.lapsed, reached: away.reached, returned: effect };
  }

  #trigger(effect: SeenEffect): void {
    this.triggersSeen++;
    count(this.triggers, `${effect.pack}/${effect.name}`);
    this.recent.push(effect);
    if (this.recent.length > RECENT_TRIGGERS) this.recent.shift();
    const away = this.#away.get(keyOf(effect));
    if (away !== undefined && effect.pack === away.lapsed.pack) away.reached = effect;
  }

  #isFollowed(effect: SeenEffect): boolean {
    return effect.contact.id === this.#followed.id;
  }
}

const keyOf = (effect: SeenEffect): string => `${effect.contact.kind} ${effect.contact.id}`;

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
