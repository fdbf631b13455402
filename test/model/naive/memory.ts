// What the naive model remembers of one trigger of one contact: what waits, the series that goes on, the goal that is open, and
// what has been used up.

import type { Axis } from "../../../src/packs/definition.ts";
import type { NaiveEvent } from "./message.ts";

export interface TriggerMemory {
  pending: Pending | null;
  /** When it last fired, or its last series began. */
  lastFired: number | null;
  series: Series | null;
  goal: OpenGoal | null;
  /** The goal as it was last opened, whether or not it is still open. */
  opened: OpenGoal | null;
  /** rises, falls: on which side the value was when it was last looked at. */
  above: boolean;
  /** silent: the start of the silence whose occasion was begun or spent. */
  silence: number | null;
  /** reaches: numbers that the value was not below at the touch before, and all that ever were reached. */
  readonly standing: Set<number>;
  readonly reached: Set<number>;
  /** started: the event time of what the series began with. */
  startedAt: number | null;
  /** overdue: the last event whose occasion is spent, and the last one seen. */
  spent: number | null;
  lastSeen: number | null;
  /** date: the date at the touch before, and its moments that are still to come. */
  date: number | null;
  dates: number[];
}

export interface Pending {
  readonly due: number;
  readonly occasion: string;
  /** What it counts from. */
  readonly at: number;
  /** The event that began it. */
  readonly origin?: NaiveEvent;
  readonly place?: string;
  readonly axis?: Axis;
}

/** Keys that it had before its contact was merged into another. */
export interface Former {
  readonly former: readonly string[];
}

export interface Series extends Former {
  readonly occasion: string;
  readonly from: number;
  /** Steps that are still to come, by their index. */
  readonly left: number[];
  /** Channels on which a step was sent, in the order in which they were first used. */
  readonly sent: string[];
  /** The event that began it, of `event` and `started`. */
  readonly origin: NaiveEvent | null;
  /** The last step that came. */
  came: number | null;
  readonly place: { readonly axis: Axis; readonly name: string } | null;
}

export interface OpenGoal extends Former {
  readonly occasion: string;
  readonly since: number;
  readonly until: number;
  /** The last step that was sent, from 1. */
  step: number;
}

export const newMemory = (): TriggerMemory => ({
  pending: null,
  lastFired: null,
  series: null,
  goal: null,
  opened: null,
  above: false,
  silence: null,
  standing: new Set(),
  reached: new Set(),
  startedAt: null,
  spent: null,
  lastSeen: null,
  date: null,
  dates: [],
});
