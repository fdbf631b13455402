// What a person may ask about themselves, put together for an engine on a broker: what is to be erased is erased whoever listens, and
// the rest (privacy.ts) is handed to HTTP.

import { isLocal } from "../edge/write-keys.ts";
import { privacyFront } from "../http/privacy.ts";
import type { Front } from "../http/server.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Broker } from "../nats/connection.ts";
import { JetStreamLog } from "../nats/jetstream-log.ts";
import { type Config, httpAddress } from "./config.ts";
import { publishedAbout, streamErasers } from "./erasers.ts";
import { Erasing } from "./erasing.ts";
import type { Failpoints } from "./failpoints.ts";
import { type Logger, loggable } from "./log.ts";
import { EnginePrivacy } from "./privacy.ts";
import type { RunningEngine } from "./running-engine.ts";
import { wholeSettings } from "./settings.ts";

export interface OpenErasingOptions {
  readonly config: Config;
  readonly broker: Broker;
  readonly logger: Logger;
  readonly engine: Promise<RunningEngine>;
  readonly failpoints: Failpoints | undefined;
}

export function openErasing({ config, broker, logger, engine, failpoints }: OpenErasingOptions): Erasing {
  const { shard } = config;
  return new Erasing({
    engine,
    log: new JetStreamLog(broker, shard),
    shard,
    erasers: streamErasers(broker, shard, wholeSettings(config, 0), (what) => failpoints?.erasing(what)),
    done: (request, erased) => logger.info({ request, erased }, "erased what a request to forget asks for"),
    failed: (error) => logger.warn(loggable(error), "what was to be erased of somebody could not be erased; it is tried again"),
  });
}

export interface OpenPrivacyOptions {
  readonly config: Config;
  readonly broker: Broker;
  readonly metrics: Metrics;
  readonly engine: Promise<RunningEngine>;
  readonly erasing: Erasing;
}

export function openPrivacy({ config, broker, metrics, engine, erasing }: OpenPrivacyOptions): Front {
  const { shard } = config;
  const settings = wholeSettings(config, 0);
  const privacy = new EnginePrivacy({
    engine,
    log: new JetStreamLog(broker, shard),
    shard,
    erasing,
    published: (key) => publishedAbout(broker, shard, settings, key),
  });
  const local = isLocal(httpAddress(config)?.host ?? "");
  return privacyFront(privacy, metrics, { adminToken: config.http.admin_token, local, timeoutMs: config.http.timeout_ms });
}
