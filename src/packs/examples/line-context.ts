// What a line of a story, and every part of it, is read against.

import type { EpochMs } from "../../model/ids.ts";
import type { PackDefinition } from "../definition.ts";

export interface LineContext {
  readonly begins: EpochMs;
  /** No moment of the line is before this one. */
  readonly earliest: number;
  readonly pack: PackDefinition;
  /** The example, for messages. */
  readonly what: string;
}
