// An engine on a real broker, with everything that people look at: its streams, its HTTP page, its metrics, its log lines. What
// `run` and `demo` share; what they differ in stands with them.

import { setTimeout } from "node:timers/promises";
import type { Mapping } from "../edge/mapping.ts";
import type { UnreadablePolicy } from "../flow/outbox-start.ts";
import { type Front, type HttpServer, startHttp } from "../http/server.ts";
import { Metrics } from "../metrics/metrics.ts";
import type { Engine, EngineStatus } from "../model/status.ts";
import { type Broker, connectBroker } from "../nats/connection.ts";
import { ensureDeadLetterStream, JetStreamDeadLetters } from "../nats/dead-letters.ts";
import { ensureLogStream, JetStreamLog } from "../nats/jetstream-log.ts";
import { ensureOutputStream, JetStreamOutput } from "../nats/jetstream-output.ts";
import { probeBroker } from "../nats/probe.ts";
import type { PackDefinition } from "../packs/definition.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import { type Config, httpAddress } from "./config.ts";
import { openEdge } from "./edge.ts";
import { startEngine, THIS_MACHINE } from "./engine.ts";
import type { EngineParts, Machine } from "./engine-options.ts";
import { EngineSlot } from "./engine-slot.ts";
import { Failpoints } from "./failpoints.ts";
import { CASE_NAMES, guaranteeOf } from "./guarantee.ts";
import { type Logger, loggable } from "./log.ts";
import { openErasing, openPrivacy } from "./open-privacy.ts";
import type { RunningEngine } from "./running-engine.ts";
import { wholeSettings } from "./settings.ts";

export interface ServeOptions {
  readonly config: Config;
  readonly packs: readonly PackDefinition[];
  /** true: nobody named them. On a log with other packs they are then not begun. */
  readonly packsByDefault?: boolean;
  readonly policy: PolicyDefinition | null;
  readonly logger: Logger;
  readonly unreadable?: UnreadablePolicy;
  /** Of the HTTP edge, by name. */
  readonly mappings?: ReadonlyMap<string, Mapping>;
  /** Whether the shard's log also takes `tidemark.events.>`. */
  readonly publicAlias: boolean;
}

export interface Serving {
  readonly engine: RunningEngine;
  readonly broker: Broker;
  /** undefined where HTTP is off. */
  readonly http: HttpServer | undefined;
  /** Stops in the order of the flow: no more questions, then the engine with its last checkpoint, then the connection. */
  stop(): Promise<void>;
}

/** A request that is running when the engine stops gets this long. */
const HTTP_GRACE_MS = 2000;

const TARGETS_EVERY_MS = 300_000;

/** Connects, makes or checks the streams, starts the engine and listens. Throws the TidemarkError that says what is missing. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { config } = options;
  const broker = await connectBroker({
    url: config.nats.url,
    name: `tidemark run ${config.shard}`,
    ...(config.nats.creds === "" ? {} : { creds: config.nats.creds }),
  });
  try {
    return await serveOn(broker, options);
  } catch (error) {
    await broker.close();
    throw error;
  }
}

async function serveOn(broker: Broker, options: ServeOptions): Promise<Serving> {
  const { config, packs, policy, logger } = options;
  await ensureLogStream(broker, config.shard, { publicAlias: options.publicAlias });
  await ensureOutputStream(broker, config.shard);
  await ensureDeadLetterStream(broker);
  await tellGuarantee(broker, config.shard, logger);
  const metrics = new Metrics();
  const slot = new EngineSlot(config.shard);
  const edge =
    httpAddress(config) === undefined || !config.edge.with_run
      ? undefined
      : openEdge({
          ...options,
          mappings: options.mappings ?? new Map(),
          broker,
          metrics,
          settings: wholeSettings(config, 0),
          closed: () => closedFor(slot.status().phase),
        });
  const running = Promise.withResolvers<RunningEngine>();
  const failpoints = config.failpoint === "" ? undefined : new Failpoints(config.failpoint);
  const erasing = openErasing({ config, broker, logger, engine: running.promise, failpoints });
  const http = await listen(slot, metrics, config, [
    ...(edge === undefined ? [] : [((request, response) => edge.edge.handle(request, response)) satisfies Front]),
    openPrivacy({ config, broker, metrics, engine: running.promise, erasing }),
  ]);
  const watching = new AbortController();
  void watch(broker, logger, watching.signal);
  const ending = new AbortController();
  const closeAll = async (engine: RunningEngine | undefined) => {
    await http?.stop(HTTP_GRACE_MS);
    ending.abort();
    edge?.close();
    await engine?.stop();
    watching.abort();
  };
  logger.info(
    {
      shard: config.shard,
      packs: packs.map((pack) => `${pack.name}@${pack.version}`),
      ...(policy === null ? {} : { policy: policy.name }),
      workers: config.workers,
      clock: config.clock,
      ...(http === undefined ? {} : { http: http.url }),
    },
    "starting",
  );
  const engine = await startEngine({
    config,
    packs,
    packsByDefault: options.packsByDefault === true,
    policy,
    logger,
    ...withFailpoints(failpoints, {
      log: new JetStreamLog(broker, config.shard),
      output: new JetStreamOutput(broker, config.shard),
      dead: new JetStreamDeadLetters(broker),
    }),
    ...(options.unreadable === undefined ? {} : { unreadable: options.unreadable }),
    onBatch: ({ results }) => metrics.batch(Math.max(0, ...results.map((result) => result.busyMs))),
    trouble: () => (broker.connected ? null : `the broker at ${broker.url} cannot be reached`),
  }).catch(async (error: unknown) => {
    await closeAll(undefined);
    throw error;
  });
  metrics.begin(engine.status());
  slot.fill(engine);
  running.resolve(engine);
  erasing.run(ending.signal).catch((error: unknown) => {
    // Where the engine itself has ended it says so.
    if (!ending.signal.aborted) logger.warn(loggable(error), "what is to be erased waits for the next start");
  });
  if (packs.some(({ targets }) => targets.length > 0)) lookAtTargets(engine, metrics, watching.signal).catch(() => undefined);
  const stop = async () => {
    await closeAll(engine);
    await broker.close();
  };
  return { engine, broker, http, stop };
}

function withFailpoints(failpoints: Failpoints | undefined, parts: EngineParts): { parts: EngineParts; machine?: Machine } {
  if (failpoints === undefined) return { parts };
  return { parts: failpoints.parts(parts), machine: { ...THIS_MACHINE, files: failpoints.files(THIS_MACHINE.files) } };
}

/** One line for each thing that may happen. An engine that cannot find out still runs: what holds does not depend on being told. */
async function tellGuarantee(broker: Broker, shard: string, logger: Logger): Promise<void> {
  try {
    for (const { case: of, holds, text } of guaranteeOf(await probeBroker(broker), shard)) logger.info({ holds }, `${CASE_NAMES[of]}: ${text}`);
  } catch (error) {
    logger.warn(loggable(error), "what holds with this broker could not be found out");
  }
}

/** One line for each change of the connection; the client re-connects by itself. */
async function watch(broker: Broker, logger: Logger, signal: AbortSignal): Promise<void> {
  for await (const change of broker.changes(signal)) {
    if (change.kind === "lost") logger.warn({ broker: broker.url }, "the broker cannot be reached; trying again");
    else if (change.kind === "regained") logger.info({ broker: broker.url }, "the broker is back");
  }
}

/** Over all contacts, a few at a time; once soon after the start, then every few minutes. An engine that fails meanwhile says so itself. */
async function lookAtTargets(engine: Engine, metrics: Metrics, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    metrics.targets(await engine.targets());
    await setTimeout(TARGETS_EVERY_MS, undefined, { signal, ref: false });
  }
}

async function listen(engine: Engine, metrics: Metrics, config: Config, fronts: readonly Front[]): Promise<HttpServer | undefined> {
  const address = httpAddress(config);
  return address === undefined
    ? undefined
    : startHttp(engine, metrics, { ...address, timeoutMs: config.http.timeout_ms, connections: config.http.connections, fronts });
}

/** Events that a log gets before its settings are lost for good; from then on it takes them, whatever the engine is at. */
const closedFor = (phase: EngineStatus["phase"]): string | null =>
  phase === "starting" ? "the engine is starting, and may still have to begin the log" : null;
