// What waits of a trigger, or goes on as a series: it lies in the row, as the moment at which it comes due and a short JSON text
// (Pending) that says of which occasion, so that nothing outside the row is needed when the time comes. A series that is given up
// leaves a cancel message where something of it was sent.

import type { TriggerProgram } from "../packs/program.ts";
import type { Row } from "../packs/row.ts";
import type { Named } from "./answers.ts";
import type { Cancel, Ended, PackTouch, Standing } from "./touch.ts";

/** What is known of an occasion when it begins. Short names: it lies in the row. */
export interface Pending extends Named {
  /** Place that was entered or left: the stay in it must not break. */
  readonly p?: string;
  /** Beginning, ms (event time for events). */
  readonly b: number;
  readonly w?: Standing;
  readonly e?: string;
  readonly m?: string;
  /** Carried event properties. */
  readonly c?: Record<string, unknown>;
  /** A series that goes on: index of the step that comes next, and the channels that its steps were sent on. */
  readonly s?: number;
  /** The last step that came, from 1, where steps after it were left out because their moments had passed. */
  readonly l?: number;
  readonly g?: readonly string[];
}

export const hasPending = ({ due }: TriggerProgram, row: Row): boolean => due >= 0 && !Number.isNaN(row.numbers[due] as number);

export const pendingIn = ({ pending }: TriggerProgram, row: Row): Pending => JSON.parse(row.text(pending) ?? '{"o":"","b":0}') as Pending;

/** The series that goes on for this contact, or null. */
export function runningSeries(trigger: TriggerProgram, row: Row): Pending | null {
  if (!trigger.definition.series || !hasPending(trigger, row)) return null;
  const state = pendingIn(trigger, row);
  return state.s === undefined ? null : state;
}

/** Ends what waits or goes on; `why` stands in the cancel message of a series. */
export function giveUp(touched: PackTouch, trigger: TriggerProgram, row: Row, why: Ended, cancels: Cancel[]): void {
  if (!hasPending(trigger, row)) return;
  const pending = pendingIn(trigger, row);
  forgetPending(trigger, row);
  cancel(touched, trigger, pending, why, cancels);
}

export function forgetPending({ due, pending }: TriggerProgram, row: Row): void {
  row.numbers[due] = Number.NaN;
  row.setText(pending, undefined);
}

/** The message that takes back a series of which something was sent. */
export function cancel(touched: PackTouch, trigger: TriggerProgram, of: Pending, why: Ended, cancels: Cancel[]): void {
  if (of.g === undefined || of.s === undefined) return;
  cancels.push({ touched, trigger, occasion: of.o, step: of.l ?? of.s, channels: of.g, was: of.w ?? null, carried: of.c ?? {}, why });
}
