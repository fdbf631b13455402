// Replay: the same flow on a log that is not a broker's. A file of events becomes a log in memory, begun with settings and packs
// as `run` would; a dump (`log dump`) is the log as it was, records included, and gives byte for byte what ran. What comes out
// goes to writers instead of an output stream. Every result depends on the log alone, not on workers or batches.

import { Framer } from "../flow/frame.ts";
import { WorkerPool } from "../flow/pool.ts";
import { TieWatch } from "../flow/tie-watch.ts";
import { cloudEventOf } from "../model/cloud-event.ts";
import type { EffectCounts, EventCounts } from "../model/counts.ts";
import type { Effect } from "../model/effect.ts";
import { TidemarkError } from "../model/errors.ts";
import { parseTimeText } from "../model/event-time.ts";
import { type EpochMs, epochMs, position } from "../model/ids.ts";
import { type Log, type LogMessage, logSubjects } from "../model/log.ts";
import type { DeadLetter } from "../model/output.ts";
import type { Settings } from "../model/settings.ts";
import type { EngineStatus, RfmView, StagesView } from "../model/status.ts";
import type { PackDefinition } from "../packs/definition.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import { AuthoredLog } from "./authored-log.ts";
import { Counters, historyOf } from "./counters.ts";
import { cutsText, PendingCuts } from "./cuts.ts";
import { type Done, Pipeline } from "./pipeline.ts";
import { RECORDS_TYPE } from "./record-writer.ts";
import { packRecord, policyRecord } from "./settings.ts";
import { UnwrittenRecords } from "./unwritten-records.ts";

export interface ReplayOptions {
  readonly messages: AsyncIterable<LogMessage>;
  /** The shard in whose subjects the messages stand. */
  readonly shard: string;
  readonly workers: number;
  readonly batchEvents: number;
  /** Packs of a file of events, whose numbers of the population are computed on the way; a dump has them in it. */
  readonly packs?: readonly PackDefinition[];
  /** Told of every effect, in the order of the log; body is the CloudEvent as it would be published. */
  readonly onEffect?: (effect: Effect) => void;
  /** Told of every dead letter; there is no stream that would keep it. */
  readonly onDead?: (letter: DeadLetter) => void;
  /** Told of every contact at the end, as JSON text. */
  readonly onContact?: (text: string) => void;
}

export interface ReplaySummary extends EventCounts, EffectCounts {
  readonly position: number;
  readonly logTime: string;
  readonly contacts: number;
  /** As a status says it. */
  readonly history: EngineStatus["history"];
  readonly stages: StagesView["packs"];
  /** Of packs with `rfm`: what `GET /v1/rfm` would show. */
  readonly rfm: RfmView["packs"];
  readonly digest: string;
  readonly seconds: number;
  readonly eventsPerSecond: number;
}

export async function replay(options: ReplayOptions): Promise<ReplaySummary> {
  const began = performance.now();
  const counters = new Counters();
  const watch = new TieWatch();
  const watched = options.packs === undefined ? {} : { watch };
  const framer = new Framer({ shard: options.shard, workers: options.workers, maxLeadMs: Number.POSITIVE_INFINITY, ...watched });
  const pool = await WorkerPool.open({ shard: options.shard, workers: options.workers, restore: null });
  try {
    const outbox = { append: async (effects: readonly Effect[]) => void (options.onEffect === undefined ? undefined : effects.forEach(options.onEffect)) };
    const dead = { put: async (letters: readonly DeadLetter[]) => void (options.onDead === undefined ? undefined : letters.forEach(options.onDead)) };
    const { messages: from, settle, done } = authored(options, framer, watch);
    const pipeline = new Pipeline(
      { shard: options.shard, log: logOf(from), framer, pool, outbox, dead, counters, batchEvents: options.batchEvents, settle },
      done,
    );
    await Promise.race([pipeline.run(position(1), new AbortController().signal), pool.died, pipeline.failed]);
    if (options.onContact !== undefined) for await (const text of pool.contacts()) options.onContact(text);
    const { packs } = await pool.stages();
    const { packs: rfm } = await pool.rfm();
    const digest = await pool.digest();
    const seconds = (performance.now() - began) / 1000;
    return {
      position: pipeline.last?.position ?? 0,
      logTime: new Date(framer.logTime).toISOString(),
      ...counters.counted(),
      contacts: pipeline.contacts,
      history: historyOf(counters, pipeline.inHistory),
      stages: packs,
      rfm,
      digest,
      seconds: Math.round(seconds * 1000) / 1000,
      eventsPerSecond: Math.round(counters.events / seconds),
    };
  } finally {
    await pool.close();
  }
}

/** The messages of a file with what the engine itself writes among them; of a dump, which has it already, the messages as they are. */
function authored(
  options: ReplayOptions,
  framer: Framer,
  watch: TieWatch,
): { messages: AsyncIterable<LogMessage>; settle: () => boolean; done: (done: Done) => void } {
  if (options.packs === undefined) return { messages: options.messages, settle: () => false, done: () => {} };
  const log = new AuthoredLog(options.shard);
  const subjects = logSubjects(options.shard);
  const cuts = new PendingCuts();
  const records = new UnwrittenRecords();
  const counts = countMoments(options.packs, framer);
  return {
    messages: log.of(options.messages),
    settle: () => {
      const passed = counts();
      return watch.take() || passed;
    },
    done: ({ results }) => {
      cuts.take(results);
      for (const { record } of cuts.unwritten()) log.append(subjects.cuts(record.pack), Buffer.from(cutsText(record)));
      records.take(results);
      for (let message = records.next(); message !== undefined; message = records.next()) log.append(subjects.records, message.data, RECORDS_TYPE);
    },
  };
}

/** Asked after every message: whether log time has passed a multiple of the `every` of some number of the population. */
function countMoments(packs: readonly PackDefinition[], framer: Framer): () => boolean {
  const everies = packs
    .flatMap((pack) => [...pack.population, ...(pack.rfm?.recut === null || pack.rfm === null ? [] : [pack.rfm.recut])])
    .map(({ everyMs }) => everyMs);
  let seen = 0;
  return () => {
    const passed = everies.some((every) => Math.floor(framer.stepTime / every) > Math.floor(seen / every));
    seen = framer.stepTime;
    return passed;
  };
}

const logOf = (messages: AsyncIterable<LogMessage>): Log =>
  ({
    read: () => messages,
  }) as unknown as Log;

/** A log from lines of JSON, one message each: settings, packs and policy first, and at the end an end of history where it is asked for, and an `advance` where `untilMs` is given. */
export async function* messagesOfEvents(
  lines: AsyncIterable<string>,
  settings: Settings,
  packs: readonly PackDefinition[],
  policy: PolicyDefinition | null,
  untilMs: number | null,
  nowMs: number,
  historyEnds = false,
): AsyncGenerator<LogMessage, void, void> {
  const subjects = logSubjects(settings.shard);
  let at = 0;
  let storedMs = Date.parse(settings.created);
  const message = (subject: string, text: string): LogMessage => ({
    position: position(++at),
    storedMs: epochMs(storedMs),
    subject,
    contentType: "",
    data: Buffer.from(text),
  });
  yield message(subjects.settings, JSON.stringify({ type: "settings", ...settings }));
  for (const pack of [...packs].sort((a, b) => (a.name < b.name ? -1 : 1))) yield message(subjects.pack(pack.name), packRecord(pack));
  if (policy !== null) yield message(subjects.policy, policyRecord(policy));
  for await (const line of lines) {
    if (line.trim() === "") continue;
    storedMs = Math.max(storedMs, Math.min(nowMs, timeOf(line) ?? storedMs));
    yield message(`${subjects.event}.replay`, line);
  }
  if (historyEnds) yield message(subjects.history, '{"type":"history"}');
  if (untilMs !== null) yield message(subjects.advance, JSON.stringify({ type: "advance", to: untilMs }));
}

/** The `timestamp` of a line, where a glance finds one: it stands in for the moment at which a broker would have stored it. */
export function timeOf(line: string): EpochMs | undefined {
  const found = /"timestamp"\s*:\s*"([^"]+)"/.exec(line);
  const ms = found === null ? Number.NaN : parseTimeText(found[1] as string);
  return Number.isNaN(ms) ? undefined : epochMs(ms);
}

/** The messages of a dump: NDJSON of `{seq, time, subject, headers, data}`, data in base64. Throws FILE_UNREADABLE with the line. */
export async function* messagesOfDump(lines: AsyncIterable<string>, file: string): AsyncGenerator<LogMessage, void, void> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === "") continue;
    yield dumped(line, `${file}:${number}`);
  }
}

function dumped(line: string, place: string): LogMessage {
  try {
    const { seq, time, subject, headers, data } = JSON.parse(line) as {
      seq: number;
      time: string;
      subject: string;
      headers?: Record<string, string | string[]>;
      data: string;
    };
    const storedMs = Date.parse(time);
    if (typeof seq !== "number" || Number.isNaN(storedMs) || typeof subject !== "string" || typeof data !== "string") throw new TypeError("a field is missing");
    const one = (value: string | string[] | undefined): string => (Array.isArray(value) ? (value[0] ?? "") : (value ?? ""));
    const cloudEvent = cloudEventOf((name) => one(headers?.[name]));
    return {
      position: position(seq),
      storedMs: epochMs(storedMs),
      subject,
      contentType: one(headers?.["Content-Type"]),
      data: Buffer.from(data, "base64"),
      ...(cloudEvent === undefined ? {} : { cloudEvent }),
    };
  } catch (error) {
    throw new TidemarkError("FILE_UNREADABLE", `${place} is no line of a log dump: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
