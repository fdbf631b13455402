// A story: what happens, in what order, as plain data that follows from a seed alone. Steps can be left out of it and the rest still
// means something; that is how a failure is made short. How long things take, and the small troubles between, follow from the
// seed as well (run.ts).

import type { ContactKey } from "../../src/model/ids.ts";
import { Dice } from "../model/naive/random-story.ts";
import { type Cast, type Fed, message } from "./fed.ts";
import { forgetting, forgettingAll } from "./forgetting.ts";
import { DEEDS, endsOf, type Mishap, troublesOf } from "./mishaps.ts";

export type Step =
  | { readonly do: "feed"; readonly messages: readonly Fed[] }
  /** The producer and the engine go on; the machine sleeps. */
  | { readonly do: "wait" | "leap"; readonly ms: number }
  | { readonly do: "checkpoint" | "kill" | "power" | "stop" | "pause" | "wake" | "cut" | "fsync lies" }
  | { readonly do: "mishap"; readonly mishap: Mishap }
  /** Another machine takes over, with an empty disk or with what the old one's disk holds. */
  | { readonly do: "take over"; readonly disk: "empty" | "copy" }
  | { readonly do: "output full" | "disk full"; readonly ms: number }
  /** Restarted: it no longer knows the links of what it stored. */
  | { readonly do: "broker away"; readonly ms: number; readonly restarted?: boolean }
  /** What the engine sends to the broker arrives late, and all of it behind what it sent before. */
  | { readonly do: "hold the wire"; readonly ms: number }
  /** The broker comes back without the last messages of its streams. */
  | { readonly do: "broker forgets"; readonly log: number; readonly output: number }
  /** Everything but the last messages of the log is gone. */
  | { readonly do: "purge"; readonly keep: number }
  | { readonly do: "log made anew" }
  /** A record in the log that names these ids, by their hashes; `times`: whoever wrote it had no answer, and wrote it again. */
  | { readonly do: "forget"; readonly ids: readonly ContactKey[]; readonly times: 1 | 2 }
  /** Somebody asks the engine, which adds what else it knows the person by. */
  | { readonly do: "ask to forget"; readonly id: ContactKey }
  /** One bit of some file of the state folder. */
  | { readonly do: "flip a bit"; readonly at: number };

export interface Story {
  readonly seed: number;
  readonly clock: "stored" | "event";
  readonly checks: "limits first" | "sequence first";
  /** Whether the broker holds messages against the links that they name: true, but for showing what happens without. */
  readonly links: boolean;
  readonly perStep: number;
  /** Whether a pack with numbers of everyone is among the packs: the engine then writes `cuts` into the log. */
  readonly ranks: boolean;
  /** Where it is null nobody has more than one id, and nobody is forgotten. */
  readonly twoUsers: Cast["twoUsers"];
  /** How long a tombstone is kept, and how many are. */
  readonly forgotten: { readonly keep_ms: number; readonly capacity: number };
  /** Chance of a small trouble for everything done to the broker. */
  readonly background: number;
  /** Sent before any engine has ever run. */
  readonly early: readonly Fed[];
  readonly steps: readonly Step[];
}

/** `people`: a story in which people have several ids, whatever the seed. So a seed names two stories, one with it and one without. */
export function storyOf(seed: number, people = false): Story {
  const dice = new Dice(seed * 7919 + (people ? 29 : 17));
  const cast: Cast = { seed, twoUsers: twoUsersOf(seed, people), gone: new Set() };
  const steps = stepsOf(dice, cast);
  cast.gone.clear();
  return {
    seed,
    clock: dice.chance(0.75) ? "stored" : "event",
    checks: dice.chance(0.5) ? "limits first" : "sequence first",
    links: true,
    perStep: dice.one([1, 2, 1000, 1000]),
    background: dice.one([0, 0, 0.01, 0.04]),
    // Among people `twoUsers` alternates with the seed: so that both come with either, packs alternate half as often.
    ranks: people ? seed % 4 < 2 : seed % 2 === 0,
    twoUsers: cast.twoUsers,
    forgotten: cast.twoUsers === null ? MUCH_ROOM : { keep_ms: dice.one([400, 400, 1, 2]) * DAY, capacity: dice.one([16_384, 16]) },
    early: dice.chance(0.15) ? [message(dice, cast), message(dice, cast)] : [],
    steps: [...steps, { do: "leap", ms: dice.whole(1, 8) * DAY }, { do: "wait", ms: 500 }],
  };
}

function stepsOf(dice: Dice, cast: Cast): Step[] {
  const plot = dice.one(PLOTS);
  const count = dice.whole(12, 34);
  const steps: Step[] = [];
  for (let i = 0; i < count; i++) {
    steps.push(...everyday(dice, cast), ...(dice.chance(plot.often) ? plot.twist(dice, cast) : []));
    if (cast.twoUsers !== null && dice.chance(FORGETS)) steps.push(...forgetting(dice, cast, aKill));
  }
  return cast.twoUsers !== null && dice.chance(FORGETS_ALL) ? [...steps, ...forgettingAll(dice, cast, aKill)] : steps;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const MUCH_ROOM = { keep_ms: 400 * DAY, capacity: 16_384 };
/** How often somebody is forgotten, among people. */
const FORGETS = 0.09;
/** How often all are, in the end. */
const FORGETS_ALL = 0.3;

/** In two stories of five, or in all. */
function twoUsersOf(seed: number, people: boolean): Story["twoUsers"] {
  if (people) return seed % 2 === 0 ? "refuse" : "merge";
  return seed % 5 === 3 ? "refuse" : seed % 5 === 4 ? "merge" : null;
}

/** What a story is about, beside the everyday. */
const PLOTS: readonly { readonly often: number; readonly twist: (dice: Dice, cast: Cast) => readonly Step[] }[] = [
  { often: 0.12, twist: (dice) => [aKill(dice)] },
  { often: 0.15, twist: (dice) => [aKill(dice), { do: "wait", ms: dice.whole(0, 3000) }] },
  { often: 0.2, twist: (dice) => [dice.chance(0.5) ? { do: "checkpoint" } : aKill(dice), aTrouble(dice)] },
  { often: 0.2, twist: aBadBroker },
  { often: 0.15, twist: aBadDisk },
  { often: 0.12, twist: aZombie },
  { often: 0.12, twist: aWindowOnTheWire },
  { often: 0.15, twist: (dice, cast) => dice.one([aBadBroker, aBadDisk, aZombie, aWindowOnTheWire, () => [aKill(dice)], () => [aTrouble(dice)]])(dice, cast) },
  { often: 0.07, twist: aLoss },
];

function aKill(dice: Dice): Step {
  if (dice.chance(0.25)) return { do: dice.one(["kill", "kill", "power", "stop"]) };
  const deed = dice.one(DEEDS);
  return { do: "mishap", mishap: { deed, nth: nth(dice), blow: dice.one(endsOf(deed)) } };
}

function aTrouble(dice: Dice): Step {
  const deed = dice.one(DEEDS);
  return { do: "mishap", mishap: { deed, nth: nth(dice), blow: dice.one(troublesOf(deed)) } };
}

const nth = (dice: Dice): number => (dice.chance(0.6) ? dice.whole(1, 4) : dice.whole(1, 80));

function aBadBroker(dice: Dice): Step[] {
  const kind = dice.real();
  if (kind < 0.3) return [{ do: "cut" }];
  if (kind < 0.55) return [{ do: "broker away", ms: dice.whole(1, 4000), restarted: dice.chance(0.5) }];
  if (kind < 0.8) return [{ do: "output full", ms: dice.whole(1, 3000) }];
  return [aTrouble(dice), aTrouble(dice)];
}

function aBadDisk(dice: Dice): Step[] {
  const kind = dice.real();
  if (kind < 0.3) return [{ do: "disk full", ms: dice.whole(1, 3000) }, { do: "checkpoint" }];
  if (kind < 0.5) return [{ do: "checkpoint" }, { do: "wait", ms: dice.whole(0, 120) }, { do: "power" }];
  if (kind < 0.65) return [{ do: "fsync lies" }, { do: "checkpoint" }, { do: "wait", ms: dice.whole(0, 300) }, { do: "power" }];
  if (kind < 0.8) return [{ do: "flip a bit", at: dice.whole(0, 1e9) }, { do: "kill" }];
  return [aTrouble(dice), { do: "checkpoint" }, aKill(dice)];
}

function aZombie(dice: Dice): Step[] {
  const between: Step[] = dice.chance(0.5) ? [{ do: "wait", ms: dice.whole(0, 2000) }] : [];
  return [
    { do: "pause" },
    ...between,
    { do: "take over", disk: dice.one(["empty", "copy"]) },
    { do: "wait", ms: dice.whole(0, 2500) },
    ...(dice.chance(0.3) ? [] : [{ do: "wake" } as const]),
  ];
}

/** What an engine has sent in the middle of its work is still on its way when another takes over, and arrives behind its epoch record. */
function aWindowOnTheWire(dice: Dice, cast: Cast): Step[] {
  const messages = Array.from({ length: dice.whole(6, 16) }, () => message(dice, cast));
  return [
    { do: "feed", messages },
    { do: "wait", ms: dice.whole(0, 9) },
    { do: "hold the wire", ms: dice.one([dice.whole(5, 60), dice.whole(5, 2000)]) },
    { do: "wait", ms: dice.whole(0, 12) },
    ...(dice.chance(0.4) ? [{ do: "pause" } as const] : []),
    { do: "take over", disk: dice.one(["empty", "copy"]) },
    { do: "wait", ms: dice.whole(0, 2500) },
    ...(dice.chance(0.5) ? [{ do: "wake" } as const] : []),
  ];
}

/** What comes in right after a loss takes the positions of what was lost, before anybody is connected again. */
function aLoss(dice: Dice, cast: Cast): Step[] {
  const kind = dice.real();
  const ended: Step[] = dice.chance(0.5) ? [{ do: "kill" }] : [];
  const regrown: Step[] = dice.chance(0.6) ? [{ do: "feed", messages: Array.from({ length: dice.whole(2, 6) }, () => message(dice, cast)) }] : [];
  if (kind < 0.55) return [...ended, { do: "broker forgets", log: dice.whole(0, 6), output: dice.whole(0, 8) }, ...regrown];
  if (kind < 0.75) return [...ended, { do: "purge", keep: dice.whole(0, 12) }];
  if (kind < 0.85) return [...ended, { do: "log made anew" }, ...regrown];
  return [aKill(dice)];
}

function everyday(dice: Dice, cast: Cast): Step[] {
  const kind = dice.real();
  const messages = Array.from({ length: dice.whole(1, 5) }, () => message(dice, cast));
  const feed: Step = { do: "feed", messages };
  if (kind < 0.45) return [feed, { do: "wait", ms: dice.one([0, 1, 5, 40, 300]) }];
  if (kind < 0.6) return [feed];
  if (kind < 0.85)
    return [
      { do: "leap", ms: dice.one([dice.whole(1, 90) * 1000, dice.whole(1, 30) * HOUR, dice.whole(1, 3) * DAY]) },
      feed,
      { do: "wait", ms: dice.whole(0, 300) },
    ];
  return [{ do: "checkpoint" }, ...(dice.chance(0.5) ? [feed] : []), { do: "wait", ms: dice.whole(0, 200) }];
}
