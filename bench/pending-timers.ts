// The timer structure of 64 partitions alone, with as many deadlines pending as are asked for: what one costs in memory, and how long
// it takes to set one, to set it again and to fire it. Deadlines lie within 90 days, drawn from a fixed seed. No contact and no row is here.

import { PARTITION_COUNT } from "../src/model/ids.ts";
import { Timers } from "../src/partition/timers.ts";
import { arrayBytes } from "./memory.ts";

export interface TimerSample {
  readonly pending: number;
  readonly bytesEach: number;
  /** Nanoseconds of processor time each: a first deadline, a later one for a random contact, the next one fired and set again. */
  readonly setNs: number;
  readonly againNs: number;
  readonly fireNs: number;
}

const SPAN_MS = 90 * 86_400_000;

export function measureTimers(pending: number, moves: number): TimerSample {
  const draw = numbersFrom(7);
  const before = arrayBytes();
  const partitions = Array.from({ length: PARTITION_COUNT }, () => new Timers());
  const of = (contact: number): Timers => partitions[contact % PARTITION_COUNT] as Timers;
  const slot = (contact: number): number => Math.floor(contact / PARTITION_COUNT);
  const setNs = nanosecondsEach(pending, (contact) => of(contact).set(slot(contact), draw(SPAN_MS)));
  const bytesEach = (arrayBytes() - before) / pending;
  const againNs = nanosecondsEach(moves, () => {
    const contact = draw(pending);
    of(contact).set(slot(contact), SPAN_MS + draw(SPAN_MS));
  });
  let last = 0;
  const fireNs = nanosecondsEach(moves, (index) => {
    const timers = of(index);
    if (index % PARTITION_COUNT === 0) last = timers.next;
    timers.set(timers.nextSlot, timers.next + SPAN_MS);
  });
  if (!Number.isFinite(last)) throw new Error("nothing was pending any more: this measures nothing");
  return { pending, bytesEach, setNs, againNs, fireNs };
}

function nanosecondsEach(times: number, act: (index: number) => void): number {
  const began = process.threadCpuUsage();
  for (let index = 0; index < times; index++) act(index);
  const { user, system } = process.threadCpuUsage(began);
  return ((user + system) * 1000) / times;
}

/** Whole numbers below a bound, the same ones every time (mulberry32, public domain). */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}
