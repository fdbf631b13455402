// What becomes of what triggers want at one moment, without a policy: cancel messages first, then actions by priority, pack and
// declaration, then the goals that close. Sending is what a series remembers, what opens a goal, and what is counted in `sequence`.

import { PRIORITIES } from "../../../src/packs/definition.ts";
import type { Closing, Wanted, Wish } from "./triggers.ts";

export interface Sent extends Wish {
  readonly sequence: number;
  readonly goalUntil: number | null;
}

export interface Left {
  readonly actions: readonly Sent[];
  readonly closings: readonly Closing[];
}

export function send(packs: readonly Wanted[], now: number): Left {
  const wishes = packs.flatMap((one) => one.wishes);
  const ordered = PRIORITIES.flatMap((priority) => wishes.filter(({ trigger }) => trigger.priority === priority));
  const replaced: Closing[] = [];
  const cancels = packs.flatMap((one) => one.cancels).map((wish) => ({ ...wish, sequence: ++wish.state.sequence, goalUntil: null }));
  const actions = ordered.map((wish) => sendOne(wish, now, replaced));
  return { actions: [...cancels, ...actions], closings: [...packs.flatMap((one) => one.closings), ...replaced] };
}

function sendOne(wish: Wish, now: number, replaced: Closing[]): Sent {
  const { memory, series, channel, state, trigger, occasion, step, withheld } = wish;
  const sequence = ++state.sequence;
  if (withheld !== null) return { ...wish, sequence, goalUntil: trigger.goal === null ? null : now + trigger.goal.withinMs };
  if (series !== null && !series.sent.includes(channel)) series.sent.push(channel);
  open(wish, now, replaced);
  if (memory.goal?.occasion === occasion) memory.goal.step = step;
  return { ...wish, sequence, goalUntil: memory.opened?.until ?? null };
}

/** The first action of an occasion opens the goal; one that is open for another occasion closes. */
function open({ state, trigger, memory, occasion, step, series }: Wish, now: number, replaced: Closing[]): void {
  if (trigger.goal === null || memory.opened?.occasion === occasion) return;
  if (memory.goal !== null) replaced.push({ ...memory.goal, state, trigger, reached: false, replaced: true, ended: null, revenue: null, answered: null });
  memory.opened = memory.goal = { occasion, since: now, until: now + trigger.goal.withinMs, step, former: series?.former ?? [] };
}

/** Which way of saying it the contact sees (docs/packs.md, "variants"). */
export function variantOf({ state, trigger }: Pick<Wish, "state" | "trigger">): string | null {
  const bytes = new TextEncoder().encode(`${state.pack.name}/${trigger.name}\n${state.key.kind}\n${state.key.id}`);
  let h = 0x811c9dc5;
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  const x = (((h ^ (h >>> 16)) >>> 0) * 100) / 2 ** 32;
  let sum = 0;
  for (const { name, percent } of trigger.variants) {
    sum += percent;
    if (x < sum) return name;
  }
  return null;
}
