// `audiences:`, `segments:` and `stages:`, the places where a contact can stand. Their names are declared before any
// condition is read, because conditions compare `stage` and `segment` with them.

import { BROKEN, readCondition } from "../condition/expression.ts";
import type { AudienceDefinition, Expression, SegmentsDefinition, StagesDefinition } from "../definition.ts";
import { checkName, readFields, readNamed, shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS } from "../schema.ts";
import type { YamlEntry, YamlNode } from "../yaml-source.ts";
import { readCodes } from "./codes.ts";
import { readEventNames, readMove } from "./moves.ts";

export function declarePlaces(segments: YamlNode | undefined, stages: YamlNode | undefined, names: Names, problems: ProblemList): void {
  names.segments = uniqueNames(
    [...segmentEntries(entryOf(segments, "list")), ...codeEntries(entryOf(segments, "codes"))],
    "segments",
    LIMITS.segments,
    problems,
  );
  names.stages = uniqueNames(scalarsOf(entryOf(stages, "order")), "stages", LIMITS.stages, problems);
}

export function readAudiences(node: YamlNode | undefined, names: Names, problems: ProblemList): AudienceDefinition[] {
  return readNamed(node, "audiences", LIMITS.audiences, problems, "name: condition").map(({ key, value }) => {
    names.reading = key;
    const audience = readAudience(key, value, names, problems);
    names.values.set(key, { kind: "audience", type: "bool", words: null });
    names.audiences.add(key);
    return audience;
  });
}

export function readSegments(node: YamlNode | undefined, names: Names, problems: ProblemList): SegmentsDefinition | null {
  if (node === undefined) return null;
  const fields = readFields(node, BLOCKS.segments, "`segments`", problems);
  if (fields === undefined) return null;
  const among = fields.among === undefined ? null : readCondition(fields.among, "standing", "`among` of the segments", names, problems);
  if (fields.codes !== undefined) return { among, list: readCodeMap(fields.codes, fields.list !== undefined, names, problems) };
  if (fields.list === undefined) {
    if (!fields.refused) problems.add(fields.start, "missing-key", "`segments` has no `list`", "write `list:` and under it `- name: condition`");
    return { among, list: [] };
  }
  if (fields.list.kind !== "list" || fields.list.items.length === 0) {
    problems.add(
      fields.list.at,
      "wrong-shape",
      `\`list\` of the segments is ${shapeOf(fields.list)}; it is a list, because the first that holds counts`,
      "write each as `- name: condition`",
    );
    return { among, list: [] };
  }
  return { among, list: readSegmentList(fields.list.items, names, problems) };
}

function readCodeMap(node: YamlNode, hasList: boolean, names: Names, problems: ProblemList): SegmentsDefinition["list"] {
  if (hasList) problems.add(node.at, "one-of", "`segments` has a `list` and `codes`", "keep one: each contact has one segment");
  if (node.kind === "map" && node.entries.length > 0) return readCodes(node.entries.slice(0, LIMITS.segments), node.at, names, problems);
  problems.add(
    node.at,
    "wrong-shape",
    `\`codes\` of the segments is ${shapeOf(node)}; it is a map of segments to their codes`,
    "such as champions: 555 554 544",
  );
  return [];
}

export function readStages(node: YamlNode | undefined, names: Names, problems: ProblemList): StagesDefinition | null {
  if (node === undefined) return null;
  const fields = readFields(node, BLOCKS.stages, "`stages`", problems);
  if (fields === undefined) return null;
  if (fields.order === undefined)
    problems.add(fields.start, "missing-key", "`stages` has no `order`", "list the stages, the first being where everyone begins");
  else if (fields.order.kind !== "list" || fields.order.items.length === 0)
    problems.add(
      fields.order.at,
      "wrong-shape",
      `\`order\` of the stages is ${shapeOf(fields.order)}; it is a list of stages`,
      "such as [visitor, lead, customer]",
    );
  const setBy = fields.set_by === undefined ? [] : readSetBy(fields.set_by, names, problems);
  return { order: names.stages, setBy, moves: readMoves(fields.moves, names, problems) };
}

function readSetBy(node: YamlNode, names: Names, problems: ProblemList): string[] {
  const events = readEventNames(node, "`set_by` of the stages", names, problems);
  for (const event of events)
    if (names.events.get(event)?.setsStage === false)
      problems.add(
        node.at,
        "no-stage",
        `\`set_by\` of the stages: event \`${event}\` does not say which stage it sets`,
        "add stage: properties.stage to the event",
      );
  return events;
}

function readMoves(node: YamlNode | undefined, names: Names, problems: ProblemList): StagesDefinition["moves"] {
  if (node === undefined) return [];
  if (node.kind !== "list") {
    problems.add(
      node.at,
      "wrong-shape",
      `\`moves\` is ${shapeOf(node)}; it is a list, because the first that applies counts`,
      "write each as `- { to: ..., if: ... }`",
    );
    return [];
  }
  if (node.items.length > LIMITS.moves)
    problems.add(node.at, "too-many", `there are ${node.items.length} moves; at most ${LIMITS.moves} are allowed`, "split the pack: packs run side by side");
  return node.items.slice(0, LIMITS.moves).map((item) => readMove(item, names, problems));
}

function readAudience(name: string, node: YamlNode, names: Names, problems: ProblemList): AudienceDefinition {
  const what = `audience \`${name}\``;
  if (node.kind !== "map") return { name, if: readCondition(node, "standing", what, names, problems) ?? BROKEN, until: null };
  const fields = readFields(node, BLOCKS.audience, what, problems);
  if (fields === undefined) return { name, if: BROKEN, until: null };
  if (fields.if === undefined) problems.add(fields.start, "missing-key", `${what} has no \`if\``, "say who gets in");
  return {
    name,
    if: (fields.if === undefined ? null : readCondition(fields.if, "standing", `the \`if\` of ${what}`, names, problems)) ?? BROKEN,
    until: fields.until === undefined ? null : readCondition(fields.until, "standing", `the \`until\` of ${what}`, names, problems),
  };
}

function readSegmentList(items: readonly YamlNode[], names: Names, problems: ProblemList): SegmentsDefinition["list"] {
  const list: { name: string; if: Expression | null }[] = [];
  let elseAt: number | undefined;
  for (const item of items.slice(0, LIMITS.segments)) {
    const [entry] = item.kind === "map" ? item.entries : [];
    if (entry === undefined || item.kind !== "map" || item.entries.length > 1) {
      problems.add(
        item.at,
        "wrong-shape",
        `a segment is ${shapeOf(item)}; it is one name with its condition`,
        "write `- name: condition`, each with a dash of its own",
      );
      continue;
    }
    if (elseAt !== undefined)
      problems.add(entry.at, "after-else", `segment \`${entry.key}\` stands after \`else\` and can never be reached`, "put the `else` last");
    const isElse = entry.value.kind === "scalar" && entry.value.value === "else";
    if (isElse) elseAt ??= entry.at;
    list.push({ name: entry.key, if: isElse ? null : readCondition(entry.value, "standing", `segment \`${entry.key}\``, names, problems) });
  }
  return list;
}

const entryOf = (node: YamlNode | undefined, key: string): YamlNode | undefined =>
  node?.kind === "map" ? node.entries.find((entry) => entry.key === key)?.value : undefined;

const segmentEntries = (node: YamlNode | undefined): readonly { readonly name: string; readonly at: number }[] =>
  node?.kind === "list"
    ? node.items.flatMap((item): YamlEntry[] => (item.kind === "map" ? item.entries.slice(0, 1) : [])).map(({ key, at }) => ({ name: key, at }))
    : [];

const codeEntries = (node: YamlNode | undefined): readonly { readonly name: string; readonly at: number }[] =>
  node?.kind === "map" ? node.entries.map(({ key, at }) => ({ name: key, at })) : [];

const scalarsOf = (node: YamlNode | undefined): readonly { readonly name: string; readonly at: number }[] =>
  node?.kind === "list" ? node.items.map((item) => ({ name: item.kind === "scalar" ? item.text : "", at: item.at })) : [];

function uniqueNames(found: readonly { readonly name: string; readonly at: number }[], block: string, limit: number, problems: ProblemList): string[] {
  const unique: string[] = [];
  const last = found[limit];
  if (last !== undefined)
    problems.add(last.at, "too-many", `there are ${found.length} ${block}; at most ${limit} are allowed`, "split the pack: packs run side by side");
  for (const { name, at } of found.slice(0, limit)) {
    if (unique.includes(name)) problems.add(at, "name-taken", `\`${name}\` stands twice in the ${block}`, "keep one");
    else {
      checkName(name, at, block, problems);
      unique.push(name);
    }
  }
  return unique;
}
