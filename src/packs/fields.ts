// Reading one block of a pack: its keys checked against the schema, its values as the kinds they have to be. Every mistake
// goes to the list of problems and the reading goes on with `undefined`, so that one run finds all of them.

import { parseDuration } from "./durations.ts";
import { nearest } from "./nearest.ts";
import type { ProblemList } from "./problems.ts";
import { type Block, NAME, RESERVED } from "./schema.ts";
import type { YamlEntry, YamlNode, YamlScalar } from "./yaml-source.ts";

/** `start` is where the block begins; `refused` that a key was refused, which often explains what then seems to be missing. */
export type Fields<Key extends string> = { readonly [K in Key]?: YamlNode } & { readonly start: number; readonly refused: boolean };

/** The keys of a block, checked; undefined where it is no map. `what` names it in messages: "trigger `welcome`". */
export function readFields<Key extends string>(
  node: YamlNode,
  block: Block & { readonly keys: readonly Key[] },
  what: string,
  problems: ProblemList,
): Fields<Key> | undefined {
  if (node.kind !== "map") {
    problems.add(node.at, "wrong-shape", `${what} is ${shapeOf(node)} where keys were expected`, `the keys of ${block.name} are ${listed(block.keys)}`);
    return undefined;
  }
  const fields: Record<string, YamlNode> = {};
  let refused = false;
  for (const { key, at, value } of node.entries) {
    if ((block.keys as readonly string[]).includes(key)) fields[key] = value;
    else {
      // What was most likely meant is read as that, so that one slip is not reported a second time by what then is missing.
      const meant = refuseKey(key, at, block, what, problems);
      if (meant !== undefined && fields[meant] === undefined) fields[meant] = value;
      refused = true;
    }
  }
  return { ...fields, start: node.at, refused } as unknown as Fields<Key>;
}

/** `name: …` entries of a block, at most `limit`. Names that are not fit are reported and kept: what uses them is no second mistake. */
export function readNamed(node: YamlNode | undefined, block: string, limit: number, problems: ProblemList, form = "name: ..."): readonly YamlEntry[] {
  if (node === undefined) return [];
  if (node.kind !== "map") {
    const hint = node.kind === "list" ? "take the dashes away: what is named is a map" : `give at least one, or take \`${block}\` out`;
    problems.add(node.at, "wrong-shape", `\`${block}\` is ${shapeOf(node)}; it holds entries of the form \`${form}\``, hint);
    return [];
  }
  if (node.entries.length > limit)
    problems.add(
      node.at,
      "too-many",
      `\`${block}\` has ${node.entries.length} entries; at most ${limit} are allowed`,
      "split the pack: packs run side by side",
    );
  const entries = node.entries.slice(0, limit);
  for (const { key, at } of entries) checkName(key, at, block, problems);
  return entries;
}

/** Blocks whose names are never written bare in a condition, so that reserved words do not clash there. */
const APART: ReadonlySet<string> = new Set(["traits", "at", "while"]);

/** Reports a word that may not be a name. */
export function checkName(name: string, at: number, block: string, problems: ProblemList): void {
  if (!NAME.test(name)) {
    const cure = snakeCase(name);
    if (/^[a-z]\w*:\S/.test(name)) {
      problems.add(at, "bad-name", `\`${name.slice(0, 80)}\` is one word to YAML`, "put a space after the colon");
      return;
    }
    const hint = NAME.test(cure)
      ? block === "traits"
        ? `write ${cure}: { type: ..., from: traits.${name} }`
        : `write ${cure}`
      : "a lower-case letter, then up to 63 lower-case letters, digits and _";
    problems.add(at, "bad-name", `\`${name.slice(0, 80)}\` is not a name`, hint);
  } else if (!APART.has(block) && RESERVED.has(name)) {
    problems.add(at, "reserved-name", `\`${name}\` is a word of the language and cannot be a name`, `add to it, such as \`my_${name}\` or \`${name}_1\``);
  }
}

/** A text that is not empty. Numbers and booleans are refused: quoting says that a text is meant. */
export function readText(node: YamlNode, what: string, problems: ProblemList, limit = 256): string | undefined {
  if (node.kind !== "scalar") {
    problems.add(node.at, "wrong-shape", `${what} is ${shapeOf(node)} where a text was expected`, null);
    return undefined;
  }
  if (typeof node.value !== "string") {
    problems.add(node.at, "wrong-type", `${what} is ${shapeOf(node)} where a text was expected`, node.value === null ? null : `quote it: "${node.text}"`);
    return undefined;
  }
  if (node.value === "" || node.value.length > limit) {
    problems.add(node.at, "bad-value", node.value === "" ? `${what} is empty` : `${what} is longer than ${limit} characters`, null);
    return undefined;
  }
  return node.value;
}

export function readNumber(node: YamlNode, what: string, problems: ProblemList): number | undefined {
  if (node.kind === "scalar" && typeof node.value === "number" && Number.isFinite(node.value)) return node.value;
  problems.add(
    node.at,
    "wrong-type",
    `${what} is ${shapeOf(node)} where a number was expected`,
    node.kind === "scalar" && Number.isFinite(Number.parseFloat(node.text)) ? `write ${Number.parseFloat(node.text)}` : null,
  );
  return undefined;
}

export function readTruth(node: YamlNode, what: string, problems: ProblemList): boolean {
  if (node.kind === "scalar" && typeof node.value === "boolean") return node.value;
  problems.add(node.at, "wrong-type", `${what} is ${shapeOf(node)}; it can be true or false`, null);
  return true;
}

export function readDuration(node: YamlNode | undefined, what: string, problems: ProblemList): number | null {
  if (node === undefined) return null;
  if (node.kind !== "scalar" || node.value === null) {
    problems.add(node.at, "wrong-type", `${what} is ${shapeOf(node)} where a duration was expected`, "such as 90m, 12h, 30d or 2w");
    return null;
  }
  const duration = parseDuration(node.text);
  if (duration.ok) return duration.value;
  problems.add(node.at, "bad-duration", `${what}: ${duration.message}`, duration.hint);
  return null;
}

/** A duration that may be none: `0d` is at once. */
export function readDurationOrNone(node: YamlNode | undefined, what: string, problems: ProblemList): number | null {
  return node?.kind === "scalar" && /^0[smhdw]$/.test(node.text) ? 0 : readDuration(node, what, problems);
}

/** `x` and `[x, y]` alike, as scalars; an empty list is a mistake. */
export function readOneOrMany(node: YamlNode, what: string, problems: ProblemList, limit = 100): readonly YamlScalar[] {
  const items = node.kind === "list" ? node.items : [node];
  if (items.length === 0 || items.length > limit)
    problems.add(
      node.at,
      "bad-value",
      items.length === 0 ? `${what} is an empty list` : `${what} has ${items.length} items; at most ${limit} are allowed`,
      null,
    );
  return items.slice(0, limit).filter((item): item is YamlScalar => {
    const fine = item.kind === "scalar" && item.value !== null;
    if (!fine) problems.add(item.at, "wrong-shape", `${what} is ${shapeOf(item)} where a name or a list of names was expected`, null);
    return fine;
  });
}

/** Reports a word that is none of a closed set. */
export function refuseWord(node: YamlNode, what: string, allowed: readonly string[], problems: ProblemList): void {
  const word = node.kind === "scalar" ? node.text : "";
  problems.add(
    node.at,
    "bad-value",
    `${what} is ${word === "" ? shapeOf(node) : `\`${word.slice(0, 80)}\``}; it can be ${listed(allowed, "or")}`,
    problems.near(word, allowed),
  );
}

/** What a node is, for "… is a list where a text was expected". */
export function shapeOf(node: YamlNode): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return "a list";
  if (node.value === null) return "empty";
  return typeof node.value === "string"
    ? `the text \`${node.value.slice(0, 40)}\``
    : `${typeof node.value === "boolean" ? "the truth value" : "the number"} ${node.text}`;
}

export function listed(words: readonly string[], and = "and"): string {
  const quoted = words.map((word) => `\`${word}\``);
  const last = quoted.at(-1) ?? "";
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(", ")} ${and} ${last}`;
}

/** Answers with the key that was most likely meant. */
function refuseKey(key: string, at: number, block: Block, what: string, problems: ProblemList): string | undefined {
  const later = Object.hasOwn(block.later, key) ? block.later[key] : undefined;
  if (later !== undefined) {
    problems.add(at, "not-yet", `\`${key}\` is not in this version of the language`, later);
    return undefined;
  }
  const meant = nearest(key, block.keys);
  const torn = /[^\w-]/.test(key)
    ? "if it belongs to the text before it, quote that text: in { } a comma ends it"
    : `the keys of ${block.name} are ${listed(block.keys)}`;
  problems.add(at, "unknown-key", `unknown key \`${key.slice(0, 80)}\` in ${what}`, meant === null ? torn : `did you mean \`${meant}\`?`);
  return meant ?? undefined;
}

const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
