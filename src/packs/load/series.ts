// `steps`, `goal` and `variants`: what makes one trigger a campaign. Steps come one after the other, a goal is what they are
// for, and variants divide the contacts so that two ways of saying it can be compared.

import { readCondition } from "../condition/expression.ts";
import type { Channels, GoalDefinition, Place, StepDefinition, TriggerDefinition } from "../definition.ts";
import { type Fields, readDuration, readDurationOrNone, readFields, readNumber, readOneOrMany, readTruth, shapeOf } from "../fields.ts";
import type { Names } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, LIMITS, NAME } from "../schema.ts";
import type { YamlNode } from "../yaml-source.ts";
import { type ActionFields, readChannels, readMessage, readParams } from "./actions.ts";
import { readEventNames } from "./moves.ts";

type Steps = TriggerDefinition["steps"];

/** What stands at the trigger holds for every step that does not say otherwise. */
export function readSteps(node: YamlNode, trigger: ActionFields, what: string, names: Names, problems: ProblemList): Steps {
  const usual: StepDefinition = {
    afterMs: 0,
    if: null,
    message: "",
    channels: { take: "first", names: [] },
    params: readParams(trigger.params, what, problems),
    expiresMs: readDuration(trigger.expires, `\`expires\` of ${what}`, problems),
  };
  const channels = trigger.channel === undefined ? null : readChannels(trigger, what, problems);
  if (trigger.message !== undefined)
    problems.add(trigger.message.at, "key-not-here", `${what}: \`message\` does not go with \`steps\``, "each step has a message of its own");
  if (node.kind !== "list" || node.items.length === 0) {
    problems.add(
      node.at,
      "wrong-shape",
      `\`steps\` of ${what} is ${node.kind === "list" ? "an empty list" : shapeOf(node)}`,
      "such as steps: [{ after: 1d, message: hello }]",
    );
    return [usual];
  }
  if (node.items.length > LIMITS.steps) problems.add(node.at, "too-many", `${what} has ${node.items.length} steps; at most ${LIMITS.steps} are allowed`, null);
  const before = problems.count;
  const steps = node.items.slice(0, LIMITS.steps).map((item, index) => readStep(item, usual, channels, `step ${index + 1} of ${what}`, names, problems));
  if (problems.count === before) checkOrder(node.items, steps, what, problems);
  return steps as unknown as Steps;
}

function readStep(node: YamlNode, usual: StepDefinition, channels: Channels | null, what: string, names: Names, problems: ProblemList): StepDefinition {
  const fields = readFields(node, BLOCKS.step, what, problems);
  if (fields === undefined) return usual;
  if (fields.after === undefined && !fields.refused)
    problems.add(fields.start, "missing-key", `${what} has no \`after\``, "count from the beginning of the series: 0d is at once");
  return {
    afterMs: readDurationOrNone(fields.after, `\`after\` of ${what}`, problems) ?? 0,
    if: fields.if === undefined ? null : readCondition(fields.if, "standing", `the \`if\` of ${what}`, names, problems),
    message: readMessage(fields, what, problems),
    channels: fields.channel === undefined && channels !== null ? channels : readChannels(fields, what, problems),
    params: fields.params === undefined ? usual.params : readParams(fields.params, what, problems),
    expiresMs: fields.expires === undefined ? usual.expiresMs : readDuration(fields.expires, `\`expires\` of ${what}`, problems),
  };
}

function checkOrder(items: readonly YamlNode[], steps: readonly StepDefinition[], what: string, problems: ProblemList): void {
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (before !== undefined && step.afterMs <= before.afterMs)
      problems.add(
        items[index]?.at ?? 0,
        "not-later",
        `step ${index + 1} of ${what} is not later than the step before it`,
        "every `after` counts from the beginning of the series, not from the step before",
      );
  }
}

export function readGoal(node: YamlNode | undefined, what: string, names: Names, problems: ProblemList): GoalDefinition | null {
  if (node === undefined) return null;
  const of = `the \`goal\` of ${what}`;
  const fields = readFields(node, BLOCKS.goal, of, problems);
  if (fields === undefined) return null;
  checkGoal(fields, of, problems);
  return {
    events: fields.event === undefined ? [] : readEventNames(fields.event, of, names, problems),
    places: fields.enter === undefined ? [] : readGoalPlaces(fields.enter, of, names, problems),
    answered: fields.answered !== undefined && readTruth(fields.answered, `\`answered\` of ${of}`, problems),
    withinMs: readDuration(fields.within, `\`within\` of ${of}`, problems) ?? 0,
  };
}

function checkGoal(fields: Fields<(typeof BLOCKS.goal.keys)[number]>, of: string, problems: ProblemList): void {
  if (fields.event === undefined && fields.enter === undefined && !fields.refused)
    problems.add(fields.start, "one-of", `${of} says neither \`event\` nor \`enter\``, "such as goal: { event: order, within: 14d }");
  if (fields.event !== undefined && fields.enter !== undefined)
    problems.add(fields.start, "one-of", `${of} has \`event\` and \`enter\`: two goals`, "keep the one that counts");
  if (fields.answered !== undefined && fields.enter !== undefined && fields.event === undefined)
    problems.add(
      fields.answered.at,
      "key-not-here",
      `${of}: \`answered\` does not go with \`enter\``,
      "an event answers a message, a place does not: name the event, such as goal: { event: clicked, answered: true, within: 3d }",
    );
  if (fields.within === undefined && !fields.refused)
    problems.add(fields.start, "missing-key", `${of} has no \`within\``, "say how long after the first message it still counts, such as within: 14d");
}

function readGoalPlaces(node: YamlNode, of: string, names: Names, problems: ProblemList): Place[] {
  return readOneOrMany(node, of, problems, LIMITS.list)
    .map((item) => names.place(item, of))
    .filter((place) => place !== undefined);
}

export function readVariants(node: YamlNode | undefined, what: string, problems: ProblemList): TriggerDefinition["variants"] {
  if (node === undefined) return [];
  if (node.kind !== "map" || node.entries.length < 2 || node.entries.length > LIMITS.variants) {
    problems.add(
      node.at,
      "wrong-shape",
      `\`variants\` of ${what} is ${node.kind === "map" ? `a map of ${node.entries.length}` : shapeOf(node)}; it is 2 to ${LIMITS.variants} with their percentages`,
      "such as variants: { a: 50, b: 50 }",
    );
    return [];
  }
  const before = problems.count;
  const variants = node.entries.map(({ key, at, value }) => {
    if (!NAME.test(key))
      problems.add(
        at,
        "bad-name",
        `\`variants\` of ${what}: \`${key.slice(0, 80)}\` is not a name`,
        "a lower-case letter, then lower-case letters, digits and _",
      );
    const percent = readNumber(value, `\`${key}\` in the \`variants\` of ${what}`, problems) ?? 0;
    if (percent <= 0 && problems.count === before)
      problems.add(value.at, "bad-value", `\`${key}\` in the \`variants\` of ${what} is ${percent}; a percentage is above 0`, null);
    return { name: key, percent };
  });
  const sum = variants.reduce((total, { percent }) => total + percent, 0);
  if (problems.count === before && Math.abs(sum - 100) > 1e-9) problems.add(node.at, "bad-value", `\`variants\` of ${what} sum to ${sum}, not to 100`, null);
  return variants;
}
