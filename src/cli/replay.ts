// `tidemark replay`: events or a captured log through the engine without a broker, with what comes out in files.

import { createInterface } from "node:readline";
import type { Config } from "../app/config.ts";
import { messagesOfDump, messagesOfEvents, type ReplaySummary, replay, timeOf } from "../app/replay.ts";
import { otherZoneRules, wholeSettings } from "../app/settings.ts";
import type { Effect } from "../model/effect.ts";
import { TidemarkError } from "../model/errors.ts";
import { type LogMessage, logSubjects } from "../model/log.ts";
import type { DeadLetter } from "../model/output.ts";
import { settingsSchema } from "../model/settings.ts";
import type { PackDefinition } from "../packs/definition.ts";
import { usage } from "./failure.ts";
import { markHistory } from "./feed/mark-history.ts";
import { LineFile, openInput } from "./files.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { beginningOf, isJsonObject } from "./ndjson.ts";
import { readMoment, readWholeNumber } from "./option-values.ts";
import { loadPacks } from "./pack-files.ts";
import { loadConfiguredPolicy } from "./policy-file.ts";
import { counted, type Terminal, table, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const replayVerb: Verb = (program, run) => {
  const command = program
    .command("replay")
    .summary("run events or a captured log through the engine, without a broker")
    .description("Replays a file of events (one JSON object a line, event clock), or with --log what `log dump` wrote, and writes what comes out to files.")
    .argument("[file]", "NDJSON file of events, or - for stdin")
    .option("--log <dump>", "a captured log, records included: gives byte for byte what ran")
    .option("--until <time>", "let log time go on to this moment at the end, so that what is due by then fires (not with --log)")
    .option("--backfill", "the events of the file are history: nothing is fired for them; it ends behind the last one, which --until lets contacts notice")
    .option("--triggers <out>", "write triggers and what was withheld, one CloudEvent a line")
    .option("--transitions <out>", "write transitions, one CloudEvent a line")
    .option("--contacts <out>", "write every contact as it stands at the end, one a line")
    .option("--batch <number>", "events a batch; changes no result")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark replay events.ndjson --pack rules/b2b-funnel.yaml --triggers triggers.ndjson\n  tidemark log dump > log.ndjson && tidemark replay --log log.ndjson --transitions out.ndjson\n\nExit: 0 replayed, 2 misuse.",
    );
  addSharedFlags(command, ["packs", "policy", "workers", "shard"]);
  run(command, (terminal, flags, args) => runReplay(terminal, flags, args[0]));
};

async function runReplay(terminal: Terminal, flags: SharedFlags, file: string | undefined): Promise<ExitCode> {
  if ((file === undefined) === (flags.log === undefined)) throw usage("replay takes a file of events, or --log with a dump, and not both");
  if (flags.log !== undefined && (flags.until !== undefined || flags.pack !== undefined || flags.backfill === true))
    throw usage("a dump has its own packs, its own history and its own end: --pack, --backfill and --until do not go with --log");
  const untilMs = readMoment("--until", flags.until);
  const batchEvents = readWholeNumber("--batch", flags.batch, { from: 1, to: 1_000_000 });
  const { config } = await configFrom(flags, terminal);
  const source =
    flags.log === undefined
      ? await ofEvents(terminal, config, file as string, { untilMs: untilMs ?? null, isHistory: flags.backfill === true })
      : await ofDump(terminal, flags.log as string);
  const sinks = openSinks(flags);
  const firstDead = new Map<string, DeadLetter>();
  const summary = await replay({
    ...source,
    workers: config.workers,
    batchEvents: batchEvents ?? config.batch.events,
    onEffect: (effect) => sinks.effect(effect),
    onDead: (letter) => void (firstDead.has(letter.reason) ? undefined : firstDead.set(letter.reason, letter)),
    onContact: (text) => sinks.contact(text),
  });
  sinks.close();
  if (flags.json === true) await writeJson(terminal.stdout, summary);
  else for (const line of describe(summary, [...firstDead.values()])) await writeLine(terminal.stdout, line);
  return 0;
}

interface Source {
  readonly messages: AsyncIterable<LogMessage>;
  readonly shard: string;
  readonly packs?: readonly PackDefinition[];
}

/** The log is begun at the first event's time, so that the same file always gives the same bytes. */
async function ofEvents(
  terminal: Terminal,
  config: Config,
  file: string,
  { untilMs, isHistory }: { readonly untilMs: number | null; readonly isHistory: boolean },
): Promise<Source> {
  const packs = loadPacks(config.packs);
  const policy = loadConfiguredPolicy(config.policy);
  const lines = linesOf(await openInput(file, terminal))[Symbol.asyncIterator]();
  const first = await lines.next();
  const createdMs = (first.done === true ? undefined : timeOf(first.value)) ?? 0;
  const settings = wholeSettings({ ...config, clock: "event" }, createdMs);
  const all = resumed(first, lines);
  const events = isHistory ? asHistory(all) : all;
  return { messages: messagesOfEvents(events, settings, packs, policy, untilMs, Date.now(), isHistory), shard: settings.shard, packs };
}

async function* resumed(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string, void, void> {
  for (let line = first; line.done !== true; line = await rest.next()) yield line.value;
}

/** What is no object is a dead letter, marked or not. */
async function* asHistory(lines: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  for await (const line of lines) yield isJsonObject(line) ? markHistory(Buffer.from(line)).toString() : line;
}

/** The shard is the one in whose subjects the dump's messages stand. */
async function ofDump(terminal: Terminal, file: string): Promise<Source> {
  const messages = messagesOfDump(linesOf(await openInput(file, terminal)), file)[Symbol.asyncIterator]();
  const first = await messages.next();
  if (first.done === true) throw new TidemarkError("FILE_UNREADABLE", `${file} is empty.`);
  const shard = /^tidemark\.log\.([^.]+)\./.exec(first.value.subject)?.[1];
  if (shard === undefined)
    throw new TidemarkError("FILE_UNREADABLE", `${file} does not begin with a message of a shard's log, but with one on ${first.value.subject}.`);
  await warnOfZoneRules(terminal, first.value, shard);
  async function* all(): AsyncGenerator<LogMessage, void, void> {
    for (let message = first; message.done !== true; message = await messages.next()) yield message.value;
  }
  return { messages: all(), shard };
}

/** Another Node may know other laws of a zone than the one that ran: then days and quiet hours there may differ from what ran. */
async function warnOfZoneRules(terminal: Terminal, first: LogMessage, shard: string): Promise<void> {
  if (first.subject !== logSubjects(shard).settings) return;
  const { type: _, ...fields } = JSON.parse(Buffer.from(first.data).toString()) as Record<string, unknown>;
  const settings = settingsSchema.safeParse(fields);
  const rules = settings.success ? otherZoneRules(settings.data) : null;
  if (rules !== null) await writeLine(terminal.stderr, `tidemark: warning: ${rules}`);
}

const linesOf = (input: NodeJS.ReadableStream): AsyncIterable<string> => createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });

interface Sinks {
  effect(effect: Effect): void;
  contact(text: string): void;
  close(): void;
}

function openSinks(flags: SharedFlags): Sinks {
  const [transitions, triggers, contacts] = [flags.transitions, flags.triggers, flags.contacts].map((file) =>
    typeof file === "string" ? new LineFile(file) : undefined,
  );
  return {
    effect: ({ subject, body }) => (subject.startsWith("tidemark.transitions.") ? transitions : triggers)?.line(body),
    contact: (text) => contacts?.line(text),
    close: () => {
      for (const file of [transitions, triggers, contacts]) file?.close();
    },
  };
}

/** `firstDead`: of each reason the first letter, so that nobody has to guess what is wrong with a file. */
function describe(summary: ReplaySummary, firstDead: readonly DeadLetter[]): string[] {
  const { outcomes } = summary;
  const places = Object.entries(summary.stages).flatMap(([pack, axes]) =>
    Object.entries({ ...axes.stages, ...axes.segments }).map(([place, count]) => [pack, place, String(count)]),
  );
  return [
    `${counted(summary.events, "event")}: ${listed(outcomes)}`,
    ...reasons("dead letters", summary.deadByReason),
    ...firstDead.map(({ reason, error, body }) => `    ${reason}, the first: ${error}: ${beginningOf(body)}`),
    `${counted(summary.transitions, "transition")}, ${counted(summary.triggers, "trigger")}, ${summary.withheld} withheld; ${counted(summary.contacts, "contact")} at ${summary.logTime}`,
    ...reasons("withheld", summary.withheldByReason),
    ...reasons("goals", summary.goalsByOutcome),
    ...reasons("history, not told", summary.history.muted),
    ...(summary.history.contacts === 0 ? [] : [`  ${counted(summary.history.contacts, "contact")} still in history`]),
    ...table(places).map((line) => `  ${line}`),
    ...cutPoints(summary.rfm).map((line) => `  ${line}`),
    `${summary.eventsPerSecond} events/s in ${summary.seconds} s; state ${summary.digest.slice(0, 16)}`,
  ];
}

/** One line for each pack and axis; none for bounds that a pack writes out itself. */
function cutPoints(packs: ReplaySummary["rfm"]): string[] {
  const counted = Object.entries(packs).filter(([, { cuts }]) => cuts.number > 0);
  return table(
    counted.flatMap(([pack, { cuts }]) =>
      Object.entries(cuts.bounds).map(([axis, bounds]) => [
        pack,
        `cut points ${cuts.number}`,
        axis,
        (bounds ?? []).map((bound) => String(rounded(bound))).join(" / "),
      ]),
    ),
  );
}

const rounded = (bound: number): number => Math.round(bound * 100) / 100;

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");

const reasons = (what: string, counts: Readonly<Record<string, number>>): string[] =>
  Object.keys(counts).length === 0 ? [] : [`  ${what}: ${listed(counts)}`];
