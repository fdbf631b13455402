// `tidemark demo`: a broker of its own unless one is named, a seeded population, and the engine on it, to be watched.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedConfig } from "../app/config.ts";
import { createLog } from "../app/log.ts";
import { type Serving, serve } from "../app/serve.ts";
import { runDemo } from "../demo/demo.ts";
import { type OwnServer, startOwnServer } from "../demo/own-server.ts";
import { TidemarkError } from "../model/errors.ts";
import { logSubjects } from "../model/log.ts";
import { EventPublisher } from "../nats/event-publisher.ts";
import { deleteStreams, shardStreams, streamsExist } from "../nats/streams.ts";
import { withBroker } from "./broker.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { readDuration, readWholeNumber } from "./option-values.ts";
import { loadPacks } from "./pack-files.ts";
import type { ExitCode, Verb } from "./program.ts";
import { listenForStop } from "./signals.ts";
import type { Terminal } from "./terminal.ts";

const SHARD = "demo";

export const demoVerb: Verb = (program, run) => {
  const command = program
    .command("demo")
    .summary("half a year of a seeded population in a minute")
    .description("Publishes what a seeded population does to a real JetStream (its own, or NATS_URL), runs the shipped packs on it, and shows what happens.")
    .option("--for <duration>", "wall time that it should take, e.g. 30s", "60s")
    .option("--days <number>", "days of event time", "182")
    .option("--contacts <number>", "people", "4000")
    .option("--seed <number>", "another seed, another population", "1")
    .addHelpText("after", "\nExamples:\n  npm run demo\n  npm run demo -- --for 30s\n  npm run -s demo -- --for 30s --json\n  NATS_URL=nats://127.0.0.1:4222 npm run demo\n\nOn a named broker it uses the shard `demo`, refuses streams that are there, and deletes its own. Ctrl-C stops it with the summary.");
  addSharedFlags(command, ["packs", "workers", "http.address"]);
  run(command, demo);
};

async function demo(terminal: Terminal, flags: SharedFlags): Promise<ExitCode> {
  const forMs = readDuration("--for", flags.for) ?? 60_000;
  const days = readWholeNumber("--days", flags.days, { from: 1, to: 3650 }) ?? 182;
  const contacts = readWholeNumber("--contacts", flags.contacts, { from: 10, to: 5_000_000 }) ?? 4000;
  const seed = readWholeNumber("--seed", flags.seed, { from: 0, to: 2 ** 31 }) ?? 1;
  using stop = listenForStop();
  await using place = await findPlace(terminal, flags);
  const { serving, broker } = place;
  const publisher = new EventPublisher(broker);
  const subject = `${logSubjects(SHARD).event}.demo`;
  await runDemo({
    engine: serving.engine,
    publish: (json) => publisher.publish(subject, Buffer.from(json)),
    flush: () => publisher.flush(),
    subscribe: (see) => subscribe(serving, see),
    out: terminal.stdout,
    forMs,
    days,
    contacts,
    seed,
    json: flags.json === true,
    signal: stop.signal,
    nowMs: () => performance.now(),
    packs: place.packs,
  });
  return 0;
}

/** Everything on the output stream's subjects, by a plain subscription, as a sender would do it. */
function subscribe(serving: Serving, see: (subject: string, body: Uint8Array) => void): () => void {
  const subscriptions = [`tidemark.transitions.*.*.*.${SHARD}`, `tidemark.triggers.*.*.*.${SHARD}`].map((subject) =>
    serving.broker.nc.subscribe(subject, { callback: (_error, message) => see(message.subject, message.data) }),
  );
  return () => {
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
}

interface Stage extends AsyncDisposable {
  readonly serving: Serving;
  readonly broker: Serving["broker"];
  readonly packs: readonly string[];
}

/** A broker, an engine on it, and a state folder that goes with them. What was made is taken away again, in reverse. */
async function findPlace(terminal: Terminal, flags: SharedFlags): Promise<Stage> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "tidemark-demo-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const own = [
    { key: "shard", value: SHARD, label: "demo" },
    { key: "clock", value: "event", label: "demo" },
    { key: "state", value: folder, label: "demo" },
    ...(flags.http === undefined ? [{ key: "http.address", value: "off", label: "demo" }] : []),
  ];
  const loaded = await configFrom(flags, terminal, own);
  const packs = loadPacks(loaded.config.packs);
  const url = await brokerUrl(loaded, undo);
  const config = { ...loaded.config, nats: { ...loaded.config.nats, url } };
  await withBroker(config, "demo", async (broker) => {
    const there = await streamsExist(broker, shardStreams(SHARD));
    if (there.length > 0) throw new TidemarkError("STREAM_EXISTS", `${there.join(" and ")} ${there.length > 1 ? "are" : "is"} there already.`);
  });
  undo.defer(() => withBroker(config, "demo", (broker) => deleteStreams(broker, shardStreams(SHARD))));
  const serving = await serve({ config, packs, logger: createLog({ level: "error", format: "plain" }), publicAlias: false });
  undo.defer(() => serving.stop());
  const made = undo.move();
  return { serving, broker: serving.broker, packs: packs.map((pack) => pack.name), [Symbol.asyncDispose]: () => made.disposeAsync() };
}

/** The named broker, or one of our own. */
async function brokerUrl({ config, sources }: LoadedConfig, undo: AsyncDisposableStack): Promise<string> {
  if (sources.get("nats.url") !== "default") return config.nats.url;
  const server: OwnServer = await startOwnServer({ binary: config.nats.server === "" ? "nats-server" : config.nats.server });
  undo.defer(() => server.stop());
  return server.url;
}
