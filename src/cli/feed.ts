// `tidemark feed`: a file of events into a shard's log, one a message or N as a JSON array. At least once: what the broker
// did not acknowledge is sent again, and the engine drops the repeats by their messageId. A line that is no JSON object stops
// it, with the line's number and what was sent by then; whether an object is an event is the engine's to judge.

import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { settingsOfBegunLog } from "../app/begun-log.ts";
import type { Config } from "../app/config.ts";
import { GIVEN_NAME, GIVEN_NAME_RULE } from "../model/ids.ts";
import { logSubjects } from "../model/log.ts";
import type { Broker } from "../nats/connection.ts";
import { EventPublisher } from "../nats/event-publisher.ts";
import { withBroker } from "./broker.ts";
import { usage } from "./failure.ts";
import { requireLiveBroadcast } from "./feed/live-broadcast.ts";
import { markHistory } from "./feed/mark-history.ts";
import { MessagePacker } from "./feed/message-packer.ts";
import { type Afterwards, type BroadcastRecord, SAID_NOTHING, type Said, say } from "./feed/records.ts";
import { openInput } from "./files.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { beginningOf, cureOf, isJsonObject, type Line, readLines } from "./ndjson.ts";
import { readMoment, readWholeNumber } from "./option-values.ts";
import { untilStopRequest } from "./signals.ts";
import { counted, Progress, type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const feedVerb: Verb = (program, run) => {
  const command = program
    .command("feed")
    .summary("publish a file of events")
    .description("Publishes events from a file with one JSON object a line (or from stdin) to a shard's log.")
    .argument("[file]", "NDJSON file, or - for stdin; none is needed with --broadcast and --end-history")
    .option("--batch <number>", "events a message; a message that would become too large is sent earlier", "1")
    .option("--until <time>", "afterwards let log time go on to this moment (ISO 8601 or ms), so that what is due by then fires; event clock only")
    .option("--broadcast <pack/trigger>", "afterwards send for this `broadcast` trigger of a pack, for every contact there is by then")
    .option("--broadcast-id <id>", "its name in the keys: the same name sent for again does nothing; a new one by default")
    .option("--subject <subject>", "publish here instead of on the shard's own event subject")
    .option("--backfill", "the events are history: contacts pass through their past, nothing is fired, and afterwards history ends")
    .option("--more-to-come", "with --backfill: history does not end afterwards, because more files of it are fed, or others feed it too")
    .option("--end-history", "afterwards end history: all contacts that are in it return to the present")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark feed events.ndjson\n  zcat events.ndjson.gz | tidemark feed - --batch 100\n  tidemark feed history.ndjson --backfill --batch 100\n  tidemark feed events.ndjson --shard eu --until 2026-12-31T00:00:00Z\n\nThe shard's log must have been begun by `tidemark run`. Exit: 0 all sent, 1 the broker failed or it was stopped, 2 a line is no JSON object.",
    );
  addSharedFlags(command, ["nats.url", "nats.creds", "shard"]);
  run(command, (terminal, flags, [file]) => feed(terminal, flags, file));
};

interface FeedSummary extends Said {
  readonly events: number;
  readonly messages: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Position of the last message in the log. */
  readonly lastPosition: number;
  readonly repeated: number;
  readonly stopped: boolean;
}

async function feed(terminal: Terminal, flags: SharedFlags, given: string | undefined): Promise<ExitCode> {
  const broadcast = readBroadcast(flags);
  const history = readHistory(flags, given);
  if (given === undefined && broadcast === undefined && !history.ends) throw usage("feed needs a file of events, - for stdin, --broadcast or --end-history");
  const file = given ?? "-";
  const perMessage = readWholeNumber("--batch", flags.batch, { from: 1, to: 10_000 }) ?? 1;
  const untilMs = readMoment("--until", flags.until);
  const { config } = await configFrom(flags, terminal);
  const subject = readSubject(flags.subject) ?? `${logSubjects(config.shard).event}.feed`;
  const source = given === undefined ? Readable.from([]) : await openInput(file, terminal);
  const summary = await withBroker(config, "feed", async (broker) => {
    await requireLog(broker, config, { untilMs, ownSubject: flags.subject === undefined || broadcast !== undefined || history.ends });
    if (broadcast !== undefined) await requireLiveBroadcast(broker, config.shard, broadcast);
    return untilStopRequest((signal) =>
      publishAll(broker, config, {
        signal,
        terminal,
        source,
        name: file === "-" ? "stdin" : file,
        subject,
        perMessage,
        isHistory: history.told,
        afterwards: { historyEnds: history.ends, broadcast, untilMs },
      }),
    );
  }).finally(() => source.destroy());
  if (flags.json === true) await writeJson(terminal.stdout, summary);
  else await writeLine(terminal.stdout, describe(summary, config.shard));
  return summary.stopped ? 1 : 0;
}

interface Feed {
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  readonly source: Readable;
  readonly name: string;
  readonly subject: string;
  readonly perMessage: number;
  readonly isHistory: boolean;
  readonly afterwards: Afterwards;
}

async function publishAll(broker: Broker, config: Config, feed: Feed): Promise<FeedSummary> {
  const publisher = new EventPublisher(broker);
  const progress = new Progress(feed.terminal.stderr);
  const begun = performance.now();
  const pack = new MessagePacker(publisher, feed.subject, feed.perMessage);
  const seconds = (): number => (performance.now() - begun) / 1000;
  try {
    for await (const lines of readLines(untilStopped(feed.source, feed.signal), feed.name)) {
      for (const line of lines) {
        const full = addLine(pack, line, feed);
        if (full !== undefined) await full;
      }
      progress.show(() => `${pack.events} events sent, ${rate(pack.events, seconds())} a second`);
    }
    await pack.end();
    await publisher.flush();
    const said = feed.signal.aborted ? SAID_NOTHING : await say(broker, config, feed.afterwards);
    const { lastSequence, repeated } = publisher.stats;
    const took = seconds();
    return {
      events: pack.events,
      messages: pack.messages,
      bytes: pack.bytes,
      seconds: took,
      eventsPerSecond: rate(pack.events, took),
      lastPosition: lastSequence,
      repeated,
      ...said,
      stopped: feed.signal.aborted,
    };
  } finally {
    progress.end();
    publisher.close();
  }
}

/** A stop must not wait for the next line: on a terminal it may never come. */
async function* untilStopped(source: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  const close = (): void => void source.destroy();
  signal.addEventListener("abort", close, { once: true });
  try {
    yield* source as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** A promise only where there is something to wait for: most lines make none. */
function addLine(pack: MessagePacker, line: Line, { name, isHistory }: Feed): void | Promise<void> {
  if (!isJsonObject(line.bytes.toString())) return refuse(pack, line, name);
  return pack.add(isHistory ? markHistory(line.bytes) : line.bytes);
}

/** What was read before a bad line is sent, so that "feed the rest from line n" is a true advice. */
async function refuse(pack: MessagePacker, line: Line, name: string): Promise<void> {
  await pack.end();
  const cure = cureOf(line, name === "stdin" ? "FILE" : name);
  throw usage(`${name}:${line.number}: not a JSON object: ${beginningOf(line.bytes)}; ${sentBefore(pack.events)}${cure === "" ? "" : `; ${cure}`}`);
}

function sentBefore(events: number): string {
  if (events === 0) return "nothing was sent";
  return events === 1 ? "the event before it was sent" : `the ${events} events before it were sent`;
}

/** Events that stand before a log's settings are dead letters, and time can be moved by hand only where the events move it. */
async function requireLog(broker: Broker, config: Config, { untilMs, ownSubject }: { untilMs: number | undefined; ownSubject: boolean }): Promise<void> {
  if (!ownSubject && untilMs === undefined) return;
  const { clock } = await settingsOfBegunLog(broker, config.shard);
  if (untilMs !== undefined && clock !== "event") throw usage(`--until needs a log with the event clock; shard "${config.shard}" has the ${clock} clock`);
}

function readBroadcast(flags: SharedFlags): BroadcastRecord | undefined {
  if (flags.broadcast === undefined) {
    if (flags.broadcastId !== undefined) throw usage("--broadcast-id names a broadcast: it needs --broadcast pack/trigger");
    return undefined;
  }
  const [pack, trigger, ...rest] = String(flags.broadcast).split("/");
  const id = flags.broadcastId === undefined ? randomUUID() : String(flags.broadcastId);
  if (!pack || !trigger || rest.length > 0) throw usage(`--broadcast "${String(flags.broadcast)}" is not of the form pack/trigger`);
  if (!GIVEN_NAME.test(id)) throw usage(`--broadcast-id is ${GIVEN_NAME_RULE}`);
  return { pack, trigger, id };
}

/** Whether the events are history, and whether it ends behind them. */
function readHistory({ backfill, moreToCome, endHistory }: SharedFlags, file: string | undefined): { readonly told: boolean; readonly ends: boolean } {
  if (backfill === true && file === undefined) throw usage("--backfill says what the events of a file are: name one, or - for stdin");
  if (moreToCome === true && backfill !== true) throw usage("--more-to-come goes with --backfill");
  if (moreToCome === true && endHistory === true) throw usage("--more-to-come and --end-history say the opposite of each other");
  return { told: backfill === true, ends: endHistory === true || (backfill === true && moreToCome !== true) };
}

function readSubject(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "string" && /^[^\s.*>]+(\.[^\s.*>]+)*$/.test(given)) return given;
  throw usage(`--subject "${String(given)}" is no subject to publish on: words separated by dots, without * and >`);
}

const rate = (events: number, seconds: number): number => Math.round(events / Math.max(seconds, 0.001));

function describe(summary: FeedSummary, shard: string): string {
  const { events, messages, seconds, eventsPerSecond, lastPosition, repeated, historyEnded, until, broadcast, stopped } = summary;
  const onlySaid = events === 0 && !stopped && (historyEnded || broadcast !== null);
  const parts = [
    onlySaid
      ? `shard ${shard}`
      : `${stopped ? "stopped: " : ""}${counted(events, "event")} in ${counted(messages, "message")} to shard ${shard} in ${seconds.toFixed(1)} s (${eventsPerSecond} a second)`,
    messages === 0 ? "" : `last position ${lastPosition}`,
    repeated === 0 ? "" : `${repeated} messages sent again`,
    historyEnded ? "history ends here" : "",
    broadcast === null ? "" : `sent for ${broadcast}`,
    until === null ? "" : `log time moved on to ${until}`,
  ];
  return parts.filter((part) => part !== "").join("; ");
}
