// A walk over the contacts of a worker, so many at a time, partition by partition: whoever asks about all of them (who is where, how numbers lie,
// how targets stand) holds up no batch for longer than a slice takes. What is counted is then of no single moment: a contact that
// comes behind the walk is not met, and each is counted as it is when the walk comes by. It only reads.

import type { Row } from "../packs/row.ts";
import type { Partition } from "./partition.ts";
import type { SlotCursor } from "./protocol.ts";

/** Shows the rows of at most so many slots from `from` on, as of a log time; where to go on, null at the end. */
export function walkSlots(partitions: readonly Partition[], from: SlotCursor, slots: number, logTime: number, see: (row: Row) => void): SlotCursor | null {
  let { index, slot } = from;
  for (let left = slots; left > 0 && index < partitions.length; left--) {
    const { rows } = partitions[index] as Partition;
    if (slot < rows.slots) {
      if (!rows.keys.isFree(slot)) see(rows.load(slot, logTime));
      slot++;
    } else {
      index++;
      slot = 0;
    }
  }
  return index < partitions.length ? { index, slot } : null;
}
