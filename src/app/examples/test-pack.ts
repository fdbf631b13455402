// One pack and the examples beside it, from files to results: what `tidemark test` does to each pack, and what the tests of the
// packs that ship do. Mistakes in either file are the result too.

import type { Problem } from "../../packs/definition.ts";
import { examplesBeside, loadExamplesFile } from "../../packs/examples/examples.ts";
import { loadPackFile } from "../../packs/load/load.ts";
import { type ExamplesResult, runExamples } from "./run-examples.ts";

/** What became of one pack: its problems, or its results. */
export interface Tested {
  /** Of the examples; of the pack where that has mistakes. */
  readonly file: string;
  readonly pack: string | null;
  readonly problems: readonly Problem[];
  readonly result: ExamplesResult | null;
}

/** `only`: the examples whose name contains it. Throws FILE_UNREADABLE. */
export function testPack(packFile: string, only = ""): Tested {
  const loaded = loadPackFile(packFile);
  const file = examplesBeside(packFile);
  if (!loaded.ok) return { file: packFile, pack: null, problems: loaded.problems, result: null };
  const pack = loaded.pack.name;
  const examples = loadExamplesFile(file, loaded.pack);
  if (examples === null)
    return {
      file,
      pack,
      problems: [{ file: packFile, line: 1, column: 1, code: "no-examples", message: `there is no ${file}`, hint: "begin it with `pack:` and `examples:`" }],
      result: null,
    };
  if (!examples.ok) return { file, pack, problems: examples.problems, result: null };
  return { file, pack, problems: [], result: runExamples(loaded.pack, examples.examples, only) };
}
