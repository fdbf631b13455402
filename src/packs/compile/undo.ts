// `undoes:` -> what is remembered of an event that another one may take back, and where (docs/packs.md "events").

import type { EventDefinition, PackDefinition } from "../definition.ts";
import type { EventProgram, RememberProgram } from "../program.ts";
import type { PackFields } from "./fields.ts";

/** By the name of the event that is remembered; `programs` are all events of the pack. */
export function compileRemembered(pack: PackDefinition, programs: readonly EventProgram[], fields: PackFields): ReadonlyMap<string, RememberProgram> {
  const undone = pack.events.filter(({ name }) => fields.isUndone(name));
  return new Map(undone.map((of) => [of.name, compileRemember(of, programs[fields.eventIndex(of.name)] as EventProgram, pack, fields)]));
}

function compileRemember(of: EventDefinition, event: EventProgram, pack: PackDefinition, fields: PackFields): RememberProgram {
  const what = `undo/${of.name}`;
  const meaning = fields.eventMeaning(of.name);
  // What is remembered are lists in the order of measures and rules: another set of them begins anew.
  const parts = [
    ...pack.measures.filter((measure) => measure.event === of.name).map(({ name, kind, of: path, window }) => [name, kind, path, window]),
    ...pack.scores.flatMap((score) => score.points.filter((rule) => rule.event === of.name).map((rule) => [score.name, score.low, score.high, rule])),
  ];
  return {
    event,
    memory: fields.text(what, [meaning, of.key, of.value, parts]),
    standing: fields.number(`${what}/standing`, Number.NaN, meaning),
  };
}
