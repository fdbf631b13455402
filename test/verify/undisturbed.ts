// The oracle of every check that disturbs something: what was published is what an undisturbed run of the same log gives, each
// effect once and in order, and the state at the end is the same. "Undisturbed" is `tidemark replay` of the log's dump, which
// knows of no broker, no checkpoint and no outbox.

import type { Bench } from "./bench.ts";
import { must } from "./check.ts";
import type { EngineProcess, RunSummary } from "./engine-process.ts";
import { dumpLog } from "./live-run.ts";
import { mustBeOnceAndInOrder, readOutputs } from "./outputs.ts";
import { describeReplay, mustBePublished, replay } from "./replays.ts";

/** Answers with what there was, in a line. `name`: of the replay's files, where a check asks more than once. */
export async function mustBeUndisturbed(bench: Bench, url: string, summary: RunSummary, name = "undisturbed"): Promise<string> {
  const published = await readOutputs(url);
  mustBeOnceAndInOrder(published);
  // A tick that was on its way when the engine stopped lies behind its position, and is for the next start.
  const undisturbed = await replay(bench, name, { log: await dumpLog(bench, url, summary.position) });
  mustBePublished(undisturbed, published);
  must(undisturbed.digest === summary.digest, `state digests differ: disturbed ${summary.digest}, ${name} ${undisturbed.digest}`);
  return describeReplay(undisturbed);
}

/** Waits until the engine has done everything up to `last`, stops it, and holds it against the oracle. */
export async function mustEndUndisturbed(bench: Bench, url: string, engine: EngineProcess, last: number, name?: string): Promise<string> {
  await engine.reaches(last);
  return mustBeUndisturbed(bench, url, await engine.stop(), name);
}
