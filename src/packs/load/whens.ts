// The kinds of *when* that are told by numbers and calendars: `reaches`, `overdue`, `date` and `every`.

import type { When } from "../definition.ts";
import { type Fields, listed, readDurationOrNone, readNumber, shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { LIMITS } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";

const MAX_BY = 100;
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** `{ measure or score: [n, ...] }`. */
export function readReaches(node: YamlNode, what: string, names: Names, problems: ProblemList): When | undefined {
  const [entry] = node.kind === "map" ? node.entries : [];
  if (node.kind !== "map" || entry === undefined || node.entries.length > 1) {
    const shape = node.kind === "map" ? "more or less than one number" : shapeOf(node);
    problems.add(node.at, "wrong-shape", `\`reaches\` of ${what} is ${shape}`, "such as reaches: { orders: [1, 10, 100] }");
    return undefined;
  }
  const before = problems.count;
  const at = itemsOf(entry.value, LIMITS.reaches, `\`reaches\` of ${what}`, problems).map((item) => readNumber(item, `\`reaches\` of ${what}`, problems) ?? 0);
  const value = names.threshold(entry.key, entry.at, what);
  if (value === undefined || problems.count > before) return undefined;
  return { kind: "reaches", of: { op: value.kind, name: entry.key, text: entry.key, type: "number" }, at: ascending(at) };
}

/** How many of the usual gaps have to pass. */
export function readBy(fields: Fields<"by" | "overdue">, what: string, problems: ProblemList): number {
  if (fields.by === undefined) {
    if (!fields.refused) problems.add(fields.start, "missing-key", `${what}: \`overdue\` needs \`by\``, "by: 1.2 is a fifth later than usual");
    return 1;
  }
  const by = readNumber(fields.by, `\`by\` of ${what}`, problems);
  if (by !== undefined && !(by > 0 && by <= MAX_BY))
    problems.add(fields.by.at, "bad-value", `\`by\` of ${what} is ${by}; it is above 0 and at most ${MAX_BY}`, "by: 1.2 is a fifth later than usual");
  return by ?? 1;
}

/** `traits.x` with `before` or `after`. */
export function readDate(node: YamlNode, fields: Fields<"before" | "after">, what: string, names: Names, problems: ProblemList): When | undefined {
  const trait = readDateTrait(node, what, names, problems);
  const side = fields.before === undefined ? "after" : "before";
  const given = fields[side];
  if (given === undefined || (fields.before !== undefined && fields.after !== undefined)) {
    const message = given === undefined ? `${what} says neither \`before\` nor \`after\`` : `${what} has \`before\` and \`after\`: two occasions`;
    problems.add(fields.start, "one-of", message, given === undefined ? "such as before: 7d; 0d is the date itself" : "make it one trigger for each");
    return undefined;
  }
  const before = problems.count;
  const byMs = itemsOf(given, LIMITS.dates, `\`${side}\` of ${what}`, problems).map(
    (item) => readDurationOrNone(item, `\`${side}\` of ${what}`, problems) ?? 0,
  );
  return trait === undefined || problems.count > before ? undefined : { kind: "date", trait, side, byMs: ascending(byMs) };
}

function readDateTrait(node: YamlNode, what: string, names: Names, problems: ProblemList): string | undefined {
  const trait = node.kind === "scalar" ? /^traits\.(\w+)$/.exec(node.text)?.[1] : undefined;
  if (trait === undefined) {
    problems.add(node.at, "wrong-shape", `\`date\` of ${what} is ${shapeOf(node)}; it is a trait`, "such as date: traits.renews_at");
    return undefined;
  }
  const type = names.traits.get(trait);
  if (type === "moment") return trait;
  if (type === undefined) problems.add(node.at, "unknown-trait", `${what}: there is no trait \`${trait}\``, problems.near(trait, names.traits.keys()));
  else problems.add(node.at, "wrong-type", `${what}: trait \`${trait}\` is no date`, `declare it as ${trait}: date`);
  return undefined;
}

/** `every: 1d` or `1w`, with `at: "07:30"` or `at: "mon 07:30"`. */
export function readEvery(node: YamlNode, fields: Fields<"at">, what: string, problems: ProblemList): When | undefined {
  const period = node.kind === "scalar" ? node.text : "";
  if (period !== "1d" && period !== "1w") {
    problems.add(
      node.at,
      "bad-value",
      `\`every\` of ${what} is ${shapeOf(node)}; it can be ${listed(["1d", "1w"], "or")}`,
      "for another rhythm, ask in its `if`",
    );
    return undefined;
  }
  const example = period === "1d" ? 'at: "07:30"' : 'at: "mon 07:30"';
  if (fields.at === undefined) {
    if (!fields.refused) problems.add(fields.start, "missing-key", `${what}: \`every\` needs \`at\``, `such as ${example}`);
    return undefined;
  }
  const text = fields.at.kind === "scalar" && typeof fields.at.value === "string" ? fields.at.value : "";
  const found = /^(?:(\w{3}) )?([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  const weekday = WEEKDAYS.indexOf(found?.[1] ?? "");
  if (found === null || (period === "1w") !== weekday >= 0 || (found[1] !== undefined && weekday < 0)) {
    const form = period === "1d" ? "a time of the day" : `a weekday (${WEEKDAYS.join(" ")}) and a time of the day`;
    problems.add(fields.at.at, "bad-value", `\`at\` of ${what} is ${shapeOf(fields.at)}; it is ${form}`, `such as ${example}, quoted`);
    return undefined;
  }
  return { kind: "every", weekday: weekday < 0 ? null : weekday, minute: Number(found[2]) * 60 + Number(found[3]), text };
}

function itemsOf(node: YamlNode, limit: number, what: string, problems: ProblemList): readonly YamlNode[] {
  const items = node.kind === "list" ? node.items : [node];
  if (items.length > 0 && items.length <= limit) return items;
  const message = items.length === 0 ? `${what} is an empty list` : `${what} has ${items.length} items; at most ${limit} are allowed`;
  problems.add(node.at, "bad-value", message, null);
  return items.slice(0, limit);
}

const ascending = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);
