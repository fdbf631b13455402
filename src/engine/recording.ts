// One event as it is recorded in a row: what measures, purchases and what takes them back need of it.

import type { Observed } from "../packs/population.ts";
import type { Row } from "../packs/row.ts";
import type { Dropped } from "./dropped.ts";
import type { EventFacts } from "./touch.ts";

export interface Recording {
  readonly row: Row;
  readonly event: EventFacts;
  readonly now: number;
  /** Bytes of a text that is kept. */
  readonly textBytes: number;
  readonly dropped: Dropped;
  /** Takes what means of the population are told. */
  readonly observed: Observed[];
}
