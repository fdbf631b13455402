// One set-up at a time in one checkout: two `npm ci` at once would delete each other's files. The lock is a file that holds
// the owner's process id and appears with its content in one step (a hard link), so nobody reads it half written. An owner
// that died leaves it behind; whoever finds it takes it away by renaming, which only one of several can do.

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "./say.mjs";

const POLL_MS = 200;

/**
 * Runs the work while holding the lock; waits for whoever holds it.
 * @template T
 * @param {string} root of the checkout
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(root, work) {
  const path = join(root, ".tidemark/setup.lock");
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  for (let owner = tryLock(path); owner !== process.pid; owner = tryLock(path)) {
    if (!isAlive(owner)) {
      breakLock(path, owner);
      continue;
    }
    if (!told) say(`another command (process ${owner}) is setting up; waiting for it (if there is none, remove ${path})`);
    told = true;
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {number} the process that holds the lock now; 0 if it just went away
 */
function tryLock(path) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, path);
    return process.pid;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    return readOwner(path);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @param {string} path */
function readOwner(path) {
  try {
    return Number(readFileSync(path, "utf8"));
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return 0;
  }
}

/**
 * Between reading the dead owner's id and renaming, somebody else may have broken the lock and taken it: then it is put back.
 * @param {string} path
 * @param {number} deadOwner
 */
function breakLock(path, deadOwner) {
  const aside = `${path}.broken-${process.pid}`;
  try {
    renameSync(path, aside);
    if (readOwner(aside) !== deadOwner) linkSync(aside, path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT" && errorCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal means that it is there.
    return errorCode(error) === "EPERM";
  }
}

/** @param {unknown} error */
function errorCode(error) {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
