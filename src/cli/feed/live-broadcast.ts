// Whether a trigger that is to be sent for is there: the engine passes a record over whose trigger its packs do not have, and whoever
// sent for it would only learn from a metric that nobody was told. Asked of the log, which has the packs that run.

import { livePack } from "../../app/settings.ts";
import { logSubjects } from "../../model/log.ts";
import type { Broker } from "../../nats/connection.ts";
import { JetStreamLog } from "../../nats/jetstream-log.ts";
import { usage } from "../failure.ts";
import type { BroadcastRecord } from "./records.ts";

export async function requireLiveBroadcast(broker: Broker, shard: string, { pack, trigger }: BroadcastRecord): Promise<void> {
  const log = new JetStreamLog(broker, shard);
  if ((await log.lastOn(logSubjects(shard).pack(pack))) === undefined) throw usage(`no pack "${pack}" is live on shard "${shard}": nothing was sent`);
  const live = await livePack(log, shard, pack);
  // A text that only another version can read is the engine's to judge.
  if (live === undefined) return;
  const broadcasts = live.triggers.filter(({ when }) => when.kind === "broadcast").map(({ name }) => name);
  if (broadcasts.includes(trigger)) return;
  const there = broadcasts.length === 0 ? "the pack has none" : `the pack has ${broadcasts.join(", ")}`;
  throw usage(`pack ${pack}, version ${live.version}, has no trigger "${trigger}" with \`broadcast: true\` (${there}): nothing was sent`);
}
