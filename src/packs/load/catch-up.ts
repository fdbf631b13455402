// `catch_up: none` or `catch_up: spread over 6h`: what a pack makes up for when a contact returns from history (docs/packs.md).

import { formatDuration, parseDuration } from "../durations.ts";
import { shapeOf } from "../fields.ts";
import type { ProblemList } from "../problems.ts";
import { DAY_MS } from "../windows.ts";
import type { YamlNode } from "../yaml-source.ts";

/** A contact that was told of things a month late would wonder. */
const LONGEST_SPREAD_MS = 30 * DAY_MS;

/** Over how long, ms; null for none. */
export function readCatchUp(node: YamlNode | undefined, problems: ProblemList): number | null {
  if (node === undefined) return null;
  const text = node.kind === "scalar" && typeof node.value === "string" ? node.value.trim() : null;
  if (text === "none") return null;
  const over = text === null ? null : /^spread\s+over\s+(\S+)$/.exec(text);
  if (over === null) {
    problems.add(node.at, "bad-value", `\`catch_up\` is ${shapeOf(node)}; it can be \`none\` or \`spread over D\``, "such as `catch_up: spread over 6h`");
    return null;
  }
  const duration = parseDuration(over[1] as string);
  if (!duration.ok) problems.add(node.at, "bad-duration", `\`catch_up\`: ${duration.message}`, duration.hint);
  else if (duration.value > LONGEST_SPREAD_MS)
    problems.add(node.at, "bad-value", `\`catch_up\` is spread over more than ${formatDuration(LONGEST_SPREAD_MS)}`, "write a shorter time, such as 6h");
  return duration.ok ? duration.value : null;
}
