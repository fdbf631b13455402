// The HTTP edge in a process of its own, beside engines that run elsewhere: the same edge, in front of the log alone. It makes no log: one
// without settings would take events that nobody can ever fold.

import type { Mapping } from "../edge/mapping.ts";
import { serveProbe } from "../edge/probes.ts";
import { type HttpServer, startListening } from "../http/listener.ts";
import { Metrics } from "../metrics/metrics.ts";
import { TidemarkError } from "../model/errors.ts";
import { connectBroker } from "../nats/connection.ts";
import { ensureDeadLetterStream } from "../nats/dead-letters.ts";
import { settingsOfBegunLog } from "./begun-log.ts";
import { type Config, httpAddress } from "./config.ts";
import { openEdge } from "./edge.ts";
import type { Logger } from "./log.ts";

export interface ServingEdge {
  readonly http: HttpServer;
  /** Takes no new request, answers those that are under way, then disconnects. */
  stop(): Promise<void>;
}

/** Connects, looks for the log and listens. Throws the TidemarkError that says what is missing. */
export async function serveEdge(config: Config, mappings: ReadonlyMap<string, Mapping>, logger: Logger): Promise<ServingEdge> {
  const address = httpAddress(config);
  if (address === undefined) throw new TidemarkError("USAGE", "an edge needs an address: http.address is off");
  const broker = await connectBroker({
    url: config.nats.url,
    name: `tidemark edge ${config.shard}`,
    ...(config.nats.creds === "" ? {} : { creds: config.nats.creds }),
  });
  try {
    const settings = await settingsOfBegunLog(broker, config.shard);
    await ensureDeadLetterStream(broker);
    const metrics = new Metrics({ areas: ["edge", "http"] });
    const closed = (): string | null => (broker.connected ? null : `the broker at ${broker.url} cannot be reached`);
    const { edge, close } = openEdge({ config, mappings, broker, metrics, logger, settings, closed });
    const http = await startListening(
      (request, response) => {
        if (!edge.handle(request, response)) void serveProbe({ metrics, closed }, request, response);
      },
      { ...address, timeoutMs: config.http.timeout_ms, connections: config.http.connections, metrics },
    );
    logger.info({ shard: config.shard, http: http.url }, "taking events");
    const stop = async (): Promise<void> => {
      await http.stop(config.edge.answer_ms);
      close();
      await broker.close();
    };
    return { http, stop };
  } catch (error) {
    await broker.close();
    throw error;
  }
}
