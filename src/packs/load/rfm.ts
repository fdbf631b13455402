// `rfm:` what counts as a purchase, over how long, and where the bins of recency, frequency and amount begin.

import type { RfmDefinition } from "../definition.ts";
import { type Fields, listed, readDuration, readFields, readNumber, refuseWord, shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS } from "../schema.ts";
import { DAY_MS } from "../windows.ts";
import type { YamlNode } from "../yaml-source.ts";
import { readWindow } from "./measures.ts";

type RfmFields = Fields<(typeof BLOCKS.rfm.keys)[number]>;
type Cuts = RfmDefinition["cuts"];

const METHODS = ["r", "pandas", "thresholds", "thirds"] as const;
const FREQUENCIES = ["orders", "days"] as const;
const FREE = ["count", "leave_out"] as const;
const OTHERS = ["silent", "fire"] as const;
/** A code is one digit an axis. */
const MOST_BINS = 9;
const SHORTEST_RECUT_MS = 3_600_000;

export const RFM_NAMES = ["r", "f", "m", "rfm"] as const;

export function readRfm(node: YamlNode | undefined, names: Names, problems: ProblemList): RfmDefinition | null {
  if (node === undefined) return null;
  for (const name of RFM_NAMES) names.values.set(name, { kind: "rfm", type: "number", words: null });
  const fields = readFields(node, BLOCKS.rfm, "`rfm`", problems);
  if (fields === undefined) return null;
  const method = readWord(fields.method, "`method` of `rfm`", METHODS, problems) ?? (fields.method === undefined ? "thresholds" : "r");
  const bins = readBins(fields.bins, method, problems);
  names.bins = bins;
  const cuts = readCuts(fields, method, bins, problems);
  const computed = cuts.r === null || cuts.f === null || cuts.m === null;
  return {
    event: readPurchaseEvent(fields.of, fields, "`rfm`", names, problems),
    window: fields.window === undefined ? null : readDays(fields.window, problems),
    frequency: readWord(fields.frequency, "`frequency` of `rfm`", FREQUENCIES, problems) ?? "orders",
    bins,
    method,
    cuts,
    free: readFree(fields.free, "`rfm`", problems),
    recut: readRecut(fields.recut, computed, problems),
  };
}

/** The event whose purchases count; it must have a value. */
export function readPurchaseEvent(
  node: YamlNode | undefined,
  fields: { start: number; refused: boolean },
  what: string,
  names: Names,
  problems: ProblemList,
): string {
  if (node === undefined) {
    if (!fields.refused) problems.add(fields.start, "missing-key", `${what} has no \`of\``, "name the event that is a purchase, such as of: order");
    return "";
  }
  if (node.kind !== "scalar" || node.value === null) {
    problems.add(node.at, "wrong-shape", `\`of\` of ${what} is ${shapeOf(node)} where an event was expected`, "name the event that is a purchase");
    return "";
  }
  const event = names.event(node, `\`of\` of ${what}`) ?? "";
  if (names.events.get(event)?.hasValue === false)
    problems.add(node.at, "no-value", `${what}: event \`${event}\` has no \`value\``, "give the event a `value`, such as value: properties.revenue");
  return event;
}

function readWord<Word extends string>(node: YamlNode | undefined, what: string, words: readonly Word[], problems: ProblemList): Word | undefined {
  if (node === undefined) return undefined;
  const word = node.kind === "scalar" ? words.find((one) => one === node.value) : undefined;
  if (word === undefined) refuseWord(node, what, words, problems);
  return word;
}

function readBins(node: YamlNode | undefined, method: RfmDefinition["method"], problems: ProblemList): number {
  const usual = method === "thirds" ? 3 : 5;
  if (node === undefined) return usual;
  const bins = readNumber(node, "`bins` of `rfm`", problems);
  if (bins === undefined) return usual;
  if (method === "thirds" && bins !== 3) problems.add(node.at, "bad-value", `\`bins\` of \`rfm\` is ${bins}; thirds are 3`, "take `bins` out");
  else if (!Number.isInteger(bins) || bins < 2 || bins > MOST_BINS)
    problems.add(node.at, "bad-value", `\`bins\` of \`rfm\` is ${bins}; it is a whole number from 2 to ${MOST_BINS}`, "5 is usual");
  else return bins;
  return usual;
}

/** Whole days, because purchases are kept by day. */
function readDays(node: YamlNode, problems: ProblemList): RfmDefinition["window"] {
  const window = readWindow(node, "the window of `rfm`", problems);
  if (window === null || window.bucketMs === DAY_MS) return window;
  problems.add(node.at, "bad-window", "the window of `rfm` is 2d or shorter; purchases are kept by day", "write 3d or more");
  return null;
}

function readCuts(fields: RfmFields, method: RfmDefinition["method"], bins: number, problems: ProblemList): Cuts {
  const none: Cuts = { r: null, f: null, m: null };
  if (fields.cuts === undefined) {
    if (method === "thresholds" && !fields.refused)
      problems.add(
        fields.start,
        "missing-key",
        "`rfm` has no `cuts`",
        "give the bounds of each, such as cuts: { r: [30, 90, 180, 365], f: [2, 3, 5, 10], m: [50, 100, 250, 500] }",
      );
    return none;
  }
  const axes = readFields(fields.cuts, BLOCKS.cuts, "`cuts` of `rfm`", problems);
  if (axes === undefined) return none;
  const missing = (["r", "f", "m"] as const).filter((axis) => axes[axis] === undefined);
  if (method === "thresholds" && missing.length > 0 && !axes.refused)
    problems.add(axes.start, "missing-key", `\`cuts\` of \`rfm\` has no ${listed(missing)}`, "with `method: thresholds` all three have bounds");
  const read = (axis: "r" | "f" | "m"): readonly number[] | null => (axes[axis] === undefined ? null : readBounds(axes[axis], axis, bins, problems));
  return { r: read("r"), f: read("f"), m: read("m") };
}

function readBounds(node: YamlNode, axis: string, bins: number, problems: ProblemList): readonly number[] {
  const what = `\`${axis}\` of the cuts of \`rfm\``;
  if (node.kind !== "list" || node.items.length !== bins - 1) {
    const shape = node.kind === "list" ? `${node.items.length} bounds` : shapeOf(node);
    problems.add(node.at, "wrong-shape", `${what} is ${shape}; ${bins} bins have ${bins - 1} bounds`, "write them ascending, such as [30, 90]");
    return [];
  }
  const bounds = node.items.map((item) => readNumber(item, what, problems) ?? Number.NaN);
  for (const [index, bound] of bounds.entries())
    if (bound <= (bounds[index - 1] ?? Number.NEGATIVE_INFINITY))
      problems.add(
        node.items[index]?.at ?? node.at,
        "bad-order",
        `${what}: ${bound} stands after ${bounds[index - 1]}`,
        "write each bound above the one before",
      );
  return bounds;
}

function readRecut(node: YamlNode | undefined, computed: boolean, problems: ProblemList): RfmDefinition["recut"] {
  if (node === undefined) return computed ? { everyMs: DAY_MS, othersMoved: "silent" } : null;
  const fields = readFields(node, BLOCKS.recut, "`recut` of `rfm`", problems);
  if (fields === undefined) return null;
  if (!computed) {
    problems.add(node.at, "key-not-here", "`recut` of `rfm`: all cuts are written out, so there is nothing to compute again", "take `recut` out");
    return null;
  }
  return { everyMs: readEvery(fields.every, "`recut` of `rfm`", problems), othersMoved: readOthersMoved(fields.others_moved, "`recut` of `rfm`", problems) };
}

/** How often numbers of the population are computed again; once a day by default. */
export function readEvery(node: YamlNode | undefined, what: string, problems: ProblemList): number {
  const every = readDuration(node, `\`every\` of ${what}`, problems) ?? DAY_MS;
  if (node !== undefined && every < SHORTEST_RECUT_MS) problems.add(node.at, "bad-value", `\`every\` of ${what} is shorter than an hour`, "write 1h or more");
  return every;
}

/** Whether purchases without an amount above 0 count. */
export const readFree = (node: YamlNode | undefined, what: string, problems: ProblemList): "count" | "leave_out" =>
  readWord(node, `\`free\` of ${what}`, FREE, problems) ?? "count";

export const readOthersMoved = (node: YamlNode | undefined, what: string, problems: ProblemList): "silent" | "fire" =>
  readWord(node, `\`others_moved\` of ${what}`, OTHERS, problems) ?? "silent";
