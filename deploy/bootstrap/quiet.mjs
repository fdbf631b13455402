// A tool that the set-up runs (npm, apt-get, dpkg): its output is kept, to be shown only if it matters. A request to stop is
// passed on to it and waited for, so that nothing of it goes on behind a lock that we have given back.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { SetupError, say } from "./say.mjs";

/** @type {NodeJS.Signals[]} */
const REQUESTS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** We were asked to stop while something was being set up. */
export class Interrupted extends SetupError {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`stopped while setting up (${signal}); the next command goes on from here`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * @typedef {object} QuietResult
 * @property {boolean} ok
 * @property {string} ending how it ended, for a message: "exit 1", "SIGKILL", "ENOENT"
 * @property {string} output what it printed, on both streams
 */

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<QuietResult>}
 */
export function runQuietly(command, args, { cwd, env = process.env }) {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  /** @type {NodeJS.Signals | undefined} */
  let asked;
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    if (asked === undefined) say(`stopping ${command} first`);
    asked ??= signal;
    child.kill(signal);
  };
  for (const signal of REQUESTS) process.on(signal, passOn);
  /** @type {Buffer[]} */
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  child.stderr.on("data", (chunk) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    /** @param {boolean} ok @param {string} ending */
    const settle = (ok, ending) => {
      for (const signal of REQUESTS) process.off(signal, passOn);
      if (asked !== undefined) reject(new Interrupted(asked));
      else resolve({ ok, ending, output: Buffer.concat(chunks).toString() });
    };
    child.once("error", (error) => settle(false, "code" in error ? String(error.code) : error.message));
    child.once("close", (code, signal) => settle(code === 0, signal ?? `exit ${code}`));
  });
}
