// Damage to the state folder, in every kind of file and at places drawn from the seed: bits flipped, bytes cut off, pages zeroed,
// files gone, stale or taken for each other, in the newest generation, in the older one and in both. It may cost a generation, or
// stop the start with its code; it may never give another state than an undisturbed run, nor publish anything.

import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { EngineProcess } from "../engine-process.ts";
import { readOutputs } from "../outputs.ts";
import { KEPT_PACKS } from "../shipped-packs.ts";
import { replace } from "../store.ts";
import { populationEvents, Supply } from "../supply.ts";
import { mustBeUndisturbed } from "../undisturbed.ts";

export const damageCheck: Check = {
  name: "damage",
  about: "every kind of file of the state folder is damaged: a generation is lost, or a loud stop",
  run: damage,
};

const EVENTS = 1500;

/** Damages something in a generation's folder; `other` is the other generation's. Answers with what it did. */
type Blow = (bench: Bench, folder: string, other: string) => string;

const BLOWS: Readonly<Record<string, Blow>> = {
  "a bit of the manifest": (bench, folder) => flip(bench, join(folder, "manifest.json"), 0, 1),
  "a bit of a header": (bench, folder) => flip(bench, somePartition(bench, folder), 0, 0.02),
  "a bit of the data": (bench, folder) => flip(bench, somePartition(bench, folder), 0.1, 0.9),
  "a bit of the checksums": (bench, folder) => flip(bench, somePartition(bench, folder), -8, 0),
  "the end of the manifest": (bench, folder) => cutOff(bench, join(folder, "manifest.json")),
  "the end of a partition": (bench, folder) => cutOff(bench, somePartition(bench, folder)),
  "a page of zeros": (bench, folder) => zero(bench, somePartition(bench, folder)),
  "a partition that is gone": (bench, folder) => remove(somePartition(bench, folder)),
  "the manifest gone": (_, folder) => remove(join(folder, "manifest.json")),
  "a partition of the other generation": (bench, folder, other) => stale(bench, folder, other),
  "two partitions taken for each other": (bench, folder) => swap(bench, folder),
};
const WHERE = ["newest", "older", "both"] as const;
type Where = (typeof WHERE)[number];

async function damage(bench: Bench): Promise<void> {
  const whole = await makeState(bench);
  const names = Object.keys(BLOWS);
  const all = names.flatMap((name) => WHERE.map((where) => ({ name, where })));
  const chosen = bench.short ? all.filter((_, index) => index % 8 === 2) : all;
  const ended = { same: 0, stopped: 0 };
  for (const { name, where } of chosen) ended[await tryWith(bench, whole, where, name, (folders) => strike(bench, folders, where, name))]++;
  ended[await tryWith(bench, whole, "older", "the lock's ticket", (_, folder) => breakLock(bench, folder))]++;
  must((await readOutputs(whole.url)).length === whole.published, "a start from a damaged folder has published something");
  bench.say(`${chosen.length + 1} blows: ${ended.same} times the same state as undisturbed, ${ended.stopped} times STATE_DAMAGED; nothing was published`);
}

interface Whole {
  readonly url: string;
  readonly folder: string;
  readonly last: number;
  readonly digest: string;
  readonly published: number;
}

/** Two generations, with more in the log behind them; and what an undisturbed engine makes of all of it. */
async function makeState(bench: Bench): Promise<Whole> {
  const server = await bench.server();
  const engine = await EngineProcess.start(bench, { url: server.url, packs: KEPT_PACKS });
  await engine.ready();
  const supply = await Supply.open(bench, server.url, populationEvents(53, 3000));
  for (let generation = 0; generation < 2; generation++) await engine.sees("tidemark_checkpoint_position", await supply.give(EVENTS));
  await engine.kill();
  const folder = bench.file("whole");
  cpSync(bench.file("state"), folder, { recursive: true, filter: (path) => !path.endsWith(".sock") });
  const again = await EngineProcess.start(bench, { url: server.url, packs: KEPT_PACKS });
  await again.ready();
  await supply.give(EVENTS);
  const last = await supply.end();
  await again.reaches(last);
  const summary = await again.stop();
  bench.say(await mustBeUndisturbed(bench, server.url, summary));
  return { url: server.url, folder, last, digest: summary.digest, published: (await readOutputs(server.url)).length };
}

async function tryWith(
  bench: Bench,
  whole: Whole,
  where: Where,
  name: string,
  hit: (folders: readonly [string, string], folder: string) => string,
): Promise<"same" | "stopped"> {
  const state = bench.file("damaged");
  replace(whole.folder, state);
  const folder = join(state, "0");
  const [older, newest] = readdirSync(folder)
    .filter((entry) => entry.startsWith("checkpoint-"))
    .sort()
    .map((entry) => join(folder, entry));
  must(older !== undefined && newest !== undefined, "there are no two generations to damage");
  const did = `${name}, ${where}: ${hit([newest, older], folder)}`;
  const env = { TIDEMARK_CHECKPOINT_EVERY_S: "3600" };
  const engine = await EngineProcess.start(bench, { url: whole.url, packs: KEPT_PACKS, state, env });
  const reached = await engine.reaches(whole.last).then(
    () => true,
    () => false,
  );
  if (reached) {
    const { digest } = await engine.stop();
    must(digest === whole.digest, `${did}: the state is another one: ${digest}, undisturbed ${whole.digest}`);
    return "same";
  }
  const { code, exit, message } = await engine.failure();
  must(code === "STATE_DAMAGED" && exit === 1, `${did}: the start ended with ${code}, exit ${exit}: ${message}`);
  must(where === "both", `${did}: one damaged generation of two stopped the start: ${message}`);
  return "stopped";
}

function strike(bench: Bench, [newest, older]: readonly [string, string], where: Where, name: string): string {
  const blow = BLOWS[name] as Blow;
  const did: string[] = [];
  if (where !== "older") did.push(blow(bench, newest, older));
  if (where !== "newest") did.push(blow(bench, older, newest));
  return did.join("; ");
}

/** Between two shares of the file; from a negative number on, so many bytes before its end. */
function flip(bench: Bench, file: string, from: number, to: number): string {
  const bytes = readFileSync(file);
  const start = from < 0 ? bytes.length + from : Math.floor(bytes.length * from);
  const end = from < 0 ? bytes.length : Math.max(start + 1, Math.floor(bytes.length * to));
  const at = bench.random(start, end);
  const bit = bench.random(0, 8);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  writeFileSync(file, bytes);
  return `bit ${bit} of byte ${at} of ${file}`;
}

function cutOff(bench: Bench, file: string): string {
  const length = bench.random(0, readFileSync(file).length);
  truncateSync(file, length);
  return `${file} cut to ${length}`;
}

function zero(bench: Bench, file: string): string {
  const bytes = readFileSync(file);
  const at = bench.random(64, bytes.length - 64);
  bytes.fill(0, at, Math.min(bytes.length, at + 4096));
  writeFileSync(file, bytes);
  return `zeros from ${at} of ${file}`;
}

function remove(file: string): string {
  rmSync(file);
  return `${file} removed`;
}

function stale(bench: Bench, folder: string, other: string): string {
  const name = partitionNames(folder).at(bench.random(0, 64)) ?? "";
  cpSync(join(other, name), join(folder, name));
  return `${name} of ${other} in ${folder}`;
}

function swap(bench: Bench, folder: string): string {
  const names = partitionNames(folder);
  const first = bench.random(0, names.length);
  const one = join(folder, names[first] ?? "");
  const two = join(folder, names[(first + bench.random(1, names.length)) % names.length] ?? "");
  const bytes = readFileSync(one);
  cpSync(two, one);
  writeFileSync(two, bytes);
  return `${one} and ${two}`;
}

function breakLock(bench: Bench, folder: string): string {
  const tickets = readdirSync(folder).filter((name) => /^lock\.\d+$/.test(name));
  must(tickets.length > 0, "a killed engine left no ticket");
  return tickets.map((name) => (bench.random(0, 2) === 0 ? cutOff(bench, join(folder, name)) : flip(bench, join(folder, name), 0, 1))).join("; ");
}

const partitionNames = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith("partition-"))
    .sort();

function somePartition(bench: Bench, folder: string): string {
  const names = partitionNames(folder);
  return join(folder, names[bench.random(0, names.length)] ?? "");
}
