// What a trigger remembers of two rows, as one (docs/identity.md, "Triggers"): before it is looked at. What goes because of the other is told.

import type { ContactKey } from "../../../../src/model/ids.ts";
import type { Place, TriggerDefinition, When } from "../../../../src/packs/definition.ts";
import { evaluate } from "../conditions.ts";
import { occurrencesOf, type PackState, scopeAt } from "../contact.ts";
import type { Former, Pending, Series, TriggerMemory } from "../memory.ts";
import { cancelSeries, endSeries, keyOf, type Look, standsIn, type Wanted } from "../triggers.ts";
import type { Stood } from "./places.ts";
import type { Joined } from "./rows.ts";

const FORMER_KEYS = 8;

/** `told`: what the merge itself ends or closes, which leaves before what the look finds. */
export function joinTrigger(seen: Look, joined: Joined, old: ContactKey, told: Wanted): void {
  const { memory, trigger } = seen;
  const { other } = joined;
  const theirs = other?.triggers.get(trigger.name);
  if (other === null || theirs === undefined) return;
  const came = renamed(trigger.when, withFormer(theirs, other, trigger), old);
  const look = { ...seen, wanted: told };
  joinGoal(look, came);
  joinWaiting(look, came, joined, other);
  memory.lastFired = later(memory.lastFired, came.lastFired);
  memory.above ||= came.above;
  for (const number of came.standing) memory.standing.add(number);
  for (const number of came.reached) memory.reached.add(number);
  seen.isTold = look.isTold;
  if (seen.instant.leftOut) return;
  endBrokenStay(seen);
  endBeyond(seen);
}

/** What was sent keeps the key that it was sent with: where an event is the goal, it may still be answered by that. */
export function withFormer(theirs: TriggerMemory, other: PackState, trigger: TriggerDefinition): TriggerMemory {
  if ((trigger.goal?.events ?? []).length === 0) return theirs;
  const named = <T extends Former & { readonly occasion: string }>(one: T | null): T | null =>
    one === null ? null : { ...one, former: [...one.former, keyOf(other, trigger, one.occasion)].slice(-FORMER_KEYS) };
  const opened = named(theirs.opened);
  return { ...theirs, series: named(theirs.series), opened, goal: theirs.goal === theirs.opened ? opened : named(theirs.goal) };
}

/** Two rows count their transitions apart: the other's numbers say whose they are. */
function renamed({ kind }: When, theirs: TriggerMemory, old: ContactKey): TriggerMemory {
  if (kind !== "enter" && kind !== "leave") return { ...theirs };
  const rename = <T extends { readonly occasion: string }>(one: T | null): T | null =>
    one === null || one.occasion.includes("@") ? one : { ...one, occasion: `${one.occasion}@${old.id}` };
  const opened = rename(theirs.opened);
  const goal = theirs.goal === theirs.opened ? opened : rename(theirs.goal);
  return { ...theirs, pending: rename(theirs.pending), series: rename(theirs.series), opened, goal };
}

/** The open one; of two the own. */
function joinGoal({ memory, state, trigger, wanted }: Look, came: TriggerMemory): void {
  if (memory.goal !== null) {
    if (came.goal !== null) wanted.closings.push({ ...came.goal, state, trigger, reached: false, replaced: true, ended: null, revenue: null, answered: null });
    return;
  }
  memory.opened = came.goal ?? memory.opened ?? came.opened;
  memory.goal = came.goal;
}

function joinWaiting(look: Look, came: TriggerMemory, joined: Joined, other: PackState): void {
  const { trigger, memory } = look;
  switch (trigger.when.kind) {
    case "enter":
    case "leave":
      return joinStay(trigger.when, look, came, joined.own, other);
    case "silent":
      return joinSilence(trigger.when, look, came, joined.before, other);
    case "overdue":
      return joinRhythm(look, came);
    case "started":
      return joinStarted(trigger.when, look, came);
    case "date":
      memory.dates = memory.date === null ? came.dates : memory.dates;
      memory.date ??= came.date;
      return keepOne(look, came);
    default:
      return keepOne(look, came);
  }
}

/** The one that there is, whether it waits or goes on; of two the own. */
function keepOne(look: Look, came: TriggerMemory): void {
  const { memory } = look;
  if (memory.pending === null && memory.series === null) Object.assign(memory, { pending: came.pending, series: came.series });
  else if (came.series !== null) cancelSeries(look, came.series, "replaced");
}

function keepSeries(look: Look, series: Series | null): void {
  if (look.memory.series === null) look.memory.series = series;
  else if (series !== null) cancelSeries(look, series, "replaced");
}

function takeTheirs(look: Look, came: TriggerMemory, ended: string): void {
  const { memory } = look;
  memory.pending = came.pending;
  if (memory.series !== null) endSeries(look, ended);
  memory.series = came.series;
}

/** Where the other was told of a place in which the own did not stand, entering it by the merge is no occasion. */
function joinStay(when: When & { kind: "enter" | "leave" }, look: Look, came: TriggerMemory, own: Stood, other: PackState): void {
  const news = when.kind === "leave" ? [] : when.places.filter((place) => standsIn(other, place) && !stoodIn(own, place));
  const waits = (place: Place): boolean => [placeOf(came.pending), came.series?.place].some((one) => one?.axis === place.axis && one.name === place.name);
  const heard = news.filter((place) => waits(place) || hasFired(came, other, place));
  look.isTold = (step) => heard.some((place) => step.axis === place.axis && step.to === place.name);
  if (heard.length > 0) takeTheirs(look, came, "replaced");
  else keepOne(look, came);
}

/** What waits for a side of a threshold is over where the two together are on the other. */
function endBeyond(look: Look): void {
  const { when } = look.trigger;
  if (when.kind !== "rises" && when.kind !== "falls") return;
  const value = evaluate(when.of, scopeAt(look.state, look.instant.now));
  if ((typeof value === "number" && value >= when.at) === (when.kind === "rises")) return;
  look.memory.pending = null;
  endSeries(look, "no_longer_true");
}

/** A stay (an absence) is over if the person does not stand there (stands there) when all is settled. */
function endBrokenStay(look: Look): void {
  const { memory, state, trigger } = look;
  const { kind } = trigger.when;
  if (kind !== "enter" && kind !== "leave") return;
  const isBroken = (place: Place | null): boolean => place !== null && standsIn(state, place) === (kind === "leave");
  if (isBroken(placeOf(memory.pending))) memory.pending = null;
  if (isBroken(memory.series?.place ?? null)) endSeries(look, "no_longer_true");
}

const placeOf = (pending: Pending | null): Place | null =>
  pending?.axis === undefined || pending.place === undefined ? null : { axis: pending.axis, name: pending.place };

function hasFired({ lastFired }: TriggerMemory, other: PackState, { axis }: Place): boolean {
  if (lastFired === null) return false;
  return axis === "audience" || lastFired >= (axis === "stage" ? other.stageSince : other.segmentSince);
}

function stoodIn({ stage, segment, audiences }: Stood, { axis, name }: Place): boolean {
  return axis === "stage" ? stage === name : axis === "segment" ? segment === name : audiences.has(name);
}

/** The later silence, spent if it was for the one whose it is; a series of an earlier one is over. */
function joinSilence(when: When & { kind: "silent" }, look: Look, came: TriggerMemory, before: PackState, other: PackState): void {
  const { memory } = look;
  const lastOf = (state: PackState): number => Math.max(...when.events.flatMap((name) => occurrencesOf(state, name)).map((one) => one.at));
  const [own, theirs] = [lastOf(before), lastOf(other)];
  const isTheirs = Number.isFinite(Math.max(own, theirs)) ? theirs > own : (other.bornAt ?? 0) < (before.bornAt ?? 0);
  if (isTheirs) Object.assign(memory, { silence: came.silence, pending: came.pending });
  else if (came.silence === memory.silence && came.pending === null) memory.pending = null;
  keepSeries(look, came.series);
  if (memory.series !== null && Math.max(own, theirs) > memory.series.from) endSeries(look, "no_longer_true");
}

/** The later last event, spent if it was for the one whose it is; a series of the one whose last was earlier is over. */
function joinRhythm(look: Look, came: TriggerMemory): void {
  const { memory } = look;
  const last = later(memory.lastSeen, came.lastSeen);
  const ofSeries = memory.series === null ? came.lastSeen : memory.lastSeen;
  keepSeries(look, came.series);
  if (memory.series !== null && last !== ofSeries) endSeries(look, "no_longer_true");
  if (last !== memory.lastSeen || came.spent === last) memory.spent = came.spent;
  memory.lastSeen = last;
}

/** The one whose E is later, if no F of either is at or after it. */
function joinStarted(when: When & { kind: "started" }, look: Look, came: TriggerMemory): void {
  const { memory, state } = look;
  const begun = ({ pending, series, startedAt }: TriggerMemory): number => pending?.at ?? (series === null ? Number.NEGATIVE_INFINITY : (startedAt ?? 0));
  if (begun(came) > begun(memory)) {
    takeTheirs(look, came, "replaced");
    memory.startedAt = came.startedAt;
  } else if (came.series !== null) cancelSeries(look, came.series, "replaced");
  const ends = when.without.flatMap((name) => occurrencesOf(state, name)).map((one) => one.at);
  if (memory.series !== null && Math.max(...ends) >= begun(memory)) endSeries(look, "no_longer_true");
}

const later = (a: number | null, b: number | null): number | null => (a === null || b === null ? (a ?? b) : Math.max(a, b));
