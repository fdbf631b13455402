// The broker as the commands need it: connected for as long as one function runs, and closed however that ends.

import type { Config } from "../app/config.ts";
import { type Broker, connectBroker } from "../nats/connection.ts";

export async function withBroker<T>(config: Config, purpose: string, use: (broker: Broker) => Promise<T>): Promise<T> {
  const broker = await connectBroker(brokerOptions(config, purpose));
  try {
    return await use(broker);
  } finally {
    await broker.close();
  }
}

/** `purpose` shows up in the server's list of connections. */
export const brokerOptions = (config: Config, purpose: string) => ({
  url: config.nats.url,
  name: `tidemark ${purpose} ${config.shard}`,
  ...(config.nats.creds === "" ? {} : { creds: config.nats.creds }),
});
