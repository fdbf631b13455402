// The framer: log messages in, one batch for each worker out. It keeps log time.
//
// Log time T is a running maximum (docs/packs.md, "Time"). With the stored clock every message moves it, by the moment the
// log stored it; with the event clock every valid event moves it, by its event time, and of the control records only `advance`
// does. A time step is due at a message if T, at the message's first event (or its control record), has passed a multiple of the
// grain since the end of the message before; its STEP entry goes to every worker before anything else of the message.
// The invariant: what comes out is a function of the log alone. Where a batch is cut, and how many workers there are, changes
// only who gets an entry, never an entry. Splitting messages is frame-split.ts; reading control records is frame-control.ts.

import { TidemarkError } from "../model/errors.ts";
import { type EpochMs, epochMs, isoTime, type Position, position } from "../model/ids.ts";
import { letterId } from "../model/letter-id.ts";
import { type LogMessage, logSubjects } from "../model/log.ts";
import type { DeadLetter, DeadReason } from "../model/output.ts";
import type { Settings } from "../model/settings.ts";
import { BatchWriter, ENTRY_CONTROL, ENTRY_EVENT, ENTRY_RECORDS, ENTRY_STEP, ENTRY_TIE } from "../partition/protocol.ts";
import { type ControlOutcome, type ControlRecord, readControl } from "./frame-control.ts";
import { EventList } from "./frame-events.ts";
import { Splitter } from "./frame-split.ts";
import type { TieWatch } from "./tie-watch.ts";

export interface FramerOptions {
  readonly shard: string;
  readonly workers: number;
  /** Stored clock: a message stamped further ahead of the wall clock than this stops the engine. */
  readonly maxLeadMs?: number;
  /** The wall clock, ms. */
  readonly now?: () => number;
  /** Told of all that may make the engine write records. */
  readonly watch?: TieWatch;
}

/** What was added since the last take. */
export interface FramedBatch {
  /** Of the first and last message; 0 where there was none. */
  readonly firstPosition: Position;
  readonly lastPosition: Position;
  /** Log time after the last message. */
  readonly logTime: EpochMs;
  /** One for each worker, to be transferred. */
  readonly perWorker: readonly { readonly buffer: ArrayBuffer; readonly size: number }[];
  readonly messages: number;
  /** All that came in: events for the workers and dead letters. */
  readonly events: number;
  /** Stored clock: messages stamped before log time, because the broker's clock went back or another leader's is behind. */
  readonly stampedBack: number;
  readonly dead: readonly DeadLetter[];
}

const TEN_MINUTES_MS = 600_000;
const FRESH_BUFFER_BYTES = 1 << 18;

export class Framer {
  readonly #shard: string;
  readonly #workers: number;
  readonly #maxLeadMs: number;
  readonly #now: () => number;
  readonly #watch: TieWatch | undefined;
  readonly #controlPrefix: string;
  readonly #list = new EventList();
  #splitter: Splitter | undefined;
  #settings: Settings | undefined;
  #writers: BatchWriter[] = [];
  #logTime = 0;
  /** Stamps up to here are not ahead of a wall clock that was read earlier, so it need not be read again. */
  #notAheadMs = 0;
  #stepTime = 0;
  #firstPosition = 0;
  #lastPosition = 0;
  #messages = 0;
  #events = 0;
  #stampedBack = 0;
  #dead: DeadLetter[] = [];

  constructor(options: FramerOptions) {
    this.#shard = options.shard;
    this.#workers = options.workers;
    this.#maxLeadMs = options.maxLeadMs ?? TEN_MINUTES_MS;
    this.#now = options.now ?? Date.now;
    this.#watch = options.watch;
    this.#controlPrefix = logSubjects(options.shard).controlPrefix;
    this.#install([]);
  }

  /** Log time, ms; 0 before anything moved it. */
  get logTime(): EpochMs {
    return epochMs(this.#logTime);
  }

  /** Log time of the last time step, ms: what the workers have seen pass. */
  get stepTime(): number {
    return this.#stepTime;
  }

  /** The log's settings, once their record has been seen or restored. */
  get settings(): Settings | undefined {
    return this.#settings;
  }

  /** Events and dead letters since the last take. */
  get size(): number {
    return this.#events;
  }

  get messages(): number {
    return this.#messages;
  }

  /** Goes on from a checkpoint: log time after its position, and the settings of the log. */
  restore(logTime: number, settings: Settings): void {
    this.#logTime = logTime;
    this.#use(settings);
  }

  /** The next message of the log. Throws CLOCK_AHEAD, and is then as it was before. */
  add(message: LogMessage): void {
    const { subject } = message;
    const control = subject.startsWith(this.#controlPrefix) ? readControl(message, kindOf(subject.slice(this.#controlPrefix.length))) : undefined;
    const settings = this.#settings ?? (control?.ok === true && control.record.type === "settings" ? control.record.settings : undefined);
    if (settings?.clock === "stored") {
      this.#checkClock(message);
      if (message.storedMs < this.#logTime) this.#stampedBack++;
    }
    this.#note(message);
    if (settings === undefined) return this.#tooEarly(message, control);
    if (this.#settings === undefined) return this.#begin(message, settings, control);
    if (control === undefined) return this.#addEvents(message, this.#settings);
    if (!control.ok) this.#letter(message, "unknown_record", control.error);
    this.#addControl(message, this.#settings, control.ok ? control.record : undefined);
  }

  /** What was added since the last take. The buffers, which earlier batches have done with, are used for the next. */
  take(buffers: ArrayBuffer[] = []): FramedBatch {
    const batch: FramedBatch = {
      firstPosition: position(this.#firstPosition),
      lastPosition: position(this.#lastPosition),
      logTime: this.logTime,
      perWorker: this.#writers.map((writer) => writer.take()),
      messages: this.#messages,
      events: this.#events,
      stampedBack: this.#stampedBack,
      dead: this.#dead,
    };
    this.#firstPosition = 0;
    this.#lastPosition = 0;
    this.#messages = 0;
    this.#events = 0;
    this.#stampedBack = 0;
    this.#dead = [];
    this.#install(buffers);
    return batch;
  }

  /** The log's first settings. Nothing lives before them, so there is no step. */
  #begin(message: LogMessage, settings: Settings, control: ControlOutcome | undefined): void {
    this.#use(settings);
    if (settings.clock === "stored") this.#moveTo(message.storedMs);
    if (control?.ok === true) this.#control(message, control.record);
  }

  #tooEarly(message: LogMessage, control: ControlOutcome | undefined): void {
    if (control?.ok === false) this.#letter(message, "unknown_record", control.error);
    else this.#letter(message, "before_settings", "the log has no settings yet");
  }

  #addEvents(message: LogMessage, settings: Settings): void {
    const list = this.#list;
    const stored = settings.clock === "stored";
    const before = this.#logTime;
    let stepped = false;
    let tie = 0;
    if (stored) {
      this.#moveTo(message.storedMs);
      this.#step(message, settings, before);
      stepped = true;
    }
    (this.#splitter as Splitter).split(message);
    this.#events += list.length;
    for (let index = 0; index < list.length; index++) {
      const partition = list.partitions[index] as number;
      if (partition < 0) {
        this.#listLetter(message, index, ~partition);
        continue;
      }
      if (!stored) this.#moveTo(list.times[index] as number);
      if (!stepped) this.#step(message, settings, before);
      stepped = true;
      const writer = this.#writers[partition % this.#workers] as BatchWriter;
      writer.put(ENTRY_EVENT, message.position, this.#logTime, message.storedMs, index, partition, list.sources[index], list.starts[index], list.ends[index]);
      for (; tie < list.ties.length && list.ties.events[tie] === index; tie++) this.#tie(message, tie);
    }
  }

  /** Behind the event that says it. */
  #tie(message: LogMessage, tie: number): void {
    const { ties } = this.#list;
    const partition = ties.partitions[tie] as number;
    const writer = this.#writers[partition % this.#workers] as BatchWriter;
    const [index, end] = [ties.events[tie] as number, ties.ends[tie] as number];
    writer.put(ENTRY_TIE, message.position, this.#logTime, this.#list.times[index] as number, index, partition, ties.bytes, ties.startOf(tie), end);
  }

  /** A control record after the first settings; undefined for one that cannot be read, which still is a message of the log. */
  #addControl(message: LogMessage, settings: Settings, record: ControlRecord | undefined): void {
    const before = this.#logTime;
    if (settings.clock === "stored") this.#moveTo(message.storedMs);
    else if (record?.type === "advance") this.#moveTo(record.toMs);
    this.#step(message, settings, before);
    if (record === undefined || record.type === "settings") return;
    if (record.type === "advance" && settings.clock === "stored") return this.#letter(message, "unknown_record", "`advance` is for the event clock only");
    this.#control(message, record);
  }

  #control(message: LogMessage, record: ControlRecord): void {
    const kind = record.type === "records" ? ENTRY_RECORDS : ENTRY_CONTROL;
    if (kind === ENTRY_RECORDS) this.#watch?.records();
    for (const writer of this.#writers) writer.put(kind, message.position, this.#logTime, message.storedMs, 0, 0, record.payload);
  }

  #step(message: LogMessage, settings: Settings, before: number): void {
    const grain = settings.time.grain_ms;
    if (Math.floor(this.#logTime / grain) <= Math.floor(before / grain)) return;
    this.#stepTime = this.#logTime;
    for (const writer of this.#writers) writer.put(ENTRY_STEP, message.position, this.#logTime, message.storedMs, 0, 0, undefined);
  }

  #moveTo(time: number): void {
    if (time > this.#logTime) this.#logTime = time;
  }

  #checkClock(message: LogMessage): void {
    if (message.storedMs <= this.#notAheadMs) return;
    const now = this.#now();
    this.#notAheadMs = now + this.#maxLeadMs;
    if (message.storedMs <= this.#notAheadMs) return;
    throw new TidemarkError("CLOCK_AHEAD", `position ${message.position} of the log is stamped ${isoTime(message.storedMs)}, and it is ${isoTime(now)} here`);
  }

  #note(message: LogMessage): void {
    if (this.#messages === 0) this.#firstPosition = message.position;
    this.#lastPosition = message.position;
    this.#messages++;
  }

  /** A dead letter that is no entry of the list: a message as a whole. */
  #letter(message: LogMessage, reason: DeadReason, error: string): void {
    this.#events++;
    this.#dead.push({
      id: letterId(this.#shard, message.position, 0),
      reason,
      error,
      subject: message.subject,
      body: message.data.slice(),
      ...(message.contentType === "" ? {} : { contentType: message.contentType }),
    });
  }

  #listLetter(message: LogMessage, index: number, at: number): void {
    const entry = this.#list.dead[at];
    if (entry === undefined) throw new Error(`dead letter ${at} is not in the list`);
    this.#dead.push({ id: letterId(this.#shard, message.position, index), subject: message.subject, ...entry });
  }

  #use(settings: Settings): void {
    this.#settings = settings;
    this.#splitter = new Splitter(settings, this.#list, this.#watch);
  }

  #install(buffers: readonly ArrayBuffer[]): void {
    this.#writers = Array.from({ length: this.#workers }, (_, worker) => new BatchWriter(buffers[worker] ?? new ArrayBuffer(FRESH_BUFFER_BYTES)));
  }
}

/** `settings` of `settings`, `pack` of `pack.b2b-funnel`. */
const kindOf = (rest: string): string => rest.split(".", 1)[0] as string;
