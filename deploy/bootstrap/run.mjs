// The command itself, as a child on the pinned Node: it has the terminal, its exit code is ours, and a request to stop
// reaches it, so that *it* decides how to end and we only wait. Ctrl-C comes more than once: the terminal gives it to every
// process in the foreground, and npm passes on what it got. Repeats of one request are not passed on, a second one is.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname } from "node:path";
import { say } from "./say.mjs";

/** @type {NodeJS.Signals[]} */
const REQUESTS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Requests of one kind that come closer together than this are one. */
const SAME_REQUEST_MS = 1_000;

/** How long a child at a terminal has to end before the request is passed on to it after all. */
const TERMINAL_MS = 3_000;

/**
 * @param {string} node
 * @param {string[]} args
 * @param {{ folder: string, env: Record<string, string> }} options
 * @returns {Promise<number>} exit code: the child's, or 128 + n for signal n, as shells have it
 */
export function runCommand(node, args, { folder, env }) {
  const path = [dirname(node), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(node, args, { cwd: folder, env: { ...process.env, ...env, PATH: path }, stdio: "inherit" });
  passOnRequests(child);
  return new Promise((resolve) => {
    child.once("error", (error) => {
      say(`the pinned Node could not be started (${error.message}): remove node_modules and try again`);
      resolve(1);
    });
    child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  });
}

/** @param {import("node:child_process").ChildProcess} child */
function passOnRequests(child) {
  for (const signal of REQUESTS) {
    let last = Number.NEGATIVE_INFINITY;
    process.on(signal, () => {
      const now = performance.now();
      const repeated = now - last < SAME_REQUEST_MS;
      last = now;
      if (!repeated) passOn(child, signal);
    });
  }
}

/**
 * At a terminal the child has most likely had its Ctrl-C already; only when it is still there after a while was it perhaps
 * npm alone that was asked.
 * @param {import("node:child_process").ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function passOn(child, signal) {
  if (signal === "SIGINT" && process.stdin.isTTY) setTimeout(() => child.kill(signal), TERMINAL_MS).unref();
  else child.kill(signal);
}
