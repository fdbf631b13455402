// The start of the outbox: what does the output stream already hold, and may this start go on from it? Reads the stream's
// end, holds it against what the checkpoint remembers, and takes the chain over with an epoch record. Invariant: the
// record that is stored repeats the last effect as of the sequence right before it, because it is chained to that
// sequence. What is not here: comparing what is computed again with what is stored (outbox-history.ts).

import { compareIdentity, type EffectIdentity, parseIdentity } from "../model/effect.ts";
import { TidemarkError } from "../model/errors.ts";
import { type OutputSequence, outputSequence, type Position } from "../model/ids.ts";
import type { OutputState, OutputStream, StoredOutput } from "../model/output.ts";
import { describeOutcome } from "./outbox-chain.ts";
import { type EpochRecord, epochIdentity, epochMessage, lastEffect, linkAt, readWritten } from "./outbox-epoch.ts";
import { canRetry, explain, type GrowingPause } from "./outbox-pause.ts";

/** Where the checkpoint says that the output stood: `identity` is the last effect up to `sequence`, null where there was none. */
export interface OutputMark {
  readonly identity: string | null;
  readonly sequence: OutputSequence;
  /** Version of the engine that wrote what follows `sequence`; null where that is not known. */
  readonly engine: string | null;
}

/** What to do when the last message of the stream cannot be read and so does not tell what was sent. */
export type UnreadablePolicy = "stop" | "assume-sent" | "send-again";

export interface TakeOver {
  readonly output: OutputStream;
  readonly shard: string;
  readonly from: OutputMark;
  readonly createdMs: number | undefined;
  readonly unreadable: UnreadablePolicy;
  readonly logLast: Position | undefined;
  readonly owner: string;
  readonly engine: string;
  readonly startedAt: string;
  readonly pause: GrowingPause;
  readonly signal: AbortSignal;
}

/** Effects after the last readable one that count as sent unseen: the first `count`, none of a position after `upTo`. */
export interface Assumed {
  readonly count: number;
  readonly upTo: number | null;
}

export interface Taken {
  readonly stream: string;
  readonly createdMs: OutputState["createdMs"];
  /** Sequence of our epoch record. */
  readonly sequence: OutputSequence;
  /** The last effect that was ever written, as far as the stream tells. */
  readonly last: EffectIdentity | null;
  readonly lastText: string | null;
  readonly assumed: Assumed | null;
  readonly retries: number;
}

/** So often the record is tried; with the outbox's pauses that is about half a minute. */
const ATTEMPTS = 12;

/** Reads the stream's end and writes the epoch record behind it, again until both fit together. */
export async function takeOver(options: TakeOver): Promise<Taken> {
  const { signal, output, pause } = options;
  let trouble = "";
  for (let retries = 0; retries < ATTEMPTS; retries++) {
    signal.throwIfAborted();
    try {
      const result = await attempt(options);
      if (typeof result !== "string") return { ...result, retries };
      trouble = result;
    } catch (error) {
      if (signal.aborted || !canRetry(error)) throw error;
      trouble = explain(error);
    }
    await pause.wait(signal);
    await output.ready(signal);
  }
  throw new TidemarkError("BROKER_UNREACHABLE", `The output stream does not take this start's epoch record: ${trouble}.`);
}

type Attempt = Omit<Taken, "retries">;

/** A text: not this time, for a reason that another attempt can overcome. */
async function attempt(options: TakeOver): Promise<Attempt | string> {
  const { output, shard } = options;
  const state = await output.state();
  const newest = state.last === 0 ? undefined : await output.get(state.last);
  const mine = newest === undefined ? undefined : ownEpoch(options, newest);
  if (mine !== undefined) return taken(state, state.last, mine);
  const record = epochRecord(options, await findLast(options, state, newest));
  const link = { name: linkAt(options.owner, outputSequence(state.last + 1)) };
  const outcome = await output.publish(epochMessage(shard, record), state.last, link);
  if (outcome.kind === "stored" && outcome.sequence === state.last + 1) return taken(state, outcome.sequence, record);
  return describeOutcome(outcome);
}

/** A publish of an earlier attempt may have been stored although nobody said so. */
function ownEpoch(options: TakeOver, newest: StoredOutput): EpochRecord | undefined {
  if (newest.identity !== epochIdentity(options.owner)) return undefined;
  const written = readWritten(options.shard, newest);
  return written.kind === "epoch" ? written.record : undefined;
}

function taken(state: OutputState, sequence: OutputSequence, record: EpochRecord): Attempt {
  const last = record.last === null ? null : (parseIdentity(record.last) ?? null);
  return { stream: state.stream, createdMs: state.createdMs, sequence, last, lastText: record.last, assumed: record.assumed ?? null };
}

function epochRecord(options: TakeOver, found: Found): EpochRecord {
  const record = { last: found.last, owner: options.owner, engine: options.engine, startedAt: options.startedAt };
  return found.assumed === null ? record : { ...record, assumed: found.assumed };
}

interface Found {
  readonly last: string | null;
  readonly assumed: Assumed | null;
}

async function findLast(options: TakeOver, state: OutputState, newest: StoredOutput | undefined): Promise<Found> {
  await mustContinue(options, state);
  if (state.last === options.from.sequence) return { last: options.from.identity, assumed: newest === undefined ? null : assumedBy(options, newest) };
  const last = newest === undefined ? undefined : lastEffect(readWritten(options.shard, newest));
  const found = newest === undefined || last === undefined ? await withoutTheNewest(options, state) : { last, assumed: assumedBy(options, newest) };
  mustNotGoBack(options, state, found.last);
  return found;
}

/** The stream must be the one that the checkpoint was made with, and hold what it held then. */
async function mustContinue({ output, shard, from, createdMs }: TakeOver, state: OutputState): Promise<void> {
  if (createdMs !== undefined && createdMs !== state.createdMs)
    throw differs(`The stream ${state.stream} is not the one that the checkpoint was made with: it was created at another time.`);
  if (state.last < from.sequence) throw differs(`The stream ${state.stream} ends at ${state.last}, but the checkpoint has seen it at ${from.sequence}.`);
  if (from.sequence === 0) return;
  const held = await output.get(from.sequence);
  if (held === undefined) return;
  const identity = lastEffect(readWritten(shard, held));
  if (identity !== from.identity)
    throw differs(
      `At sequence ${from.sequence} the stream ${state.stream} holds ${identity ?? held.identity}, but the checkpoint remembers ${from.identity ?? "no effect"}.`,
    );
}

/** A start that assumed effects as sent and ended before it met them has left that in its epoch record. */
function assumedBy(options: TakeOver, newest: StoredOutput): Assumed | null {
  const written = readWritten(options.shard, newest);
  return written.kind === "epoch" ? (written.record.assumed ?? null) : null;
}

/** The newest message is gone or says nothing: only a person can decide whether what it stood for counts as sent. */
async function withoutTheNewest(options: TakeOver, state: OutputState): Promise<Found> {
  const { from, unreadable, output, shard, logLast } = options;
  if (unreadable === "stop") {
    throw new TidemarkError(
      "OUTPUT_UNREADABLE",
      `Message ${state.last} of the stream ${state.stream}, the last one, is gone or cannot be read, so what was sent after ${from.identity ?? "the beginning"} is not known.`,
    );
  }
  let last = from.identity;
  let seen = from.sequence;
  for await (const held of output.range(outputSequence(from.sequence + 1), state.last)) {
    const identity = lastEffect(readWritten(shard, held));
    if (identity === undefined) continue;
    last = identity;
    seen = held.sequence;
  }
  if (unreadable === "send-again" || seen === state.last) return { last, assumed: null };
  // Each sequence that nobody can read was one effect or one epoch record: at most so many effects are missing from view.
  return { last, assumed: { count: state.last - seen, upTo: logLast ?? null } };
}

function mustNotGoBack({ from }: TakeOver, state: OutputState, last: string | null): void {
  const remembered = from.identity === null ? undefined : parseIdentity(from.identity);
  const found = last === null ? undefined : parseIdentity(last);
  if (remembered === undefined) return;
  if (found === undefined || compareIdentity(found, remembered) < 0)
    throw differs(
      `The stream ${state.stream} ends with ${last ?? "no effect"}, which comes before ${from.identity}, the last one that the checkpoint has seen.`,
    );
}

const differs = (message: string): TidemarkError => new TidemarkError("OUTPUT_DIFFERS", message);
