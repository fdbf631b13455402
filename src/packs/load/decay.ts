// `decay:` of a score and of its rules. A score turns with the clock in one way, so that one can foresee when it passes a number:
// by half-life or evenly. Points that expire go in steps, and points that stay do not go at all: both go with anything.

import type { SpreadDefinition } from "../definition.ts";
import { parseWindow } from "../durations.ts";
import { listed, readDuration, readFields, shapeOf } from "../fields.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";
import { readWindow } from "./measures.ts";

/** At most one of the two. */
export interface Decay {
  readonly halfLifeMs: number | null;
  readonly spread: SpreadDefinition | null;
}

const LAWS = ["half_life", "linear", "expiry"] as const;
export const NO_DECAY: Decay = { halfLifeMs: null, spread: null };

/** A score's own. */
export function readDecay(node: YamlNode | undefined, what: string, problems: ProblemList): Decay {
  if (node === undefined) return NO_DECAY;
  if (node.kind !== "scalar") return readLaw(node, what, problems);
  if (node.value !== "none")
    problems.add(
      node.at,
      "bad-value",
      `the decay of ${what} is ${shapeOf(node)}; it is \`none\` or one of ${listed(LAWS)}`,
      /^\d/.test(node.text) ? `write { half_life: ${node.text} }` : "such as { half_life: 14d }",
    );
  return NO_DECAY;
}

/** A rule's own, in a score that decays as `of` says. */
export function readRuleDecay(node: YamlNode, of: Decay, what: string, problems: ProblemList): Decay {
  if (node.kind === "scalar") {
    if (node.value !== "none")
      problems.add(
        node.at,
        "bad-value",
        `${what}: a rule's decay is ${shapeOf(node)}; it can be \`none\`, \`linear\` or \`expiry\``,
        "such as { expiry: 30d }",
      );
    return NO_DECAY;
  }
  const decay = readLaw(node, what, problems);
  if (decay.halfLifeMs !== null || (of.halfLifeMs !== null && decay.spread?.law === "linear"))
    problems.add(
      node.at,
      "two-decays",
      `${what}: a score turns with the clock in one way`,
      decay.halfLifeMs === null ? "let them expire, or give the rule a score of its own" : "the half-life is the score's: give the rule a score of its own",
    );
  return decay;
}

function readLaw(node: YamlNode, what: string, problems: ProblemList): Decay {
  const fields = readFields(node, BLOCKS.decay, `the decay of ${what}`, problems);
  if (fields === undefined) return NO_DECAY;
  const said = LAWS.filter((law) => fields[law] !== undefined);
  const [law] = said;
  if (law === undefined || said.length > 1) {
    if (law !== undefined) problems.add(fields.start, "one-of", `the decay of ${what} is ${listed(said)} at once`, "keep one");
    else if (!fields.refused)
      problems.add(fields.start, "one-of", `the decay of ${what} does not say how`, `say one of ${listed(LAWS, "or")}, such as { half_life: 14d }`);
    return NO_DECAY;
  }
  if (law === "half_life") return { halfLifeMs: readDuration(fields.half_life, `the half-life of ${what}`, problems), spread: null };
  const window = readWindow(fields[law] as YamlNode, `\`${law}\` of ${what}`, problems, parseWindow);
  return { halfLifeMs: null, spread: window === null ? null : { law, window } };
}
