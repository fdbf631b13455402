// What a person may ask about themselves, put together for an engine on a broker (privacy.ts) and handed to HTTP.

import { isLocal } from "../edge/write-keys.ts";
import { privacyFront } from "../http/privacy.ts";
import type { Front } from "../http/server.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Broker } from "../nats/connection.ts";
import { JetStreamLog } from "../nats/jetstream-log.ts";
import { type Config, httpAddress } from "./config.ts";
import { publishedAbout, streamErasers } from "./erasers.ts";
import { EnginePrivacy } from "./privacy.ts";
import type { RunningEngine } from "./running-engine.ts";
import { wholeSettings } from "./settings.ts";

export interface OpenPrivacyOptions {
  readonly config: Config;
  readonly broker: Broker;
  readonly metrics: Metrics;
  readonly engine: Promise<RunningEngine>;
}

export function openPrivacy({ config, broker, metrics, engine }: OpenPrivacyOptions): Front {
  const { shard } = config;
  const settings = wholeSettings(config, 0);
  const privacy = new EnginePrivacy({
    engine,
    log: new JetStreamLog(broker, shard),
    shard,
    erasers: streamErasers(broker, shard, settings),
    published: (key) => publishedAbout(broker, shard, settings, key),
  });
  const local = isLocal(httpAddress(config)?.host ?? "");
  return privacyFront(privacy, metrics, { adminToken: config.http.admin_token, local, timeoutMs: config.http.timeout_ms });
}
