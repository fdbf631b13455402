// `tidemark dead`: what came in and was no event. `ls` counts by reason, `show` prints one with its bytes, `requeue` sends letters to the log
// once more, after whatever made them fail has been mended, and each only once.

import { readFile } from "node:fs/promises";
import { TidemarkError } from "../model/errors.ts";
import type { Broker } from "../nats/connection.ts";
import { type DeadBox, readDeadBox, requeueLetter, type StoredLetter } from "../nats/dead-box.ts";
import { withBroker } from "./broker.ts";
import { usage } from "./failure.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { readWholeNumber } from "./option-values.ts";
import { untilStopRequest } from "./signals.ts";
import { counted, type Terminal, table, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const deadVerb: Verb = (program, run) => {
  const group = program
    .command("dead")
    .summary("look through dead letters and send them again")
    .description("Looks through what came in and was no event (the stream TIDEMARK_DEAD), and sends it to the log again.");
  const ls = group
    .command("ls")
    .summary("count dead letters by reason")
    .description("Counts dead letters by reason; with --reason lists the newest of one.")
    .option("--reason <reason>", "list the letters of this reason")
    .option("--limit <number>", "list so many, the newest first; default 20")
    .addHelpText("after", "\nExamples:\n  tidemark dead ls\n  tidemark dead ls --reason bad_time --limit 100 --json");
  const show = group
    .command("show")
    .argument("<id>", "as `dead ls` prints it")
    .summary("print one dead letter")
    .description("Prints one dead letter: why it is one, where it came from, and its bytes.")
    .addHelpText("after", "\nExamples:\n  tidemark dead show 0-184467-3\n  tidemark dead show 0-184467-3 --json");
  const requeue = group
    .command("requeue")
    .argument("[ids...]", "letters by their ids")
    .summary("send dead letters to the log again")
    .description("Publishes the bytes of dead letters again where they were published first. A letter that was sent again is remembered, and not sent twice.")
    .option("--reason <reason>", "all letters of this reason")
    .option("--all", "all letters")
    .option("--mended <file>", "send the bytes of this file in place of the letter's own; for one id")
    .option("--dry-run", "say what would be sent, and send nothing")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark dead requeue --reason before_settings --dry-run\n  tidemark dead requeue 0-184467-3\n  tidemark dead requeue 0-184467-3 --mended event.json\n\nExit: 0 sent, 1 an id is not there or it was stopped, 2 misuse.",
    );
  for (const command of [ls, show, requeue]) addSharedFlags(command, ["nats.url", "nats.creds"]);
  run(ls, list);
  run(show, showOne);
  run(requeue, sendAgain);
};

const DEFAULT_LIMIT = 20;

async function list(terminal: Terminal, flags: SharedFlags): Promise<ExitCode> {
  const limit = readWholeNumber("--limit", flags.limit, { from: 1, to: 1_000_000 }) ?? DEFAULT_LIMIT;
  const reason = textOption(flags.reason);
  const box = await boxOf(terminal, flags, (letter) => reason === undefined || letter.reason === reason);
  const letters = distinct(box.letters);
  if (reason !== undefined) await printLetters(terminal, flags, box, letters.slice(-limit).reverse());
  else await printCounts(terminal, flags, countsOf(letters, box.requeued));
  return 0;
}

interface Count {
  readonly reason: string;
  letters: number;
  requeued: number;
  newest: string;
}

function countsOf(letters: readonly StoredLetter[], requeued: ReadonlySet<string>): Count[] {
  const counts = new Map<string, Count>();
  for (const { reason, id, time } of letters) {
    const count = counts.get(reason) ?? { reason, letters: 0, requeued: 0, newest: time };
    count.letters++;
    if (requeued.has(id)) count.requeued++;
    count.newest = time;
    counts.set(reason, count);
  }
  return [...counts.values()].sort((a, b) => b.letters - a.letters || (a.reason < b.reason ? -1 : 1));
}

async function printCounts(terminal: Terminal, flags: SharedFlags, counts: readonly Count[]): Promise<void> {
  if (flags.json === true) return writeJson(terminal.stdout, { reasons: counts });
  if (counts.length === 0) return writeLine(terminal.stdout, "no dead letters");
  const rows = counts.map(({ reason, letters, requeued, newest }) => [reason, String(letters), requeued === 0 ? "" : String(requeued), newest]);
  for (const line of table([["reason", "letters", "sent again", "newest"], ...rows])) await writeLine(terminal.stdout, line);
}

async function printLetters(terminal: Terminal, flags: SharedFlags, box: DeadBox, letters: readonly StoredLetter[]): Promise<void> {
  const rows = letters.map(({ id, time, error, subject, body }) => ({ id, time, bytes: body.length, subject, error, requeued: box.requeued.has(id) }));
  if (flags.json === true) return writeJson(terminal.stdout, { letters: rows });
  if (rows.length === 0) return writeLine(terminal.stdout, "no dead letters of that reason");
  const cells = rows.map((row) => [row.id, row.time, String(row.bytes), row.requeued ? "sent again" : "", row.error]);
  for (const line of table([["id", "time", "bytes", "", "what is wrong"], ...cells])) await writeLine(terminal.stdout, line);
}

async function showOne(terminal: Terminal, flags: SharedFlags, [id = ""]: readonly string[]): Promise<ExitCode> {
  const box = await boxOf(terminal, flags, (letter) => letter.id === id);
  const letter = box.letters.at(-1);
  if (letter === undefined) throw noSuchLetter(id);
  const { body, truncatedFrom, ...rest } = letter;
  const text = textOf(body);
  const shown = {
    ...rest,
    bytes: body.length,
    ...(truncatedFrom === undefined ? {} : { truncatedFrom }),
    requeued: box.requeued.has(id),
    ...(text === undefined ? { base64: Buffer.from(body).toString("base64") } : { body: text }),
  };
  if (flags.json === true) await writeJson(terminal.stdout, shown);
  else for (const [name, value] of Object.entries(shown)) await writeLine(terminal.stdout, `${`${name}:`.padEnd(12)} ${String(value)}`);
  return 0;
}

/** What becomes of the letters that were asked for. */
interface Sorted {
  readonly send: readonly StoredLetter[];
  readonly already: number;
  /** Their ends were cut off, or they are no events: sending them again would make another dead letter. */
  readonly cut: number;
  readonly notEvents: number;
}

interface Told extends Sorted {
  /** It was asked to stop before so many. */
  readonly stoppedBefore: number;
}

async function sendAgain(terminal: Terminal, flags: SharedFlags, ids: readonly string[]): Promise<ExitCode> {
  const reason = textOption(flags.reason);
  const ways = [ids.length > 0, reason !== undefined, flags.all === true].filter(Boolean).length;
  if (ways !== 1) throw usage("say which letters: ids, --reason or --all");
  if (flags.mended !== undefined && ids.length !== 1) throw usage("--mended is for one id");
  const mended = await mendedBytes(textOption(flags.mended));
  const wanted = new Set(ids);
  const { config } = await configFrom(flags, terminal);
  const sorted = await withBroker(config, "dead", async (broker) => {
    const box = await readDeadBox(broker, (letter) => (ids.length > 0 ? wanted.has(letter.id) : reason === undefined || letter.reason === reason));
    for (const id of ids) if (!box.letters.some((letter) => letter.id === id)) throw noSuchLetter(id);
    const found = sortOut(box, mended !== undefined);
    const sent = flags.dryRun === true ? found.send : await untilStopRequest((signal) => sendAll(broker, found.send, mended, signal));
    return { ...found, send: sent, stoppedBefore: found.send.length - sent.length };
  });
  await tell(terminal, flags, sorted);
  return sorted.stoppedBefore === 0 ? 0 : 1;
}

function sortOut(box: DeadBox, mended: boolean): Sorted {
  const fresh = distinct(box.letters).filter(({ id }) => !box.requeued.has(id));
  const events = fresh.filter(({ subject }) => EVENT_SUBJECT.test(subject));
  const whole = events.filter(({ truncatedFrom }) => truncatedFrom === undefined || mended);
  return { send: whole, already: distinct(box.letters).length - fresh.length, cut: events.length - whole.length, notEvents: fresh.length - events.length };
}

/** Where producers publish; a control record is written by the engine alone. */
const EVENT_SUBJECT = /^tidemark\.(log\.[^.]+\.event(\..|$)|events\..)/;

/** Those that were sent, all unless it was asked to stop: never in the middle of one, which would be sent and not noted. */
export async function sendAll(
  broker: Broker,
  letters: readonly StoredLetter[],
  mended: Uint8Array | undefined,
  signal: AbortSignal,
): Promise<readonly StoredLetter[]> {
  const sent: StoredLetter[] = [];
  for (const letter of letters) {
    if (signal.aborted) break;
    await requeueLetter(broker, letter, mended);
    sent.push(letter);
  }
  return sent;
}

async function tell(terminal: Terminal, flags: SharedFlags, { send, already, cut, notEvents, stoppedBefore }: Told): Promise<void> {
  const dryRun = flags.dryRun === true;
  const stopped = stoppedBefore === 0 ? {} : { stoppedBefore };
  if (flags.json === true)
    return writeJson(terminal.stdout, { dryRun, sent: send.map(({ id }) => id), alreadySent: already, cutOff: cut, notEvents, ...stopped });
  const rest = [
    already === 0 ? "" : `${already} sent again before`,
    cut === 0 ? "" : `${cut} cut off`,
    notEvents === 0 ? "" : `${notEvents} no events but control records`,
    stoppedBefore === 0 ? "" : `${stoppedBefore} not sent, because it was asked to stop`,
  ].filter((part) => part !== "");
  const left = rest.length === 0 ? "" : `; left alone: ${rest.join(", ")}`;
  await writeLine(terminal.stdout, `${dryRun ? "would send" : "sent"} ${counted(send.length, "letter")} to the log again${left}`);
}

async function boxOf(terminal: Terminal, flags: SharedFlags, wanted: (letter: StoredLetter) => boolean): Promise<DeadBox> {
  const { config } = await configFrom(flags, terminal);
  return withBroker(config, "dead", (broker) => readDeadBox(broker, wanted));
}

/** A letter that was stored twice, after a crash, is one. */
const distinct = (letters: readonly StoredLetter[]): StoredLetter[] => [...new Map(letters.map((letter) => [letter.id, letter])).values()];

const noSuchLetter = (id: string): TidemarkError => new TidemarkError("NO_SUCH_LETTER", `there is no dead letter ${id}`);

const textOption = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));

async function mendedBytes(file: string | undefined): Promise<Uint8Array | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (error) {
    throw new TidemarkError("FILE_UNREADABLE", `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

/** undefined where it is no text. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
