// `tidemark inspect`: looks into a state folder. What generations there are and what they hold, whether they are sound, in which
// contacts two of them differ, and the contacts themselves. It only reads, and may do so while an engine runs on the folder.

import { join } from "node:path";
import { TidemarkError } from "../../model/errors.ts";
import { CONTACT_KINDS, type ContactKind } from "../../model/ids.ts";
import { partitionOf } from "../../model/partition-of.ts";
import { usage } from "../failure.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "../flags.ts";
import { readWholeNumber } from "../option-values.ts";
import { Progress, type Terminal, write, writeJson, writeLine } from "../terminal.ts";
import type { ExitCode, Verb } from "../verb.ts";
import { type Comparison, type ContactDifference, compareGenerations } from "./compare.ts";
import { type OpenGeneration, openGeneration, type Place, placeOf } from "./generation.ts";
import { describeGenerations, isSound, sizeOf, viewGenerations } from "./overview.ts";
import { soundPartitions } from "./restore.ts";
import { type Verdict, verifyGenerations } from "./verify.ts";

export const inspectVerb: Verb = (program, run) => {
  const command = program
    .command("inspect")
    .summary("look into the checkpoints of a state folder")
    .description(
      "Shows the generations of a shard's state folder and what the newest holds; or verifies them, compares two, or prints contacts as of a checkpoint. Changes nothing, and may look while an engine runs.",
    )
    .argument("[folder]", "state folder of a shard, or one of its checkpoint folders; default: that of the configuration")
    .option("--verify", "verify every page, and that every partition restores under its packs")
    .option("--compare <a b...>", "contacts that differ between two generations, by number, or between two folders")
    .option("--export", "print every contact, one JSON object a line, as of the checkpoint's log time")
    .option("--contact <id>", "print one contact")
    .option("--kind <user|anonymous>", "of --contact: the kind of its id; default user")
    .option("--generation <number>", "look at this generation; default: all, or for --export and --contact the newest that is finished")
    .option("--limit <number>", "of --compare: print at most so many contacts; default 100")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark inspect\n  tidemark inspect .tidemark/state/eu --verify\n  tidemark inspect --compare 41 42\n  tidemark inspect --compare .tidemark/state/0 /backup/state/0 --json\n  tidemark inspect --export > contacts.ndjson\n  tidemark inspect --contact c_42\n\nExit: 0 fine, 1 damage, a difference or an unknown contact, 2 misuse.",
    );
  addSharedFlags(command, ["shard", "state"]);
  run(command, (terminal, flags, args) => inspect(terminal, flags, args[0]));
};

const MODES = ["verify", "compare", "export", "contact"] as const;

async function inspect(terminal: Terminal, flags: SharedFlags, folder: string | undefined): Promise<ExitCode> {
  const [mode, other] = MODES.filter((name) => flags[name] !== undefined);
  if (other !== undefined) throw usage(`--${mode} and --${other} exclude each other`);
  const generation = readWholeNumber("--generation", flags.generation, { from: 1 });
  const limit = readWholeNumber("--limit", flags.limit, { from: 0 });
  const kind = readKind(flags.kind);
  if (kind !== undefined && mode !== "contact") throw usage("--kind goes with --contact");
  if (limit !== undefined && mode !== "compare") throw usage("--limit goes with --compare");
  if (generation !== undefined && mode === "compare") throw usage("--compare names its generations itself: --generation does not go with it");
  const { config } = await configFrom(flags, terminal);
  const root = folder ?? join(config.state, config.shard);
  if (mode === "compare") return compare(terminal, flags, root, limit ?? DEFAULT_LIMIT);
  const named = await placeOf(root);
  const place = generation === undefined ? named : { ...named, generation };
  switch (mode) {
    case "verify":
      return verify(terminal, flags, place);
    case "export":
      return withGeneration(place, (opened) => exportContacts(terminal, opened));
    case "contact":
      return withGeneration(place, (opened) => showContact(terminal, opened, kind ?? "user", String(flags.contact)));
    default:
      return overview(terminal, flags, place);
  }
}

function readKind(given: unknown): ContactKind | undefined {
  if (given === undefined) return undefined;
  const kind = CONTACT_KINDS.find((one) => one === given);
  if (kind === undefined) throw usage(`--kind is "${String(given)}", it must be ${CONTACT_KINDS.join(" or ")}`);
  return kind;
}

async function withGeneration<T>(place: Place, use: (opened: OpenGeneration) => Promise<T>): Promise<T> {
  const opened = await openGeneration(place);
  try {
    return await use(opened);
  } finally {
    await opened.close();
  }
}

async function overview(terminal: Terminal, flags: SharedFlags, place: Place): Promise<ExitCode> {
  const views = await viewGenerations(place);
  mustHave(place, views.length);
  if (flags.json === true) await writeJson(terminal.stdout, { folder: place.folder, generations: views });
  else for (const line of describeGenerations(place.folder, views)) await writeLine(terminal.stdout, line);
  return views.every(isSound) ? 0 : 1;
}

async function verify(terminal: Terminal, flags: SharedFlags, place: Place): Promise<ExitCode> {
  const verdicts = await verifyGenerations(place);
  mustHave(place, verdicts.length);
  const sound = verdicts.every((verdict) => verdict.state !== "damaged");
  if (flags.json === true) await writeJson(terminal.stdout, { folder: place.folder, ok: sound, generations: verdicts });
  else if (verdicts.length === 0) await writeLine(terminal.stdout, `${place.folder} holds no checkpoint: there is nothing to verify`);
  else for (const verdict of verdicts) await printVerdict(terminal, verdict);
  return sound ? 0 : 1;
}

async function printVerdict(terminal: Terminal, { generation, state, position, contacts, partitions, bytes, problems }: Verdict): Promise<void> {
  const of = position === null ? "" : ` of position ${position}`;
  const remark =
    state === "unfinished" ? "being written or removed now, or cut short" : `${partitions} partitions restored, ${contacts} contacts, ${sizeOf(bytes)}`;
  await writeLine(terminal.stdout, `generation ${generation}${of}: ${state}; ${remark}`);
  for (const problem of problems.slice(0, PROBLEMS_SHOWN)) await writeLine(terminal.stdout, `  ${problem}`);
  if (problems.length > PROBLEMS_SHOWN) await writeLine(terminal.stdout, `  … and ${problems.length - PROBLEMS_SHOWN} more (--json has all)`);
}

/** What is wrong with all partitions is mostly wrong with each in the same way. */
const PROBLEMS_SHOWN = 8;

/** A generation that was named and is not there is a slip; an empty folder is an answer. */
function mustHave({ folder, generation }: Place, found: number): void {
  if (generation !== undefined && found === 0) throw usage(`${folder} holds no checkpoint ${generation}`);
}

/** Contacts are collected into chunks: one write for each would cost more than the contact. */
const CHUNK_CHARACTERS = 256 * 1024;

async function exportContacts(terminal: Terminal, opened: OpenGeneration): Promise<ExitCode> {
  const progress = new Progress(terminal.stderr);
  let chunk = "";
  let contacts = 0;
  for await (const { partition, fold } of soundPartitions(opened)) {
    for (const text of fold.contacts(partition)) {
      chunk += `${text}\n`;
      contacts++;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      await write(terminal.stdout, chunk);
      chunk = "";
      progress.show(() => `${contacts} contacts, partition ${partition}`);
    }
  }
  progress.end();
  if (chunk !== "") await write(terminal.stdout, chunk);
  return 0;
}

async function showContact(terminal: Terminal, opened: OpenGeneration, kind: ContactKind, id: string): Promise<ExitCode> {
  const partition = partitionOf(id);
  for await (const { fold } of soundPartitions(opened, { only: partition })) {
    const text = fold.contact({ kind, id }, partition);
    if (text !== null) {
      await writeJson(terminal.stdout, JSON.parse(text));
      return 0;
    }
    const other = CONTACT_KINDS.find((one) => one !== kind && fold.contact({ kind: one, id }, partition) !== null);
    if (other !== undefined) await writeLine(terminal.stderr, `tidemark: there is a contact of that id of the other kind: --kind ${other}`);
  }
  throw new TidemarkError("NO_SUCH_CONTACT", `generation ${opened.generation} knows no contact with the ${kind} id "${id}"`);
}

const DEFAULT_LIMIT = 100;

async function compare(terminal: Terminal, flags: SharedFlags, root: string, limit: number): Promise<ExitCode> {
  const [a, b, ...more] = flags.compare as readonly string[];
  if (a === undefined || b === undefined || more.length > 0) throw usage("--compare takes two generations or two folders, and nothing behind them");
  const [placeA, placeB] = [await placeOfSide(a, root), await placeOfSide(b, root)];
  return withGeneration(placeA, (left) => withGeneration(placeB, (right) => compareOpened(terminal, flags, left, right, limit)));
}

/** A whole number is a generation of the folder; anything else a path (`./12` for a folder of that name). */
async function placeOfSide(side: string, root: string): Promise<Place> {
  if (!/^\d+$/.test(side)) return placeOf(side);
  return { folder: (await placeOf(root)).folder, generation: Number(side) };
}

async function compareOpened(terminal: Terminal, flags: SharedFlags, a: OpenGeneration, b: OpenGeneration, limit: number): Promise<ExitCode> {
  const shown: ContactDifference[] = [];
  const result = await compareGenerations(a, b, (difference) => {
    if (shown.length < limit) shown.push(difference);
  });
  const samePosition = a.manifest.log.position === b.manifest.log.position && a.manifest.log.stream === b.manifest.log.stream;
  const found = result.differ + result.onlyA + result.onlyB;
  const ok = found === 0 && !(samePosition && result.besides.length > 0);
  if (flags.json === true) await writeJson(terminal.stdout, { ok, a: sideOf(a), b: sideOf(b), ...result, contacts: shown });
  else for (const line of describeComparison(a, b, result, shown, samePosition)) await writeLine(terminal.stdout, line);
  return ok ? 0 : 1;
}

const sideOf = ({ folder, generation, manifest }: OpenGeneration) => ({
  folder,
  generation,
  position: manifest.log.position,
  logTime: new Date(manifest.logTimeMs).toISOString(),
});

function describeComparison(
  a: OpenGeneration,
  b: OpenGeneration,
  result: Comparison,
  shown: readonly ContactDifference[],
  samePosition: boolean,
): readonly string[] {
  const found = result.differ + result.onlyA + result.onlyB;
  const fields = Object.entries(result.fields).map(([field, count]) => `${field} ${count}`);
  const besides = `${result.besides.length} partitions differ in what is no contact's (message ids, a sweep, the order of contacts): ${result.besides.join(", ")}`;
  return [
    ...[a, b].map((side, index) => {
      const { folder, generation, position, logTime } = sideOf(side);
      return `${index === 0 ? "a" : "b"}: generation ${generation} of ${folder}, position ${position}, log time ${logTime}`;
    }),
    ...shown.map(describeDifference),
    ...(found > shown.length ? [`… ${found - shown.length} more (--limit)`] : []),
    `${result.differ} of ${result.both} contacts differ as of ${result.asOf}, ${result.onlyA} are only in a, ${result.onlyB} only in b`,
    ...(fields.length === 0 ? [] : [`fields: ${fields.join(", ")}`]),
    ...(samePosition && result.besides.length > 0 ? [besides] : []),
  ];
}

function describeDifference(difference: ContactDifference): string {
  const who = `${difference.kind} ${difference.id}`;
  if (difference.in !== "both") return `${who}: only in ${difference.in}`;
  return `${who}: ${difference.fields.map(({ field, a, b }) => `${field} ${shortened(a)} -> ${shortened(b)}`).join("; ")}`;
}

const LONGEST = 60;

function shortened(value: unknown): string {
  const text = value === undefined ? "absent" : (JSON.stringify(value) ?? "absent");
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
