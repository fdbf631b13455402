// Conditions against the library's own evaluator, in full: at least 20,000 random pairs of a condition and a state.

import { compareWithLibrary } from "../../packs/terms/oracle.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";

const PAIRS = 30_000;
const SHORT_PAIRS = 20_000;

export const conditionsCheck: Check = {
  name: "conditions",
  about: "random conditions and states give what the CEL library's own evaluator gives",
  run: async (bench: Bench) => {
    const { pairs, answers, differences } = compareWithLibrary(bench.seed, bench.short ? SHORT_PAIRS : PAIRS);
    bench.say(`${pairs} pairs: ${answers.yes} yes, ${answers.no} no, ${answers.missing} missing; ${differences.length} differences`);
    must(differences.length === 0, `\n${differences.slice(0, 5).join("\n")}`);
  },
};
