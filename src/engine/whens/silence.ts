// `silent`: nothing of the kind for a time. Every silence is an occasion once.

import { isoTime } from "../../model/ids.ts";
import { formatDuration } from "../../packs/durations.ts";
import type { PackProgram, TriggerProgram } from "../../packs/program.ts";
import type { Row } from "../../packs/row.ts";
import type { Look } from "../look.ts";
import { fires } from "../occasion.ts";

/** `memory` is the largest event time of the events, `mark` the beginning of the silence that is spent. */
export function lookAtSilence(at: Look, forMs: number): void {
  const { trigger, row, touch, touched } = at;
  if (touch.event !== null && trigger.events.some((index) => touched.matched.includes(index))) {
    if (!((row.numbers[trigger.memory] as number) >= touch.event.at)) {
      row.numbers[trigger.memory] = touch.event.at;
      at.giveUp("no_longer_true");
    }
  }
  const start = silenceStart(trigger, touched.pack, row);
  const due = start + forMs;
  if (due > touch.now || row.numbers[trigger.mark] === start) return;
  row.numbers[trigger.mark] = start;
  if (due < touch.now || touch.event !== null) return;
  const because = { cause: "time", silent: touched.pack.events[trigger.events[0] as number]?.name ?? null, for: formatDuration(forMs), since: isoTime(start) };
  fires(at, { id: String(due), began: start, was: null, because });
}

/** The last such event, or the moment of birth. */
export function silenceStart(trigger: TriggerProgram, pack: PackProgram, row: Row): number {
  const last = row.numbers[trigger.memory] as number;
  return Number.isNaN(last) ? (row.numbers[pack.born] as number) : last;
}
