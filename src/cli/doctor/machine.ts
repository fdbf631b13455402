// What `doctor` looks at on this machine: Node, the rule packs and the policy, and the folder where checkpoints are kept.

import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DIFFERENCES, IN_HISTORY } from "../../app/checkpoints.ts";
import type { Config } from "../../app/config.ts";
import { TidemarkError } from "../../model/errors.ts";
import { durationOf, type FinishedView, viewNewest } from "../inspect/overview.ts";
import { loadPacks } from "../pack-files.ts";
import { loadConfiguredPolicy } from "../policy-file.ts";
import { megabytes } from "../terminal.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";

export async function checkMachine(config: Config): Promise<readonly Finding[]> {
  const folder = join(config.state, config.shard);
  return [checkNode(process.versions.node), checkPacks(config), ...checkPolicy(config), ...checkStateFolder(config.state), ...(await checkCheckpoints(folder))];
}

const OLDEST_NODE_MAJOR = 22;

export function checkNode(version: string): Finding {
  const major = Number.parseInt(version, 10);
  if (major >= OLDEST_NODE_MAJOR) return ok("node", `Node ${version}`);
  return fail("node", `Node ${version} is too old`, `Use Node ${OLDEST_NODE_MAJOR} or newer; the repository brings its own: npm run tidemark`);
}

function checkPacks(config: Config): Finding {
  try {
    const packs = loadPacks(config.packs);
    return ok("packs", packs.map((pack) => `${pack.name} version ${pack.version}`).join(", "));
  } catch (error) {
    if (error instanceof TidemarkError) return fail("packs", error.message, error.hint);
    throw error;
  }
}

/** Nothing where none is named. */
function checkPolicy({ policy }: Config): readonly Finding[] {
  try {
    const loaded = loadConfiguredPolicy(policy);
    return loaded === null ? [] : [ok("policy", `${loaded.name}, from ${policy}`)];
  } catch (error) {
    if (error instanceof TidemarkError) return [fail("policy", error.message, error.hint)];
    throw error;
  }
}

const MB = 1024 * 1024;
const LEAST_FREE_BYTES = 100 * MB;
const LITTLE_FREE_BYTES = 1024 * MB;

/** A folder that is not there yet is judged by the nearest one above it that is. */
function checkStateFolder(folder: string): readonly Finding[] {
  const path = resolve(folder);
  const standing = nearestStanding(path);
  if (!statSync(standing).isDirectory()) return [fail("state", `${standing} is not a folder`, "Name another folder with --state.")];
  return [checkWritable(path, standing), checkFreeSpace(standing)];
}

function nearestStanding(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestStanding(dirname(path));
}

function checkWritable(path: string, standing: string): Finding {
  try {
    accessSync(standing, constants.W_OK | constants.X_OK);
  } catch {
    return fail("state", `${standing} cannot be written to`, "Give this user the right to, or name another folder with --state.");
  }
  return ok("state", standing === path ? `${path} is writable` : `${path} will be made at the first start`);
}

function checkFreeSpace(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const detail = `${megabytes(free)} free at ${folder}`;
  if (free < LEAST_FREE_BYTES)
    return fail("disk", detail, "A checkpoint needs room for two generations beside each other: free some, or name another folder with --state.");
  if (free < LITTLE_FREE_BYTES) return warn("disk", detail, "Checkpoints grow with the contacts, about 400 bytes each for two generations.");
  return ok("disk", detail);
}

/** The newest generation, with every page verified; whether all of them restore is for `inspect --verify`. */
async function checkCheckpoints(folder: string): Promise<readonly Finding[]> {
  try {
    const newest = existsSync(folder) ? await viewNewest(folder) : undefined;
    if (newest === undefined) return [ok("checkpoint", "none yet: a start reads the log from its beginning")];
    return [checkCheckpoint(newest), ...checkDuplicates(newest), ...checkHistory(newest), ...checkDifferences(newest)];
  } catch (error) {
    if (error instanceof TidemarkError) return [fail("checkpoint", error.message, error.hint)];
    throw error;
  }
}

function checkCheckpoint({ position, taken, bytes, damage }: FinishedView): Finding {
  const detail = `of position ${position}, taken ${taken}, ${megabytes(bytes)}`;
  if (damage.length === 0) return ok("checkpoint", detail);
  return warn("checkpoint", `${detail}: ${damage[0]}`, "A start goes on from the one before, if that is good: `tidemark inspect --verify`. Look at the disk.");
}

/** Of a state that this version can read: how late a repeated event may come and still be recognized. */
function checkDuplicates({ duplicatesReachMs: reach, duplicatesWindowMs: window }: FinishedView): readonly Finding[] {
  if (reach === null || window === null) return [];
  const detail = `message ids are surely remembered for ${durationOf(reach)} of log time, as of that checkpoint`;
  if (reach >= window) return [ok("duplicates", detail)];
  return [
    warn(
      "duplicates",
      `${detail}, not for the ${durationOf(window)} of duplicates.window_ms: a partition has had more ids than duplicates.capacity`,
      "An event that is sent again later than that counts twice. The number is a setting of the log: a new shard may have a higher one.",
    ),
  ];
}

/** People who still pass through their past: nothing of them is told until somebody says that it is over. */
function checkHistory({ counters }: FinishedView): readonly Finding[] {
  const count = counters[IN_HISTORY] ?? 0;
  if (count === 0) return [];
  return [
    warn(
      "history",
      `${count} contacts were in history, as of that checkpoint`,
      "Each returns to the present with what it does first. When all of the past is loaded, `tidemark feed --end-history` brings back the others.",
    ),
  ];
}

/** After a change of versions: a start held back by their ids what the earlier version had published and this one computes differently. */
function checkDifferences({ counters }: FinishedView): readonly Finding[] {
  const count = counters[DIFFERENCES] ?? 0;
  if (count === 0) return [];
  return [
    warn(
      "versions",
      `${count} effects that an earlier version published are computed differently by the one that took that checkpoint`,
      "What was published stands, and what follows is the newer version's. The changelog says what has changed.",
    ),
  ];
}
