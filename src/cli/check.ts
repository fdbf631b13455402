// `tidemark check`: reads packs and says every mistake with its line, or what each pack holds. Needs no broker. Proofs about
// what a pack can do are not here.

import type { PackDefinition, Problem } from "../packs/definition.ts";
import { loadPackFile } from "../packs/load.ts";
import { formatProblems } from "../packs/problems.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { nameClashes, packFiles } from "./pack-files.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const checkVerb: Verb = (program, run) => {
  const command = program
    .command("check")
    .summary("check rule packs")
    .description("Reads rule packs and prints every mistake with its place and cure, or what each pack holds.")
    .argument("[packs...]", "files or patterns; default: the configuration's `packs` (rules/*.yaml)")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark check\n  tidemark check rules/b2b-funnel.yaml\n  tidemark check 'packs/*.yaml' --json\n\nExit: 0 no mistakes, 1 mistakes found, 2 a file cannot be read.",
    );
  addSharedFlags(command, []);
  run(command, (terminal, flags, packs) => check(terminal, flags, packs));
};

async function check(terminal: Terminal, flags: SharedFlags, named: readonly string[]): Promise<ExitCode> {
  const patterns = named.length > 0 ? named : (await configFrom(flags, terminal)).config.packs;
  const results = packFiles(patterns).map((file) => ({ file, result: loadPackFile(file) }));
  const loaded = results.flatMap(({ file, result }) => (result.ok ? [{ file, pack: result.pack }] : []));
  const problems = results.flatMap(({ result }) => (result.ok ? [] : result.problems));
  const clashes = nameClashes(loaded);
  if (flags.json === true)
    await writeJson(terminal.stdout, {
      ok: problems.length + clashes.length === 0,
      packs: loaded.map(({ file, pack }) => ({ file, ...summary(pack) })),
      problems,
      clashes,
    });
  else await print(terminal, loaded, problems, clashes);
  return problems.length + clashes.length > 0 ? 1 : 0;
}

async function print(
  terminal: Terminal,
  loaded: readonly { file: string; pack: PackDefinition }[],
  problems: readonly Problem[],
  clashes: readonly string[],
): Promise<void> {
  for (const line of [...formatProblems(problems), ...clashes]) await writeLine(terminal.stdout, line);
  for (const { file, pack } of loaded) await writeLine(terminal.stdout, `${file}: ${describe(pack)}`);
  const mistakes = problems.length + clashes.length;
  if (mistakes > 0) await writeLine(terminal.stdout, `${mistakes} ${mistakes === 1 ? "mistake" : "mistakes"}`);
}

function summary(pack: PackDefinition) {
  return {
    name: pack.name,
    version: pack.version,
    hash: pack.hash,
    events: pack.events.map((event) => event.name),
    traits: pack.traits.map((trait) => trait.name),
    measures: pack.measures.map((measure) => measure.name),
    scores: pack.scores.map((score) => score.name),
    bands: pack.bands.map((band) => band.name),
    audiences: pack.audiences.map((audience) => audience.name),
    segments: pack.segments?.list.map((segment) => segment.name) ?? [],
    stages: pack.stages?.order ?? [],
    triggers: pack.triggers.map((trigger) => trigger.name),
  };
}

/** `b2b-funnel version 3: 9 events, 2 scores, 6 triggers; stages visitor > lead > mql`. */
function describe(pack: PackDefinition): string {
  const { name, version, hash: _, segments, stages, ...lists } = summary(pack);
  const counts = Object.entries(lists).flatMap(([what, names]) =>
    names.length === 0 ? [] : [`${names.length} ${names.length === 1 ? what.replace(/s$/, "") : what}`],
  );
  const places = [stages.length > 0 ? `stages ${stages.join(" > ")}` : "", segments.length > 0 ? `segments ${segments.join(", ")}` : ""].filter(
    (text) => text !== "",
  );
  return `${name} version ${version}: ${[counts.join(", "), ...places].join("; ")}`;
}
