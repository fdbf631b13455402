// What `doctor` looks at on this machine: Node, the rule packs, and the folder where checkpoints are kept.

import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Config } from "../app/config.ts";
import { CheckpointStore } from "../flow/checkpoint.ts";
import { TidemarkError } from "../model/errors.ts";
import { type Finding, fail, ok, warn } from "./doctor.ts";
import { loadPacks } from "./pack-files.ts";

export async function checkMachine(config: Config): Promise<readonly Finding[]> {
  return [checkNode(process.versions.node), checkPacks(config), ...checkStateFolder(config.state), await checkCheckpoints(join(config.state, config.shard))];
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

/** Only what the manifests say: `run` verifies every byte when it restores. */
async function checkCheckpoints(folder: string): Promise<Finding> {
  // Opening a store makes its folder, and a doctor makes nothing.
  const newest = existsSync(folder) ? (await (await CheckpointStore.open(folder)).list())[0] : undefined;
  if (newest === undefined) return ok("checkpoint", "none yet: a start reads the log from its beginning");
  return ok("checkpoint", `of position ${newest.position}, taken ${newest.createdAt}, ${megabytes(newest.bytes)}`);
}

const megabytes = (bytes: number): string => (bytes >= 1024 * MB ? `${(bytes / 1024 / MB).toFixed(1)} GB` : `${Math.round(bytes / MB)} MB`);
