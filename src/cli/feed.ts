// `tidemark feed`: a file of events into a shard's log, one a message or N as a JSON array. At least once: what the broker
// did not acknowledge is sent again, and the engine drops the repeats by their messageId. A line that is no JSON object stops
// it, with the line's number and what was sent by then; whether an object is an event is the engine's to judge.

import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { Option } from "commander";
import type { Config } from "../app/config.ts";
import { isoTime } from "../model/ids.ts";
import { logSubjects } from "../model/log.ts";
import type { Broker } from "../nats/connection.ts";
import { EventPublisher } from "../nats/event-publisher.ts";
import { JetStreamLog } from "../nats/jetstream-log.ts";
import { streamsExist } from "../nats/streams.ts";
import { withBroker } from "./broker.ts";
import { usage } from "./failure.ts";
import { openInput } from "./files.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { type Line, readLines } from "./ndjson.ts";
import { readMoment, readWholeNumber } from "./option-values.ts";
import { untilStopRequest } from "./signals.ts";
import { counted, Progress, type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const feedVerb: Verb = (program, run) => {
  const command = program
    .command("feed")
    .summary("publish a file of events")
    .description("Publishes events from a file with one JSON object a line (or from stdin) to a shard's log.")
    .argument("[file]", "NDJSON file, or - for stdin; none is needed with --broadcast")
    .option("--batch <number>", "events a message; a message that would become too large is sent earlier", "1")
    .option("--until <time>", "afterwards let log time go on to this moment (ISO 8601 or ms), so that what is due by then fires; event clock only")
    .option("--broadcast <pack/trigger>", "afterwards send for this `broadcast` trigger of a pack, for every contact there is by then")
    .option("--broadcast-id <id>", "its name in the keys: the same name sent for again does nothing; a new one by default")
    .option("--subject <subject>", "publish here instead of on the shard's own event subject")
    .addOption(new Option("--backfill").hideHelp())
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark feed events.ndjson\n  zcat events.ndjson.gz | tidemark feed - --batch 100\n  tidemark feed history.ndjson --shard eu --until 2026-12-31T00:00:00Z\n\nThe shard's log must have been begun by `tidemark run`. Exit: 0 all sent, 1 the broker failed or it was stopped, 2 a line is no JSON object.",
    );
  addSharedFlags(command, ["nats.url", "nats.creds", "shard"]);
  run(command, (terminal, flags, [file]) => feed(terminal, flags, file));
};

/** A message stays well below the default `max_payload` of 1 MiB. */
const MAX_MESSAGE_BYTES = 512 * 1024;

interface FeedSummary {
  readonly events: number;
  readonly messages: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Position of the last message in the log. */
  readonly lastPosition: number;
  readonly repeated: number;
  readonly until: string | null;
  /** `pack/trigger/id` of what was sent for. */
  readonly broadcast: string | null;
  readonly stopped: boolean;
}

async function feed(terminal: Terminal, flags: SharedFlags, given: string | undefined): Promise<ExitCode> {
  const broadcast = readBroadcast(flags);
  if (given === undefined && broadcast === undefined) throw usage("feed needs a file of events, - for stdin, or --broadcast");
  const file = given ?? "-";
  if (flags.backfill === true) throw usage("--backfill is not in this version: history would be fed as if it happened now");
  const perMessage = readWholeNumber("--batch", flags.batch, { from: 1, to: 10_000 }) ?? 1;
  const untilMs = readMoment("--until", flags.until);
  const { config } = await configFrom(flags, terminal);
  const subject = readSubject(flags.subject) ?? `${logSubjects(config.shard).event}.feed`;
  const source = given === undefined ? Readable.from([]) : await openInput(file, terminal);
  const summary = await withBroker(config, "feed", async (broker) => {
    await requireLog(broker, config, { untilMs, ownSubject: flags.subject === undefined || broadcast !== undefined });
    return untilStopRequest((signal) =>
      publishAll(broker, config, { signal, terminal, source, name: file === "-" ? "stdin" : file, subject, perMessage, broadcast, untilMs }),
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
  readonly broadcast: BroadcastRecord | undefined;
  readonly untilMs: number | undefined;
}

interface BroadcastRecord {
  readonly pack: string;
  readonly trigger: string;
  readonly id: string;
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
        const full = addLine(pack, line, feed.name);
        if (full !== undefined) await full;
      }
      progress.show(() => `${pack.events} events sent, ${rate(pack.events, seconds())} a second`);
    }
    await pack.end();
    await publisher.flush();
    const broadcast = feed.signal.aborted || feed.broadcast === undefined ? null : await sendFor(broker, config, feed.broadcast);
    const until = feed.signal.aborted || feed.untilMs === undefined ? null : await advance(broker, config, feed.untilMs);
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
      until,
      broadcast,
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
function addLine(pack: MessagePacker, line: Line, name: string): void | Promise<void> {
  return isObject(line.bytes) ? pack.add(line.bytes) : refuse(pack, line, name);
}

/** What was read before a bad line is sent, so that "feed the rest from line n" is a true advice. */
async function refuse(pack: MessagePacker, line: Line, name: string): Promise<void> {
  await pack.end();
  throw usage(`${name}:${line.number}: not a JSON object: ${line.bytes.toString("utf8", 0, 60)}; the ${pack.events} events before it were sent`);
}

function isObject(bytes: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Collects events until a message is full, by number or by bytes. */
class MessagePacker {
  events = 0;
  messages = 0;
  bytes = 0;
  readonly #publisher: EventPublisher;
  readonly #subject: string;
  readonly #perMessage: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(publisher: EventPublisher, subject: string, perMessage: number) {
    this.#publisher = publisher;
    this.#subject = subject;
    this.#perMessage = perMessage;
  }

  add(event: Buffer): void | Promise<void> {
    const overflow = this.#waitingBytes + event.length > MAX_MESSAGE_BYTES ? this.#send() : undefined;
    this.#waiting.push(event);
    this.#waitingBytes += event.length + 1;
    const full = this.#waiting.length >= this.#perMessage ? this.#send() : undefined;
    return full ?? overflow;
  }

  /** Sends what is left over, and waits until all of it is acknowledged. */
  async end(): Promise<void> {
    await this.#send();
    await this.#publisher.flush();
  }

  #send(): void | Promise<void> {
    if (this.#waiting.length === 0) return;
    const body = this.#perMessage === 1 ? Buffer.concat(this.#waiting) : jsonArray(this.#waiting);
    this.events += this.#waiting.length;
    this.messages++;
    this.bytes += body.length;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return this.#publisher.publish(this.#subject, body, "application/json");
  }
}

const COMMA = Buffer.from(",");
const jsonArray = (items: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from("["), ...items.flatMap((item, i) => (i === 0 ? [item] : [COMMA, item])), Buffer.from("]")]);

/** Events that stand before a log's settings are dead letters, and time can be moved by hand only where the events move it. */
async function requireLog(broker: Broker, config: Config, { untilMs, ownSubject }: { untilMs: number | undefined; ownSubject: boolean }): Promise<void> {
  if (!ownSubject && untilMs === undefined) return;
  const { stream, settings } = logSubjects(config.shard);
  const there = (await streamsExist(broker, [stream])).length > 0;
  const record = there ? await new JetStreamLog(broker, config.shard).lastOn(settings) : undefined;
  if (record === undefined)
    throw usage(`shard "${config.shard}" has no log on ${broker.url} yet: start \`tidemark run --shard ${config.shard}\` once, it begins the log`);
  const { clock } = JSON.parse(Buffer.from(record.data).toString()) as { clock?: unknown };
  if (untilMs !== undefined && clock !== "event")
    throw usage(`--until needs a log with the event clock; shard "${config.shard}" has the ${String(clock)} clock`);
}

async function sendFor(broker: Broker, config: Config, of: BroadcastRecord): Promise<string> {
  const record = Buffer.from(JSON.stringify({ type: "broadcast", ...of }));
  await new JetStreamLog(broker, config.shard).append(logSubjects(config.shard).broadcast, record, { contentType: "application/json" });
  return `${of.pack}/${of.trigger}/${of.id}`;
}

function readBroadcast(flags: SharedFlags): BroadcastRecord | undefined {
  if (flags.broadcast === undefined) {
    if (flags.broadcastId !== undefined) throw usage("--broadcast-id names a broadcast: it needs --broadcast pack/trigger");
    return undefined;
  }
  const [pack, trigger, ...rest] = String(flags.broadcast).split("/");
  const id = flags.broadcastId === undefined ? randomUUID() : String(flags.broadcastId);
  if (!pack || !trigger || rest.length > 0) throw usage(`--broadcast "${String(flags.broadcast)}" is not of the form pack/trigger`);
  if (!/^[\w.:-]{1,64}$/.test(id)) throw usage("--broadcast-id is up to 64 letters, digits, `-`, `_`, `.` and `:`");
  return { pack, trigger, id };
}

async function advance(broker: Broker, config: Config, untilMs: number): Promise<string> {
  const until = isoTime(untilMs);
  await new JetStreamLog(broker, config.shard).append(logSubjects(config.shard).advance, Buffer.from(JSON.stringify({ type: "advance", to: until })), {
    contentType: "application/json",
  });
  return until;
}

function readSubject(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "string" && /^[^\s.*>]+(\.[^\s.*>]+)*$/.test(given)) return given;
  throw usage(`--subject "${String(given)}" is no subject to publish on: words separated by dots, without * and >`);
}

const rate = (events: number, seconds: number): number => Math.round(events / Math.max(seconds, 0.001));

function describe(summary: FeedSummary, shard: string): string {
  const { events, messages, seconds, eventsPerSecond, lastPosition, repeated, until, broadcast, stopped } = summary;
  const parts = [
    `${stopped ? "stopped: " : ""}${counted(events, "event")} in ${counted(messages, "message")} to shard ${shard} in ${seconds.toFixed(1)} s (${eventsPerSecond} a second)`,
    messages === 0 ? "" : `last position ${lastPosition}`,
    repeated === 0 ? "" : `${repeated} messages sent again`,
    broadcast === null ? "" : `sent for ${broadcast}`,
    until === null ? "" : `log time moved on to ${until}`,
  ];
  return parts.filter((part) => part !== "").join("; ");
}
