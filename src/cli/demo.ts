// `tidemark demo`: a broker of its own unless one is named, a seeded population, and the engine on it, to be watched.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedConfig } from "../app/config.ts";
import { createLog } from "../app/log.ts";
import { type Serving, serve } from "../app/serve.ts";
import { type DemoOptions, runDemo } from "../demo/demo.ts";
import type { OwnServer } from "../demo/own-handle.ts";
import { startOwnServer } from "../demo/own-server.ts";
import { TidemarkError } from "../model/errors.ts";
import { logSubjects } from "../model/log.ts";
import { EventPublisher } from "../nats/event-publisher.ts";
import { deleteStreams, shardStreams, streamsExist } from "../nats/streams.ts";
import { withBroker } from "./broker.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { readDuration, readWholeNumber } from "./option-values.ts";
import { loadPacks } from "./pack-files.ts";
import { loadConfiguredPolicy } from "./policy-file.ts";
import { untilStopRequest } from "./signals.ts";
import type { Terminal } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

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
    .addHelpText(
      "after",
      "\nExamples:\n  npm run demo\n  npm run demo -- --for 30s\n  npm run -s demo -- --for 30s --json\n  NATS_URL=nats://127.0.0.1:4222 npm run demo\n\nOn a named broker it uses the shard `demo`, refuses streams that are there, and deletes its own. HTTP is off unless --http names an address. Ctrl-C stops it with the summary.",
    );
  addSharedFlags(command, ["packs", "policy", "workers", "http.address"]);
  run(command, demo);
};

async function demo(terminal: Terminal, flags: SharedFlags): Promise<ExitCode> {
  const forMs = readDuration("--for", flags.for) ?? 60_000;
  const days = readWholeNumber("--days", flags.days, { from: 1, to: 3650 }) ?? 182;
  const contacts = readWholeNumber("--contacts", flags.contacts, { from: 10, to: 5_000_000 }) ?? 4000;
  const seed = readWholeNumber("--seed", flags.seed, { from: 0, to: 2 ** 31 }) ?? 1;
  await untilStopRequest((signal) => withUndo((undo) => show(terminal, flags, { forMs, days, contacts, seed, signal }, undo)));
  return 0;
}

type Wishes = Pick<DemoOptions, "forMs" | "days" | "contacts" | "seed" | "signal">;

async function show(terminal: Terminal, flags: SharedFlags, wishes: Wishes, undo: Undo): Promise<void> {
  const { serving, packs } = await findPlace(terminal, flags, undo);
  const publisher = new EventPublisher(serving.broker);
  const subject = `${logSubjects(SHARD).event}.demo`;
  await runDemo({
    ...wishes,
    engine: serving.engine,
    publish: (json) => publisher.publish(subject, Buffer.from(json)),
    flush: () => publisher.flush(),
    subscribe: (see) => subscribe(serving, see),
    out: terminal.stdout,
    json: flags.json === true,
    nowMs: () => performance.now(),
    packs,
  });
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

/** Takes away again what was made, in reverse, however the task ends. */
interface Undo {
  later(step: () => Promise<unknown>): void;
}

async function withUndo<T>(task: (undo: Undo) => Promise<T>): Promise<T> {
  const steps: (() => Promise<unknown>)[] = [];
  const failures: unknown[] = [];
  const result = await task({ later: (step) => void steps.push(step) }).finally(async () => {
    // One that fails must not keep the others from their turn: a server would be left behind.
    for (const step of steps.toReversed()) await step().catch((error: unknown) => failures.push(error));
  });
  if (failures.length > 0) throw failures[0];
  return result;
}

/** A broker, an engine on it, and a state folder that goes with them. */
async function findPlace(terminal: Terminal, flags: SharedFlags, undo: Undo): Promise<{ readonly serving: Serving; readonly packs: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-demo-"));
  undo.later(() => rm(folder, { recursive: true, force: true }));
  const own = [
    { key: "shard", value: SHARD, label: "demo" },
    { key: "clock", value: "event", label: "demo" },
    { key: "state", value: folder, label: "demo" },
    ...(flags.http === undefined ? [{ key: "http.address", value: "off", label: "demo" }] : []),
  ];
  const loaded = await configFrom(flags, terminal, own);
  const packs = loadPacks(loaded.config.packs);
  const policy = loadConfiguredPolicy(loaded.config.policy);
  const url = await brokerUrl(loaded, undo);
  const config = { ...loaded.config, nats: { ...loaded.config.nats, url } };
  await withBroker(config, "demo", async (broker) => {
    const there = await streamsExist(broker, shardStreams(SHARD));
    if (there.length > 0) throw new TidemarkError("STREAM_EXISTS", `${there.join(" and ")} ${there.length > 1 ? "are" : "is"} there already.`);
  });
  undo.later(() => withBroker(config, "demo", (broker) => deleteStreams(broker, shardStreams(SHARD))));
  const serving = await serve({ config, packs, policy, logger: createLog({ level: "error", format: "plain" }), publicAlias: false });
  undo.later(() => serving.stop());
  return { serving, packs: packs.map((pack) => pack.name) };
}

/** The named broker, or one of our own. */
async function brokerUrl({ config, sources }: LoadedConfig, undo: Undo): Promise<string> {
  if (sources.get("nats.url") !== "default") return config.nats.url;
  const server: OwnServer = await startOwnServer({ binary: config.nats.server === "" ? "nats-server" : config.nats.server });
  undo.later(() => server.stop());
  return server.url;
}
