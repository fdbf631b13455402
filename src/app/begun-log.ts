// A shard's log that was begun, as whoever puts events into it needs it: into one without settings events would go that nobody can ever
// fold. Beginning it is the engine's (settings.ts).

import { TidemarkError } from "../model/errors.ts";
import { logSubjects } from "../model/log.ts";
import type { Settings } from "../model/settings.ts";
import type { Broker } from "../nats/connection.ts";
import { JetStreamLog } from "../nats/jetstream-log.ts";
import { streamsExist } from "../nats/streams.ts";
import { firstSettings } from "./settings.ts";

/** What the log was begun with. Throws USAGE where it was not. */
export async function settingsOfBegunLog(broker: Broker, shard: string): Promise<Settings> {
  const there = (await streamsExist(broker, [logSubjects(shard).stream])).length > 0;
  const begun = there ? await firstSettings(new JetStreamLog(broker, shard), shard) : undefined;
  if (begun !== undefined) return begun.settings;
  throw new TidemarkError("USAGE", `shard "${shard}" has no log on ${broker.url} yet: start \`tidemark run --shard ${shard}\` once, it begins the log`);
}
