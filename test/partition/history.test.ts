// History against the present: the same events, fed as they come and loaded as history, leave contacts in the same places with the
// same deadlines ahead, whatever the packs. RUNS=n takes more seeds; SEED=n only that one.

import { describe, expect, test } from "vitest";
import type { PackDefinition } from "../../src/packs/definition.ts";
import { KINDS } from "../model/naive/random-agreement.ts";
import { Dice, randomLog } from "../model/naive/random-story.ts";
import { packFrom } from "../support/pack.ts";
import { Fold } from "../support/script.ts";

const DAY = 86_400_000;
const RUNS = Number(process.env.RUNS ?? 4);
const SEEDS = process.env.SEED === undefined ? Array.from({ length: RUNS }, (_, index) => index + 1) : [Number(process.env.SEED)];

interface Told {
  readonly at: number;
  readonly contact: string;
  readonly message: Record<string, unknown>;
}

/** Messages of random people in the order of their times, each of them once. */
function sorted(dice: Dice): Told[] {
  const seen = new Set<string>();
  const events = randomLog(dice, "event", 60, 5).messages.flatMap(({ data }): Record<string, unknown>[] => {
    const parsed = JSON.parse(data);
    return Array.isArray(parsed) ? parsed : (parsed.batch ?? [parsed]);
  });
  return events
    .map((event, index) => ({ ...event, messageId: String(event["messageId"] ?? `own${index}`) }) as Record<string, unknown>)
    .filter(({ messageId }) => !seen.has(String(messageId)) && seen.add(String(messageId)))
    .map((message) => ({
      at: Date.parse(String(message["timestamp"])),
      contact: message["userId"] === undefined ? `anon:${message["anonymousId"]}` : String(message["userId"]),
      message,
    }))
    .sort((a, b) => a.at - b.at);
}

/** The order of each contact stays; which of them comes next is thrown. */
function shuffled(told: readonly Told[], dice: Dice): Told[] {
  const queues = [...Map.groupBy(told, ({ contact }) => contact).values()].map((queue) => [...queue]);
  const all: Told[] = [];
  while (queues.some((queue) => queue.length > 0)) {
    const queue = dice.one(queues.filter(({ length }) => length > 0));
    all.push(...queue.splice(0, dice.whole(1, 5)));
  }
  return all;
}

const asHistory = ({ message }: Told): Record<string, unknown> => ({
  ...message,
  context: { ...(message["context"] as object | undefined), tidemark: { backfill: true } },
});

/** What a contact is, without what only a message that was sent can have opened, and the deadlines that has. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads into the view as it is
function standings(contacts: readonly any[], leftOut: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(
    contacts
      .filter(({ history }) => history === undefined)
      .map(({ contact, firstSeen, lastSeen, packs }) => [
        `${contact.kind} ${contact.id}`,
        {
          firstSeen,
          lastSeen,
          packs: Object.fromEntries(
            // biome-ignore lint/suspicious/noExplicitAny: a test reads into the view as it is
            Object.entries(packs as Record<string, any>).map(([name, { goals: _, series, nextDeadline: __, ...pack }]) => [
              name,
              {
                ...pack,
                series: Object.entries(series ?? {})
                  .filter(([trigger]) => !leftOut.has(trigger))
                  .map(([trigger, running]) => [trigger, { ...(running as object), sent: null }]),
              },
            ]),
          ),
        },
      ]),
  );
}

/** Transitions, and what is sent for triggers, after a moment, in their order for each contact. */
function effectsAfter(fold: Fold, moment: number, leftOut: ReadonlySet<string>): string[] {
  return fold.effects
    .filter(
      ({ body }) => Date.parse(body.time) > moment && body.data.outcome === undefined && body.data.action?.cancel !== true && !leftOut.has(body.data.trigger),
    )
    .map(({ body }) => {
      const { sequence, action, ...data } = body.data;
      const { goal: _, ...sent } = action ?? {};
      return JSON.stringify([body.subject, body.data.contact.kind, body.time, body.type, action === undefined ? sequence : null, sent, data]);
    })
    .sort();
}

/** `every` does not come in history, so what it counts for `repeat` and where its series stand is not the same. */
const everies = (packs: readonly PackDefinition[]): Set<string> =>
  new Set(packs.flatMap(({ triggers }) => triggers.filter(({ when }) => when.kind === "every").map(({ name }) => name)));

/** Only what differs, of lists that are long. */
const differences = (found: readonly string[], expected: readonly string[]) => ({
  missing: expected.filter((one) => !found.includes(one)).slice(0, 3),
  more: found.filter((one) => !expected.includes(one)).slice(0, 3),
});
const NONE = { missing: [], more: [] };

/** A story with a past and a present, and a moment between them, and how it went for who listened from the beginning. */
function storyOf(seed: number) {
  const dice = new Dice(seed * 7919);
  const kinds = Object.values(KINDS).map(({ pack }) => pack);
  const packs = kinds.slice(seed % 2 === 0 ? 2 : 0, seed % 2 === 0 ? 4 : 2).map((pack, index) => packFrom(pack(["alpha", "beta"][index] as string, dice)));
  const told = sorted(dice);
  const pause = (index: number): number => (told[index]?.at ?? 0) - (told[index - 1]?.at ?? 0);
  const cut = told.findIndex((_, index) => index > told.length * 0.55 && pause(index) > 1000);
  const [past, present] = [told.slice(0, cut), told.slice(cut)];
  const returns = (past.at(-1)?.at ?? 0) + 200 + Math.floor((pause(cut) - 300) * dice.real());
  const end = (told.at(-1)?.at ?? 0) + 40 * DAY;
  const live = new Fold(packs);
  for (const { at, contact, message } of past) live.event(contact, at, message);
  live.step(returns);
  const leftOut = everies(packs);
  const before = standings(live.contacts(), leftOut);
  for (const { at, contact, message } of present) live.event(contact, at, message);
  live.advance(end);
  const loaded = new Fold(packs);
  for (const one of shuffled(past, dice)) loaded.event(one.contact, one.at, asHistory(one));
  expect(loaded.effects).toEqual([]);
  return { leftOut, present, returns, end, live, before, loaded };
}

describe.each(SEEDS)("the same events as history and as the present (dice %i)", (seed) => {
  test("at the end of history, and from there on", () => {
    const { leftOut, present, returns, end, live, before, loaded } = storyOf(seed);
    loaded.endHistory(returns - 100);
    loaded.step(returns);
    expect(loaded.inHistory).toBe(0);
    expect(standings(loaded.contacts(), leftOut)).toEqual(before);
    for (const { at, contact, message } of present) loaded.event(contact, at, message);
    loaded.advance(end);
    expect(standings(loaded.contacts(), leftOut)).toEqual(standings(live.contacts(), leftOut));
    expect(differences(effectsAfter(loaded, returns, leftOut), effectsAfter(live, returns, leftOut))).toEqual(NONE);
  });

  test("where each contact returns with what it does first", () => {
    const { leftOut, present, end, live, loaded } = storyOf(seed);
    for (const { at, contact, message } of present) loaded.event(contact, at, message);
    loaded.advance(end);
    const found = standings(loaded.contacts(), leftOut);
    const all = standings(live.contacts(), leftOut);
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, all[name]])));
    expect(Object.keys(found).length).toBe(new Set(present.map(({ contact }) => contact)).size);
  });
});
