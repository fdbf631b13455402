// `tidemark log dump`: a shard's log as NDJSON, one message a line, control records included, so that `tidemark replay --log` can
// run it again to the same bytes anywhere. It reads and changes nothing.

import { cloudEventHeaders } from "../model/cloud-event.ts";
import { TidemarkError } from "../model/errors.ts";
import { isoTime, type Position, position } from "../model/ids.ts";
import { type LogMessage, type LogState, logSubjects } from "../model/log.ts";
import type { Broker } from "../nats/connection.ts";
import { JetStreamLog } from "../nats/jetstream-log.ts";
import { streamsExist } from "../nats/streams.ts";
import { withBroker } from "./broker.ts";
import { usage } from "./failure.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { readWholeNumber } from "./option-values.ts";
import { untilStopRequest } from "./signals.ts";
import { Progress, type Terminal, write } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

export const logVerb: Verb = (program, run) => {
  const group = program.command("log").summary("look into a shard's log").description("Looks into a shard's log.");
  const command = group
    .command("dump")
    .summary("print the log as NDJSON")
    .description("Prints a shard's log as NDJSON: {seq, time, subject, headers, data}, data in base64. `tidemark replay --log` takes it.")
    .option("--from <position>", "first position; default: the first that the log holds")
    .option("--to <position>", "last position; default: the last that the log holds now")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark log dump > log.ndjson\n  tidemark log dump --from 1000 --to 2000\n  tidemark log dump --shard eu | gzip > eu.ndjson.gz\n\nThe output is NDJSON with and without --json.",
    );
  addSharedFlags(command, ["nats.url", "nats.creds", "shard"]);
  run(command, (terminal, flags) => logDump(terminal, flags));
};

async function logDump(terminal: Terminal, flags: SharedFlags): Promise<ExitCode> {
  const from = readWholeNumber("--from", flags.from, { from: 1 });
  const to = readWholeNumber("--to", flags.to, { from: 1 });
  if (from !== undefined && to !== undefined && from > to) throw usage(`--from ${from} lies after --to ${to}`);
  const { config } = await configFrom(flags, terminal);
  return withBroker(config, "log dump", async (broker) => {
    await requireStream(broker, config.shard);
    const log = new JetStreamLog(broker, config.shard);
    const range = await lastHeld(log, rangeOf(await log.state(), from, to));
    return range === undefined ? 0 : untilStopRequest((signal) => dump(terminal, log, range, signal));
  });
}

async function requireStream(broker: Broker, shard: string): Promise<void> {
  const { stream } = logSubjects(shard);
  if ((await streamsExist(broker, [stream])).length === 0) throw usage(`shard "${shard}" has no log on ${broker.url}: there is no stream ${stream}`);
}

interface Range {
  readonly from: Position;
  readonly to: Position;
}

/** undefined for an empty range. What was asked for and is gone is an error, because the dump would look complete. */
function rangeOf(state: LogState, from: number | undefined, to: number | undefined): Range | undefined {
  if (from !== undefined && from < state.first) throw new TidemarkError("INPUT_LOST", `${state.stream} begins at ${state.first}; position ${from} is gone`);
  const range = { from: position(from ?? state.first), to: position(Math.min(to ?? state.last, state.last)) };
  return range.from <= range.to ? range : undefined;
}

/** The end of a log may have been deleted; reading would then wait for a message that comes only with the next event. */
async function lastHeld(log: JetStreamLog, range: Range | undefined): Promise<Range | undefined> {
  if (range === undefined) return undefined;
  let to = range.to;
  while (to >= range.from && (await log.at(to)) === undefined) to = position(to - 1);
  return to >= range.from ? { from: range.from, to } : undefined;
}

/** Messages are collected into chunks: one write for each would cost more than the message. */
const CHUNK_CHARACTERS = 256 * 1024;

async function dump(terminal: Terminal, log: JetStreamLog, range: Range, signal: AbortSignal): Promise<ExitCode> {
  const progress = new Progress(terminal.stderr);
  let chunk = "";
  let last = 0;
  for await (const message of log.read(range.from, signal)) {
    if (message.position > range.to) break;
    chunk += `${dumpLine(message)}\n`;
    last = message.position;
    if (chunk.length >= CHUNK_CHARACTERS) {
      await write(terminal.stdout, chunk);
      chunk = "";
      progress.show(() => `${last} of ${range.to}`);
    }
    if (message.position >= range.to) break;
  }
  progress.end();
  if (chunk !== "") await write(terminal.stdout, chunk);
  return last >= range.to ? 0 : 1;
}

function dumpLine(message: LogMessage): string {
  return JSON.stringify({
    seq: message.position,
    time: isoTime(message.storedMs),
    subject: message.subject,
    headers: {
      ...(message.contentType === "" ? {} : { "Content-Type": message.contentType }),
      ...(message.cloudEvent === undefined ? {} : cloudEventHeaders(message.cloudEvent)),
    },
    data: Buffer.from(message.data).toString("base64"),
  });
}
