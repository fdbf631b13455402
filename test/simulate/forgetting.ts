// Somebody is forgotten in a story, at a bad moment: while ties and events of theirs are on their way, between a checkpoint and a
// crash, as another owner takes over. Some stay away from then on, others come again; of all of them something may come late.

import type { ContactKey } from "../../src/model/ids.ts";
import type { Dice } from "../model/naive/random-story.ts";
import { anId, type Cast, HOUSEHOLD, lateMessageAbout, message, messageAbout, present } from "./fed.ts";
import type { Step } from "./story.ts";

/** So many of the household always stay. */
const STAYING = 3;
/** More than a log with little room remembers. */
const STRANGERS = 20;

/** `aKill`: what ends an engine, at once or somewhere ahead. */
export function forgetting(dice: Dice, cast: Cast, aKill: (dice: Dice) => Step): Step[] {
  const name = dice.one(HOUSEHOLD);
  const steps = [...before(dice, cast, name), dice.chance(0.2) ? ALL_OF_THEM : aForget(dice, name)];
  if (dice.chance(0.6) && present(cast).length > STAYING) cast.gone.add(name);
  steps.push(...after(dice, cast, name, aKill));
  if (dice.chance(0.15)) steps.push(strangers(dice));
  return steps;
}

/** The last that happens: nobody comes again, and something comes late. */
export function forgettingAll(dice: Dice, cast: Cast, aKill: (dice: Dice) => Step): Step[] {
  const name = dice.one(HOUSEHOLD);
  const steps = [...before(dice, cast, name), ALL_OF_THEM];
  for (const one of HOUSEHOLD) cast.gone.add(one);
  const late: Step = { do: "feed", messages: Array.from({ length: dice.whole(0, 4) }, () => lateMessageAbout(dice, cast, dice.one(HOUSEHOLD))) };
  return [...steps, ...pause(dice), late, ...(dice.chance(0.4) ? [aKill(dice)] : []), { do: "wake" }];
}

const ALL_OF_THEM: Step = { do: "forget", ids: HOUSEHOLD.flatMap((id) => [{ kind: "user", id } as const, { kind: "anonymous", id } as const]), times: 1 };

/** By the hand of a producer, of one id or several; or as DELETE does it, with all that the engine knows of the person. */
function aForget(dice: Dice, name: string): Step {
  const first = anId(dice, name);
  if (dice.chance(0.4)) return { do: "ask to forget", id: first };
  const both: ContactKey[] = dice.chance(0.7) ? [{ kind: first.kind === "user" ? "anonymous" : "user", id: name }] : [];
  const others = dice.chance(0.3) ? [anId(dice, dice.one(HOUSEHOLD))] : [];
  return { do: "forget", ids: [first, ...both, ...others], times: dice.chance(0.15) ? 2 : 1 };
}

const strangers = (dice: Dice): Step => {
  const from = dice.whole(1, 100);
  return { do: "forget", ids: Array.from({ length: STRANGERS }, (_, i) => anId(dice, `stranger-${from + i}`)), times: 1 };
};

function before(dice: Dice, cast: Cast, name: string): Step[] {
  const kind = dice.real();
  const about: Step = { do: "feed", messages: Array.from({ length: dice.whole(1, 4) }, () => messageAbout(dice, cast, name)) };
  if (kind < 0.2) return [];
  if (kind < 0.65) return [about, ...pause(dice)];
  if (kind < 0.8) return [{ do: "checkpoint" }, about, ...pause(dice)];
  return [{ do: dice.one(["pause", "cut"]) }, about];
}

const pause = (dice: Dice): Step[] => (dice.chance(0.6) ? [] : [{ do: "wait", ms: dice.one([0, 2, 10, 60]) }]);

function after(dice: Dice, cast: Cast, name: string, aKill: (dice: Dice) => Step): Step[] {
  const kind = dice.real();
  const late: Step = { do: "feed", messages: Array.from({ length: dice.whole(1, 3) }, () => lateMessageAbout(dice, cast, name)) };
  const anew: Step = { do: "feed", messages: [cast.gone.has(name) ? message(dice, cast) : messageAbout(dice, cast, name)] };
  const fed = dice.chance(0.5) ? [late] : dice.chance(0.5) ? [anew, late] : [anew];
  if (kind < 0.3) return [...pause(dice), ...fed, { do: "wake" }];
  if (kind < 0.55) return [...pause(dice), aKill(dice), ...fed, { do: "wake" }];
  if (kind < 0.75) return [...fed, { do: "checkpoint" }, ...pause(dice), aKill(dice), { do: "wake" }];
  return [...pause(dice), { do: "take over", disk: dice.one(["empty", "copy"]) }, ...fed, ...pause(dice), { do: "wake" }];
}
