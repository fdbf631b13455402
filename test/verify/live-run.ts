// A data set through the real thing, once: fed into JetStream, run by `tidemark run`, watched by a plain subscriber, stopped,
// and its log dumped. What the dump replays to is for the checks.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CDNOW_PATH, cdnowMessages } from "../../bench/data/cdnow.ts";
import { ECOM_PATH, ecomMessages } from "../../bench/data/ecom-stream.ts";
import { dataFile, defaultDataFolder, type TimedMessage } from "../../bench/data/segment-lines.ts";
import { type Bench, projectRoot } from "./bench.ts";
import { must, NotRun } from "./check.ts";
import { tidemark, tidemarkJson } from "./command.ts";
import { EngineProcess, type RunSummary } from "./engine-process.ts";
import { lastPosition, mustBeOnceAndInOrder, type Published, readOutputs, subscribe } from "./outputs.ts";

export interface DataSet {
  readonly name: string;
  readonly path: string;
  readonly pack: string;
  readonly messages: (file: string) => TimedMessage[];
  /** Events in one message of the log. */
  readonly perMessage: number;
}

/** A pack that is there for these checks. */
export const packFile = (name: string): string => join(projectRoot, "test", "verify", "packs", name);

export const ECOM: DataSet = { name: "ecom_stream", path: ECOM_PATH, pack: packFile("ecom.yaml"), messages: ecomMessages, perMessage: 1 };
export const CDNOW: DataSet = { name: "cdnow", path: CDNOW_PATH, pack: packFile("cdnow.yaml"), messages: cdnowMessages, perMessage: 20 };

const AFTER_DAYS = 120;

export interface Prepared {
  readonly file: string;
  readonly messages: readonly TimedMessage[];
  /** Where log time goes at the end, so that what only time does is seen too. */
  readonly until: string;
}

/** The data set as a file of events. Not run where the data is absent. */
export function prepare(bench: Bench, set: DataSet): Prepared {
  const source = dataFile(set.path);
  if (source === undefined) throw new NotRun(`no data at ${join(defaultDataFolder(), set.path)}`);
  return write(bench, `${set.name}.ndjson`, set.messages(source));
}

export function write(bench: Bench, name: string, messages: readonly TimedMessage[]): Prepared {
  const file = bench.file(name);
  writeFileSync(file, messages.map(({ json }) => `${json}\n`).join(""));
  const last = messages.at(-1)?.timeMs ?? 0;
  return { file, messages, until: new Date(last + AFTER_DAYS * 86_400_000).toISOString() };
}

export interface LiveRun {
  readonly dump: string;
  readonly summary: RunSummary;
  readonly published: readonly Published[];
}

/** Feeds, runs, stops and dumps. The subscriber saw what the stream holds, each effect once and in order. */
export async function runLive(bench: Bench, prepared: Prepared, set: Pick<DataSet, "pack" | "perMessage">): Promise<LiveRun> {
  const server = await bench.server();
  const seen = await subscribe(bench, server.url);
  const engine = await EngineProcess.start(bench, { url: server.url, packs: [set.pack] });
  await engine.ready();
  const last = await feed(server.url, prepared.file, { perMessage: set.perMessage, until: prepared.until });
  await engine.reaches(last);
  const summary = await engine.stop();
  must(summary.position === last, `run stopped at position ${summary.position}; the log ends at ${last}`);
  const published = await readOutputs(server.url);
  mustBeOnceAndInOrder(published);
  must(seen.length === published.length, `the subscriber saw ${seen.length} effects, the stream holds ${published.length}`);
  must(
    seen.every(({ id, body }, index) => id === published[index]?.id && body === published[index]?.body),
    "the subscriber saw other effects than the stream holds",
  );
  bench.say(`${prepared.messages.length} events, ${published.length} effects, seen by a plain subscriber each once`);
  return { dump: await dumpLog(bench, server.url), summary, published };
}

/** Feeds a file and gives the last position of the log. */
export async function feed(
  url: string,
  file: string,
  options: { readonly perMessage?: number; readonly until?: string; readonly flags?: readonly string[] } = {},
): Promise<number> {
  const until = options.until === undefined ? [] : ["--until", options.until];
  await tidemarkJson(["feed", file, "--batch", String(options.perMessage ?? 1), ...until, ...(options.flags ?? [])], { env: { NATS_URL: url } });
  return lastPosition(url);
}

/** Up to a position, where one is given. */
export async function dumpLog(bench: Bench, url: string, to?: number): Promise<string> {
  const file = bench.file("log.dump");
  const { code, stderr } = await tidemark(["log", "dump", ...(to === undefined ? [] : ["--to", String(to)])], { env: { NATS_URL: url }, into: file });
  must(code === 0, `log dump: exit ${code}: ${stderr}`);
  return file;
}
