// Real input on the real parts: two data sets through JetStream and `tidemark run`; then the dump of the log is replayed with
// other numbers of workers, other batches and another Node, and must give the same bytes as were published.

import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { CDNOW, type DataSet, ECOM, prepare, runLive } from "../live-run.ts";
import { node22 } from "../node-22.ts";
import { combinations, describeReplay, mustBeEqual, mustBePublished, type Replayed, replay } from "../replays.ts";

export const realInputChecks: readonly Check[] = [ECOM, CDNOW].map((set) => ({
  name: `real-input-${set.name}`,
  about: `${set.name} through JetStream, and its log replayed, byte for byte`,
  run: (bench) => runOn(bench, set),
}));

async function runOn(bench: Bench, set: DataSet): Promise<void> {
  const prepared = prepare(bench, set);
  const { dump, summary, published } = await runLive(bench, prepared, set);
  const first = await replay(bench, "replay", { log: dump });
  bench.say(describeReplay(first));
  mustBePublished(first, published);
  must(first.digest === summary.digest, `state digests differ: run ${summary.digest}, replay ${first.digest}`);
  await replayEveryWay(bench, dump, first, "Node 24", undefined);
  await replayEveryWay(bench, dump, first, "Node 22", await node22());
}

async function replayEveryWay(bench: Bench, log: string, first: Replayed, label: string, node: string | undefined): Promise<void> {
  for (const { workers, batch } of combinations(bench)) {
    mustBeEqual(first, await replay(bench, `${label}, ${workers} workers, batches of ${batch}`, { log, workers, batch, ...(node ? { node } : {}) }));
  }
  bench.say(
    `${label}: same bytes with ${combinations(bench)
      .map(({ workers, batch }) => `${workers}×${batch}`)
      .join(", ")} (workers × batch)`,
  );
}
