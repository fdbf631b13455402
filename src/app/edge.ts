// The HTTP edge as the engine's process and `tidemark edge` share it: put together from the configuration and a connection, and
// closed again. What it does is src/edge.

import { Edge } from "../edge/edge.ts";
import type { Mapping } from "../edge/mapping.ts";
import { isLocal } from "../edge/write-keys.ts";
import { limitsOf } from "../flow/frame-event.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Settings } from "../model/settings.ts";
import type { Broker } from "../nats/connection.ts";
import { JetStreamDeadLetters } from "../nats/dead-letters.ts";
import { JetStreamEventSink } from "../nats/event-sink.ts";
import { type Config, httpAddress } from "./config.ts";
import type { Logger } from "./log.ts";

export interface OpenEdge {
  readonly edge: Edge;
  /** Gives up what waits for the broker. Called when nothing is served any more. */
  close(): void;
}

export interface EdgeOptions {
  /** By name. */
  readonly mappings: ReadonlyMap<string, Mapping>;
  readonly config: Config;
  readonly broker: Broker;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Of the log that events go into. */
  readonly settings: Settings;
  /** Why nothing can be taken now; null while it can. */
  readonly closed: () => string | null;
}

export function openEdge({ config, broker, metrics, logger, settings, closed, mappings }: EdgeOptions): OpenEdge {
  const { edge: keys } = config;
  const local = isLocal(httpAddress(config)?.host ?? "");
  const sink = new JetStreamEventSink(broker, config.shard, { waitMs: keys.answer_ms });
  const dead = new JetStreamDeadLetters(broker);
  if (!local && keys.write_keys.length === 0)
    logger.warn({ address: config.http.address }, "events over HTTP are refused: others can reach this address, and there are no edge.write_keys");
  const edge = new Edge(
    {
      writeKeys: keys.write_keys,
      origins: keys.origins,
      bodyBytes: keys.body_bytes,
      batchEvents: keys.batch_events,
      pendingBytes: keys.pending_bytes,
      messageBytes: keys.message_bytes,
      lingerMs: keys.linger_ms,
      answerMs: keys.answer_ms,
    },
    { sink, dead, metrics, limits: limitsOf(settings), mappings, local, closed },
  );
  return {
    edge,
    close: () => {
      sink.close();
      dead.close();
    },
  };
}
