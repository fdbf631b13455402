// Mishaps: what goes wrong in a story, and where. Everything that an engine does to the world has a name (`publish`, `fsync manifest`,
// `log append` ...); a mishap waits for the n-th thing of a name and then happens to it. Besides, a story may have a background of
// small troubles with the broker. What each of them means is with the part that it happens to.

import type { Dice } from "../model/naive/random-story.ts";

/** What an engine does to the broker, to its disk and to its workers. */
export const DEEDS = [
  "log state",
  "log at",
  "log last on",
  "log append",
  "log message",
  "output state",
  "output get",
  "output range",
  "publish",
  "epoch",
  "dead letters",
  "worker",
  "mkdir",
  "readdir",
  "read",
  "open",
  "write",
  "fsync",
  "rename",
  "fsync folder",
  "unlink",
  "rmdir",
  "write manifest",
  "fsync manifest",
  "rename manifest",
] as const;
export type Deed = (typeof DEEDS)[number];

/**
 * - kill before/after: the process ends before the thing is done, or when it is done and nobody knows yet. power before/after: the
 *   machine goes dark instead, and its disk forgets what was not synced.
 * - lose: it never arrives. lose answer: done, unanswered. late: done a good while after nobody waits for it any more. twice: done twice.
 * - busy: the broker says that it cannot now. cut: the connection breaks before it is done.
 * - ENOSPC, EIO: of the disk. die: the worker's thread ends.
 */
export const BLOWS = [
  "kill before",
  "kill after",
  "power before",
  "power after",
  "lose",
  "lose answer",
  "late",
  "twice",
  "busy",
  "cut",
  "ENOSPC",
  "EIO",
  "die",
] as const;
export type Blow = (typeof BLOWS)[number];

export interface Mishap {
  readonly deed: Deed;
  /** The n-th from now on, from 1. */
  readonly nth: number;
  readonly blow: Blow;
}

const KILLS: readonly Blow[] = ["kill before", "kill after"];
const POWER: readonly Blow[] = ["power before", "power after"];
const PUBLISHED: readonly Blow[] = ["lose", "lose answer", "late", "twice", "busy", "cut"];
const DISK: readonly Blow[] = ["ENOSPC", "EIO"];

/** What can happen to a thing of this name, beside the end of the process. */
export function troublesOf(deed: Deed): readonly Blow[] {
  switch (deed) {
    case "publish":
    case "epoch":
      return PUBLISHED;
    case "log append":
    case "dead letters":
      return ["lose", "lose answer", "twice", "cut"];
    case "log state":
    case "log at":
    case "log last on":
    case "log message":
    case "output state":
    case "output get":
    case "output range":
      return ["lose", "cut"];
    case "worker":
      return ["die"];
    default:
      return DISK;
  }
}

export const endsOf = (deed: Deed): readonly Blow[] => (isOfDisk(deed) ? [...KILLS, ...POWER] : KILLS);

const isOfDisk = (deed: Deed): boolean => DEEDS.indexOf(deed) >= DEEDS.indexOf("mkdir");

/** The mishaps that still wait, and the dice for the background. */
export class Mishaps {
  readonly #dice: Dice;
  #waiting: { readonly mishap: Mishap; left: number }[] = [];
  /** Chance that a thing done to the broker meets a small trouble. */
  background = 0;
  /** Deeds and blows that came together so far. */
  readonly happened = new Map<string, number>();

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  arm(mishap: Mishap): void {
    this.#waiting.push({ mishap, left: mishap.nth });
  }

  disarm(): void {
    this.#waiting = [];
    this.background = 0;
  }

  /** What happens to this one. */
  meet(deed: Deed): Blow | undefined {
    let blow: Blow | undefined;
    for (const one of this.#waiting) if (one.mishap.deed === deed && --one.left === 0) blow = one.mishap.blow;
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
    if (blow === undefined && this.background > 0 && !isOfDisk(deed) && deed !== "worker" && this.#dice.chance(this.background))
      blow = this.#dice.one(troublesOf(deed));
    if (blow !== undefined) this.happened.set(`${deed}: ${blow}`, (this.happened.get(`${deed}: ${blow}`) ?? 0) + 1);
    return blow;
  }
}
