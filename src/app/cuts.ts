// Numbers of the population on their way into the log: what the workers counted at one position is added up, made into numbers
// and kept until a record with that number stands in the log. A record is a function of the log before it and carries its
// number, so saying it again (after a crash, or by an owner that was taken over) does no harm; what is in the log while the engine
// catches up is not said again at all. Nothing is lost with this list: the state knows what was counted and does not stand in the
// log, and says it again at a start.

import { type Counts, numbersOf } from "../engine/cut-points.ts";
import type { CutsRecord } from "../packs/population.ts";
import type { BatchResult, CountedItem, LiveNumber } from "../partition/protocol.ts";
import { sumOf } from "../partition/recount.ts";

export class PendingCuts {
  readonly #pending = new Map<string, { readonly record: CutsRecord; written: boolean }>();

  /** What one batch, or the state at a start, gave, of all workers: what became due, and which numbers are in effect by now. */
  take(results: readonly Pick<BatchResult, "counted" | "numbers">[]): void {
    for (const record of recordsOf(results.flatMap(({ counted }) => counted))) {
      const known = this.#pending.get(keyOf(record));
      // What is on its way into the log counts for its number, since the log takes the first; until then the newest count does.
      if (known === undefined || !known.written || known.record.number < record.number) this.#pending.set(keyOf(record), { record, written: false });
    }
    for (const live of results[0]?.numbers ?? []) {
      const known = this.#pending.get(keyOf(live));
      if (known !== undefined && known.record.number <= live.number) this.#pending.delete(keyOf(live));
    }
  }

  /** Records that are not in the log as far as is known, each given once; `again` those that could not be stored. */
  unwritten(): { readonly record: CutsRecord; readonly again: () => void }[] {
    return [...this.#pending.values()]
      .filter((pending) => !pending.written)
      .map((pending) => {
        pending.written = true;
        return { record: pending.record, again: () => this.#forget(pending) };
      });
  }

  #forget(pending: { written: boolean }): void {
    pending.written = false;
  }
}

const keyOf = (of: LiveNumber | CutsRecord): string => `${of.pack}/${of.of}#${of.meaning}`;

/** One record for each item and position that was counted; none where there was nothing to count. */
function recordsOf(counted: readonly CountedItem[]): CutsRecord[] {
  const together = new Map<string, CountedItem[]>();
  for (const item of counted) {
    const key = `${item.position} ${keyOf(item)}`;
    together.set(key, [...(together.get(key) ?? []), item]);
  }
  return [...together.values()].flatMap((parts) => {
    const [{ pack, of, meaning, plan, number, position, logTime }] = parts as [CountedItem];
    const numbers = numbersOf(plan, sumOf(parts) satisfies Counts, logTime);
    return numbers === null ? [] : [{ type: "cuts", pack, of, meaning, number, asOf: position, at: logTime, ...numbers }];
  });
}

/** The record as it is stored. */
export const cutsText = (record: CutsRecord): string => JSON.stringify(record);
