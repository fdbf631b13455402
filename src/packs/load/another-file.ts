// A file that is meant for something else than a pack, named where a pack belongs: one sentence that says which, in the place of a
// mistake for each of its keys. Known by the key that only such a file begins with.

import type { ProblemList } from "../problems.ts";
import type { YamlMap } from "../yaml-source.ts";

interface Other {
  readonly key: string;
  /** A file that has this as well is a pack with a mistake. */
  readonly without: string;
  readonly is: string;
  readonly hint: string;
}

const OTHERS: readonly Other[] = [
  { key: "examples", without: "events", is: "these are the examples of a pack", hint: "name the pack that they stand beside" },
  { key: "mapping", without: "pack", is: "this is a mapping", hint: "`tidemark map SAMPLE --mapping FILE` shows what it makes of a sample" },
  { key: "policy", without: "pack", is: "this is a policy", hint: "name it with `--policy`" },
];

/** Whether it is another file; then that is said. */
export function isAnotherFile({ entries }: YamlMap, problems: ProblemList): boolean {
  const at = new Map(entries.map((entry) => [entry.key, entry.at]));
  const other = OTHERS.find(({ key, without }) => at.has(key) && !at.has(without));
  if (other === undefined) return false;
  problems.add(at.get(other.key) ?? 0, "not-a-pack", `${other.is}, where a pack was expected`, other.hint);
  return true;
}
