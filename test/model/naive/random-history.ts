// History in random stories, for the comparison of the engine with the naive model: what is told of somebody's past before they are heard of and
// after, in order and out of it, with the present in between, and ends of history.

import type { Dice, RandomLog } from "./random-story.ts";

type Body = Record<string, unknown>;

const DAY = 86_400_000;
/** Most of the beginning of a story is history, and little of what comes later. */
const OF_BEGINNING = 0.8;
const OF_REST = 0.12;
const ENDS = 0.05;

export function someHistory(log: RandomLog, dice: Dice): RandomLog {
  const messages = log.messages.flatMap((message, index) => {
    if (message.control !== undefined) return [message];
    const share = index < log.messages.length / 2 ? OF_BEGINNING : OF_REST;
    const told = JSON.parse(message.data) as Body | Body[];
    const each = (event: Body): Body => (dice.chance(share) ? inHistory(event, dice) : event);
    const data = JSON.stringify(Array.isArray(told) ? told.map(each) : Array.isArray(told.batch) ? { batch: told.batch.map(each) } : each(told));
    const end = { data: "{}", storedMs: message.storedMs, control: "history" };
    return dice.chance(ENDS) ? [{ ...message, data }, end] : [{ ...message, data }];
  });
  return { ...log, messages };
}

/** Weeks ago, mostly; and now and then it only looks like history. */
function inHistory({ context, ...event }: Body, dice: Dice): Body {
  const backfill = dice.chance(0.95) ? true : dice.one(["true", 1, null]);
  const ago = dice.one([0, 0, dice.whole(1, 20), dice.whole(20, 60), 400]) * DAY;
  const { tidemark } = (context ?? {}) as { readonly tidemark?: Body };
  const timestamp = new Date(Date.parse(String(event.timestamp)) - ago).toISOString();
  return { ...event, timestamp, context: { tidemark: { ...tidemark, backfill } } };
}
