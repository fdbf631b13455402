// `moves:` how a contact gets from stage to stage. `from` is spelled out into the stages it means.

import { readCondition } from "../condition/expression.ts";
import { BACK, type MoveDefinition } from "../definition.ts";
import { type Fields, readDuration, readFields, readOneOrMany } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS } from "../schema.ts";
import type { YamlNode, YamlScalar } from "../yaml-source.ts";

type MoveFields = Fields<(typeof BLOCKS.move.keys)[number]>;

export function readMove(node: YamlNode, names: Names, problems: ProblemList): MoveDefinition {
  const line = problems.lineOf(node.at);
  const nowhere: MoveDefinition = { to: "", from: [], events: null, if: null, forMs: null, stayMs: null, reset: [], line };
  const fields = readFields(node, BLOCKS.move, "a move", problems);
  if (fields === undefined) return nowhere;
  const to = readTo(fields, names, problems);
  const what = to === undefined ? "a move" : `the move to \`${to}\``;
  checkWhen(fields, what, problems);
  return {
    to: to ?? "",
    from: readFrom(fields.from, to, what, names, problems),
    events: fields.event === undefined ? null : readEventNames(fields.event, what, names, problems),
    if: fields.if === undefined ? null : readCondition(fields.if, "standing", `the \`if\` of ${what}`, names, problems),
    forMs: readDuration(fields.for, `\`for\` of ${what}`, problems),
    stayMs: readDuration(fields.stay, `\`stay\` of ${what}`, problems),
    reset: fields.reset === undefined ? [] : readReset(fields.reset, what, names, problems),
    line,
  };
}

/** One event or several, each once. */
export function readEventNames(node: YamlNode, what: string, names: Names, problems: ProblemList): string[] {
  const events = readOneOrMany(node, what, problems, LIMITS.list).map((item) => names.event(item, what));
  return [...new Set(events.filter((event) => event !== undefined))];
}

function readTo(fields: MoveFields, names: Names, problems: ProblemList): string | undefined {
  const node = fields.to;
  if (node === undefined) {
    problems.add(fields.start, "missing-key", "a move has no `to`", "name the stage it leads to");
    return undefined;
  }
  if (node.kind !== "scalar" || node.value === null) {
    problems.add(node.at, "wrong-shape", "`to` of a move is one stage", null);
    return undefined;
  }
  if (node.text !== BACK) return names.stage(node, "a move");
  if (fields.from === undefined) problems.add(fields.start, "missing-key", "a move `to: back` has no `from`", "name the stages that it leads back out of");
  return BACK;
}

function checkWhen(fields: MoveFields, what: string, problems: ProblemList): void {
  if (fields.event === undefined && fields.if === undefined)
    problems.add(fields.start, "missing-key", `${what} has neither \`event\` nor \`if\``, "say what makes it happen");
  else if (fields.for !== undefined && fields.event !== undefined)
    problems.add(fields.for.at, "key-not-here", `${what}: \`for\` does not go with \`event\``, "an event holds for no time: take one of the two out");
}

/** `any`, `before x`, `after x`, a stage or a list of stages; without the stage that the move leads to. */
function readFrom(node: YamlNode | undefined, to: string | undefined, what: string, names: Names, problems: ProblemList): string[] {
  if (node === undefined) return names.stages.filter((stage) => stage !== to);
  const stages = new Set<string>();
  for (const item of readOneOrMany(node, `\`from\` of ${what}`, problems, LIMITS.list)) {
    const range = /^(before|after)\s+(\S+)$/.exec(item.text);
    if (item.text === "any") for (const stage of names.stages) stages.add(stage);
    else if (range !== null) for (const stage of sideOf(item, range[1] === "before", range[2] ?? "", what, names, problems)) stages.add(stage);
    else readFromStage(item, to, what, stages, names, problems);
  }
  if (to !== undefined) stages.delete(to);
  return names.stages.filter((stage) => stages.has(stage));
}

function readFromStage(item: YamlScalar, to: string | undefined, what: string, stages: Set<string>, names: Names, problems: ProblemList): void {
  const stage = names.stage(item, `\`from\` of ${what}`);
  if (stage !== undefined && stage === to)
    problems.add(item.at, "never-applies", `${what} comes from \`${to}\` itself and never applies`, "take it out of `from`");
  else if (stage !== undefined) stages.add(stage);
}

function sideOf(item: YamlScalar, before: boolean, name: string, what: string, names: Names, problems: ProblemList): readonly string[] {
  const stage = names.stage({ ...item, text: name }, `\`from\` of ${what}`);
  if (stage === undefined) return [];
  const at = names.stages.indexOf(stage);
  const side = before ? names.stages.slice(0, at) : names.stages.slice(at + 1);
  if (side.length === 0)
    problems.add(
      item.at,
      "never-applies",
      `${what}: there is no stage ${before ? "before" : "after"} \`${stage}\``,
      `\`${stage}\` is the ${before ? "first" : "last"} of the order`,
    );
  return side;
}

function readReset(node: YamlNode, what: string, names: Names, problems: ProblemList): string[] {
  const scores: string[] = [];
  for (const item of readOneOrMany(node, `\`reset\` of ${what}`, problems, LIMITS.list)) {
    const known = names.values.get(item.text);
    if (known?.kind === "score") scores.push(item.text);
    else names.unknownScore(item, `\`reset\` of ${what}`);
  }
  return [...new Set(scores)];
}
