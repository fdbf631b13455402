// `npm run verify`: everything that shows the engine's promises on the real parts, one check after another. `--only NAME`
// (repeatable) takes some of them, `--short` takes fewer kills and combinations, `--seed N` repeats a run, `--seeds N` says how many
// random stories of each kind, `--list` names them.
// Ends with `N passed, N failed`, and with exit 1 if one failed.

import { parseArgs } from "node:util";
import { Bench } from "./bench.ts";
import { type Check, formatTally, runChecks } from "./check.ts";
import { brokerKillsCheck } from "./checks/broker-kills.ts";
import { conditionsCheck } from "./checks/conditions.ts";
import { consumerDeletedCheck } from "./checks/consumer-deleted.ts";
import { damageCheck } from "./checks/damage.ts";
import { diskFullCheck } from "./checks/disk-full.ts";
import { edgeKillsCheck } from "./checks/edge-kills.ts";
import { failpointsCheck } from "./checks/failpoints.ts";
import { forgetCheck } from "./checks/forget.ts";
import { herdCheck } from "./checks/herd.ts";
import { historyChecks } from "./checks/history.ts";
import { killsCheck } from "./checks/kills.ts";
import { naiveChecks } from "./checks/naive.ts";
import { naiveRandomCheck } from "./checks/naive-random.ts";
import { olderCopyCheck } from "./checks/older-copy.ts";
import { pauseCheck } from "./checks/pause.ts";
import { populationCheck } from "./checks/population.ts";
import { proxyCheck } from "./checks/proxy.ts";
import { purgeCheck } from "./checks/purge.ts";
import { realInputChecks } from "./checks/real-input.ts";
import { restartDeadlinesCheck } from "./checks/restart-deadlines.ts";
import { rfmChecks } from "./checks/rfm.ts";
import { rfmLiveChecks } from "./checks/rfm-live.ts";
import { rulesTogetherChecks } from "./checks/rules-together.ts";

const CHECKS: readonly Check[] = [
  conditionsCheck,
  ...naiveChecks,
  naiveRandomCheck,
  ...realInputChecks,
  ...rfmChecks,
  ...rfmLiveChecks,
  ...historyChecks,
  ...rulesTogetherChecks,
  herdCheck,
  restartDeadlinesCheck,
  killsCheck,
  failpointsCheck,
  populationCheck,
  forgetCheck,
  brokerKillsCheck,
  edgeKillsCheck,
  consumerDeletedCheck,
  proxyCheck,
  pauseCheck,
  olderCopyCheck,
  purgeCheck,
  diskFullCheck,
  damageCheck,
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const options = {
    only: { type: "string", multiple: true },
    short: { type: "boolean", default: false },
    seed: { type: "string" },
    seeds: { type: "string" },
    list: { type: "boolean", default: false },
  } as const;
  const { values } = parseArgs({ options });
  const unknown = (values.only ?? []).filter((name) => !CHECKS.some((check) => check.name.startsWith(name)));
  if (unknown.length > 0) {
    process.stderr.write(`verify: no check "${unknown[0]}"; there are ${CHECKS.map((check) => check.name).join(", ")}\n`);
    return 2;
  }
  const chosen = CHECKS.filter((check) => values.only === undefined || values.only.some((name) => check.name.startsWith(name)));
  if (values.list) {
    for (const check of chosen) say(`${check.name}: ${check.about}`);
    return 0;
  }
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  say(`seed ${seed}${values.short ? ", short" : ""}`);
  const seeds = values.seeds === undefined ? undefined : Number(values.seeds);
  let open: Bench | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop(open));
  const tally = await runChecks(
    chosen,
    async (check) => {
      open = new Bench(check.name, { short: values.short, seed, seeds, say });
      return open;
    },
    say,
  );
  say(formatTally(tally));
  return tally.failed > 0 ? 1 : 0;
}

/** Interrupted: the engines and servers of the check that runs go with it. */
async function stop(bench: Bench | undefined): Promise<void> {
  say("interrupted");
  await bench?.close();
  process.exit(130);
}

process.exitCode = await main();
