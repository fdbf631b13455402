// What all partitions of a worker share: the live packs and who evaluates them. live-records.ts makes it anew when the log changes them.

import type { ContactEngine } from "../engine/apply.ts";
import type { Program } from "../packs/program.ts";

export interface Live {
  readonly program: Program;
  readonly engine: ContactEngine;
}
