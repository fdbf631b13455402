// People with several ids, for the comparison of the engine with the naive model: a story of a few contacts is told again with ids drawn anew, so
// that events come by one id, by two that belong together, and by ids that are somebody else's by now; with aliases in chains and circles.

import { forgetRecord } from "../../../src/model/forget.ts";
import type { ContactKey } from "../../../src/model/ids.ts";
import type { SettingsInput } from "../../../src/model/settings.ts";
import { answerTo } from "./random-answers.ts";
import { randomMeasurePack } from "./random-measures.ts";
import { randomRulePack } from "./random-rules.ts";
import type { Dice, RandomLog } from "./random-story.ts";
import { randomTriggerPack } from "./random-triggers.ts";
import { randomWordPack } from "./random-words.ts";

const FORGETTING = 0.1;

type Body = Record<string, unknown>;

const USERS = ["u1", "u2", "u3"];
/** One of them has the text of a user's id. */
const VISITORS = ["a1", "a2", "a3", "a4", "u1"];

export const randomPeoplePack = (name: string, dice: Dice): string =>
  dice.one([randomRulePack, randomTriggerPack, randomMeasurePack, randomWordPack])(name, dice);

export const randomIdentity = (dice: Dice): SettingsInput["identity"] => ({
  ties: dice.chance(0.85) ? "all" : "alias",
  two_users: dice.one(["refuse", "merge"]),
});

export function severalIds(log: RandomLog, dice: Dice): RandomLog {
  // Who says the same message twice says it by the same ids.
  const ids = new Map<unknown, Body>();
  const renamed = (event: Body): Body => {
    const { userId: _, anonymousId: __, ...rest } = event;
    const drawn = ids.get(event.messageId) ?? randomIds(dice);
    if (event.messageId !== undefined) ids.set(event.messageId, drawn);
    return { ...answering(rest, dice), ...drawn };
  };
  const messages = log.messages.map(({ data, storedMs }) => ({ data: JSON.stringify(retold(JSON.parse(data), renamed)), storedMs }));
  return { ...log, messages };
}

/** What is answered was sent to any of them: to who answers, or to who that was before. */
const answering = ({ context, ...event }: Body, dice: Dice): Body =>
  context === undefined ? event : { ...event, context: { tidemark: { key: answerTo(dice.one([...USERS, ...VISITORS]), dice.whole(0, 1)) } } };

/** Now and then one id or several are forgotten: known ones, ones that lead elsewhere, and ones that nobody knows. */
export function someForgotten(log: RandomLog, dice: Dice): RandomLog {
  const all: ContactKey[] = [...USERS.map((id): ContactKey => ({ kind: "user", id })), ...VISITORS.map((id): ContactKey => ({ kind: "anonymous", id }))];
  const messages = log.messages.flatMap((message, index) => {
    if (!dice.chance(FORGETTING)) return [message];
    const [first, ...others] = Array.from({ length: dice.one([1, 1, 2, 4]) }, () => dice.one(all)) as [ContactKey, ...ContactKey[]];
    const data = JSON.stringify(forgetRecord([first, ...others], `r${index}`));
    return [message, { data, storedMs: message.storedMs, control: "forget" }];
  });
  return { ...log, messages };
}

const retold = (told: Body | Body[], each: (event: Body) => Body): Body | Body[] => {
  if (Array.isArray(told)) return told.map(each);
  return Array.isArray(told.batch) ? { batch: told.batch.map(each) } : each(told);
};

function randomIds(dice: Dice): Body {
  const kind = dice.real();
  const [userId, anonymousId] = [dice.one(USERS), dice.one(VISITORS)];
  if (kind < 0.3) return { anonymousId };
  if (kind < 0.55) return { userId };
  if (kind < 0.85) return { userId, anonymousId };
  const previousId = dice.one([...USERS, ...VISITORS]);
  return { type: "alias", userId, previousId, ...(dice.chance(0.2) ? { anonymousId } : {}) };
}
