// Paths into a message: `properties.revenue`, `properties.items[0].sku`, `properties["order id"]`. Written in conditions'
// syntax and read by the same parser; every step is written out, so that the decoder knows before the first event what
// to look for. Nothing here evaluates.

import { type CelNode, parseCel } from "./condition/cel.ts";
import type { PropertyPath } from "./definition.ts";
import { listed, shapeOf } from "./fields.ts";
import type { ProblemList } from "./problems.ts";
import type { YamlNode } from "./yaml-source.ts";

/** Where the paths of a `where`, a `value`, a `key` and an `of` begin. */
export const MESSAGE_ROOTS: readonly string[] = ["properties", "context", "traits"];

/** Where an event says what it answers: the `key` of a trigger. */
export const ANSWERED_KEY: PropertyPath = ["context", "tidemark", "key"];

const MAX_STEPS = 16;
const MAX_INDEX = 9_999;

export type PathResult =
  | { readonly ok: true; readonly value: PropertyPath }
  | { readonly ok: false; readonly at: number; readonly message: string; readonly hint: string | null };

/** The path that a syntax tree of `.` and `[]` spells; offsets are those of the condition's text. */
export function pathOf(node: CelNode): PathResult {
  if (node.op === "id") return { ok: true, value: [node.args] };
  if (node.op !== "." && node.op !== "[]")
    return { ok: false, at: node.start, message: "a path begins with one of its roots", hint: "such as properties.revenue" };
  const before = pathOf(node.args[0]);
  if (!before.ok) return before;
  if (before.value.length >= MAX_STEPS) return { ok: false, at: node.start, message: `a path has at most ${MAX_STEPS} steps`, hint: null };
  const step = node.op === "." ? node.args[1] : stepOf(node.args[1]);
  if (step === null)
    return {
      ok: false,
      at: node.args[1] instanceof Object ? node.args[1].start : node.start,
      message: "in a path, [ ] holds a whole number or a text, written out",
      hint: 'such as properties.items[0] or properties["order id"]',
    };
  return { ok: true, value: [...before.value, step] };
}

/** A path of the pack's YAML, beginning with one of `roots`. */
export function readPath(node: YamlNode, roots: readonly string[], what: string, problems: ProblemList): PropertyPath | null {
  if (node.kind !== "scalar" || typeof node.value !== "string" || node.text.length > 512) {
    problems.add(node.at, "bad-path", `${what} is ${shapeOf(node)} where a path was expected`, "such as properties.revenue");
    return null;
  }
  const parsed = parseCel(node.text);
  const path = parsed.ok ? pathOf(parsed.root) : parsed;
  if (!path.ok) {
    problems.add(node.offsetOf(path.at), "bad-path", `${what}: \`${node.text.slice(0, 80)}\` is not a path`, bracketed(node.text) ?? path.hint);
    return null;
  }
  const root = String(path.value[0]);
  if (!roots.includes(root) || path.value.length < 2) {
    const hint = roots.includes(root)
      ? `name one of its keys: ${root}.something`
      : (problems.near(root, roots) ?? (path.value.length === 1 ? `write properties.${root}` : null));
    problems.add(node.at, "bad-path", `${what}: a path begins with ${listed(roots, "or")} and names a key of it`, hint);
    return null;
  }
  return path.value;
}

/** `properties.order-id` with the steps that are no plain words in brackets, where that is what is wrong with it. */
function bracketed(text: string): string | null {
  const [root, ...steps] = text.split(".");
  if (!/^[\w$ .-]+$/.test(text) || steps.length === 0 || steps.includes("")) return null;
  return `write '${root}${steps.map((step) => (/^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `["${step}"]`)).join("")}'`;
}

function stepOf(node: CelNode): string | number | null {
  if (node.op !== "value") return null;
  if (typeof node.args === "string") return node.args;
  if (typeof node.args !== "bigint") return null;
  return node.args >= 0n && node.args <= BigInt(MAX_INDEX) ? Number(node.args) : null;
}
