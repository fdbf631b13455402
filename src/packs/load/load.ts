// A pack's text -> a checked PackDefinition, or every mistake in it with its place and cure.
//
// The parts are read in the order in which the engine computes them, each against the names known by then (names.ts): a
// forward reference is an unknown name. A part with a mistake stands in as something harmless and the reading goes on, so
// that one run finds all mistakes; a definition leaves this file only if there was none. Pure but for loadPackFile.

import { createHash } from "node:crypto";
import { adoptPack, isAdoption } from "../adopt/adopt.ts";
import { readCondition } from "../condition/expression.ts";
import type { LoadResult, PackDefinition } from "../definition.ts";
import { type Fields, readFields, readText, shapeOf } from "../fields.ts";
import { Names, type ValueKind } from "../names.ts";
import type { ProblemList } from "../problems.ts";
import { BLOCKS, PACK_NAME } from "../schema.ts";
import { readSourceFile } from "../source-file.ts";
import { readYaml, type YamlNode } from "../yaml-source.ts";
import { isAnotherFile } from "./another-file.ts";
import { readCatchUp } from "./catch-up.ts";
import { readEvents } from "./events.ts";
import { readGrids } from "./grids.ts";
import { readMeasures } from "./measures.ts";
import { declarePlaces, readAudiences, readSegments, readStages } from "./places.ts";
import { readPopulation } from "./population.ts";
import { RFM_NAMES, readRfm } from "./rfm.ts";
import { readBands, readScores } from "./scores.ts";
import { readTargets } from "./targets.ts";
import { readTraits } from "./traits.ts";
import { readTriggers } from "./triggers.ts";
import { readValue } from "./value.ts";
import { readZone } from "./zone.ts";

/** `file` stands in the problems. */
export function loadPack(text: string, file: string): LoadResult {
  const source = readYaml(text, file);
  if (!source.ok) return source;
  const { problems } = source;
  if (source.root.kind !== "map") {
    problems.add(
      source.root.at,
      "wrong-shape",
      `the pack is ${shapeOf(source.root)} where keys were expected`,
      "a pack begins with `pack:`, `version:` and `events:`",
    );
    return { ok: false, problems: problems.sorted() };
  }
  if (isAnotherFile(source.root, problems)) return { ok: false, problems: problems.sorted() };
  const fields = readFields(source.root, BLOCKS.pack, "the pack", problems);
  const pack = fields === undefined ? undefined : readPack(fields, text, problems);
  return pack === undefined || problems.count > 0 ? { ok: false, problems: problems.sorted() } : { ok: true, pack };
}

/** A file that uses another pack gives the pack of both. Throws FILE_UNREADABLE; what is wrong inside the file is in the result. */
export function loadPackFile(path: string): LoadResult {
  const source = readSourceFile(path, "pack");
  if (!source.ok) return source;
  return isAdoption(source.text) ? adoptPack(source.text, path, loadPack) : loadPack(source.text, path);
}

type PackFields = Fields<(typeof BLOCKS.pack.keys)[number]>;

function readPack(fields: PackFields, text: string, problems: ProblemList): PackDefinition {
  const names = new Names(problems);
  const name = readName(fields, problems);
  const version = readVersion(fields, problems);
  const currency = readCurrency(fields.currency, problems);
  declareValues(fields, names);
  declarePlaces(fields.segments, fields.stages, names, problems);
  return {
    name,
    version,
    currency,
    hash: createHash("sha256").update(text).digest("hex"),
    text,
    events: readEvents(fields.events, fields.start, names, problems),
    traits: readTraits(fields.traits, names, problems),
    zone: readZone(fields.zone, names, problems),
    exclude: fields.exclude === undefined ? null : readCondition(fields.exclude, "exclude", "`exclude`", names, problems),
    spreadMs: readCatchUp(fields.catch_up, problems),
    measures: readMeasures(fields.measures, names, problems),
    population: readPopulation(fields.population, names, problems),
    rfm: readRfm(fields.rfm, names, problems),
    value: readValue(fields.value, names, problems),
    scores: readScores(fields.scores, names, problems),
    grids: readGrids(fields.grids, names, problems),
    bands: readBands(fields.bands, names, problems),
    audiences: readAudiences(fields.audiences, names, problems),
    segments: readSegments(fields.segments, names, problems),
    stages: readStages(fields.stages, names, problems),
    triggers: readTriggers(fields.triggers, names, problems),
    targets: readTargets(fields.targets, names, problems),
  };
}

/** Measures, scores, grids, bands and audiences share one set of names, known before any of them is read. */
function declareValues(fields: PackFields, names: Names): void {
  const blocks: readonly [ValueKind, YamlNode | undefined][] = [
    ["measure", fields.measures],
    ["score", fields.scores],
    ["grid", fields.grids],
    ["band", fields.bands],
    ["audience", fields.audiences],
  ];
  if (fields.rfm !== undefined) for (const name of RFM_NAMES) names.declare(name, "rfm", fields.rfm.at);
  for (const [kind, node] of blocks) if (node?.kind === "map") for (const { key, at } of node.entries) names.declare(key, kind, at);
}

function readName(fields: PackFields, problems: ProblemList): string {
  if (fields.pack === undefined) {
    problems.add(fields.start, "missing-key", "the pack has no name", "begin with `pack: a-name`");
    return "";
  }
  const name = readText(fields.pack, "`pack`", problems);
  if (name !== undefined && !PACK_NAME.test(name))
    problems.add(
      fields.pack.at,
      "bad-name",
      `\`${name.slice(0, 80)}\` is not the name of a pack`,
      "a lower-case letter, then up to 63 lower-case letters, digits, - and _",
    );
  return name ?? "";
}

function readVersion(fields: PackFields, problems: ProblemList): number {
  const node = fields.version;
  if (node === undefined) problems.add(fields.start, "missing-key", "the pack has no version", "add `version: 1`; a changed pack needs a higher one");
  else if (node.kind === "scalar" && typeof node.value === "number" && Number.isSafeInteger(node.value) && node.value > 0) return node.value;
  else problems.add(node.at, "bad-value", `\`version\` is ${shapeOf(node)}; it is a whole number from 1`, "count up by 1 with each change");
  return 0;
}

function readCurrency(node: YamlNode | undefined, problems: ProblemList): string | null {
  if (node === undefined) return null;
  if (node.kind === "scalar" && typeof node.value === "string" && /^[A-Z]{3}$/.test(node.value)) return node.value;
  problems.add(node.at, "bad-value", `\`currency\` is ${shapeOf(node)}; it is three capital letters`, "such as EUR");
  return null;
}
