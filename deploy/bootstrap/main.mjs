// What `npm run demo`, `npm test` and their siblings call: everything a fresh clone needs, then the command itself on the
// pinned Node. It is plain JavaScript without dependencies because it runs before there are any, on whatever Node (20 or
// newer) the machine has. Whatever it has to say goes to stderr, so that a command's stdout is the command's alone. What is
// already in place is left alone: then all of this costs a few milliseconds.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { installDependencies } from "./install.mjs";
import { natsServer } from "./nats-server.mjs";
import { Interrupted } from "./quiet.mjs";
import { runCommand } from "./run.mjs";
import { SetupError, say } from "./say.mjs";

const OLDEST_NODE = 20;
const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * @typedef {object} Command
 * @property {string[]} script what the pinned Node runs, from the root of the project
 * @property {"always" | "unless NATS_URL" | "never"} server whether it needs a nats-server binary
 * @property {boolean} [fromCaller] runs in the folder of the person who called npm, whose relative paths are meant
 */

/** @type {Record<string, Command>} */
const COMMANDS = {
  demo: { script: ["src/main.ts", "demo"], server: "unless NATS_URL" },
  test: { script: ["node_modules/vitest/vitest.mjs", "run"], server: "always" },
  tidemark: { script: ["src/main.ts"], server: "never", fromCaller: true },
  verify: { script: ["test/verify/main.ts"], server: "always" },
  mutations: { script: ["test/mutations/main.ts"], server: "always" },
  matrix: { script: ["test/matrix/main.ts"], server: "always" },
  simulate: { script: ["test/simulate/main.ts"], server: "never" },
  bench: { script: ["bench/main.ts"], server: "always" },
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!isForAPerson(error)) throw error;
  say(error.message);
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
}

/**
 * What was thrown as such, and what the system refuses (a folder that may not be written, a full disk).
 * @param {unknown} error
 * @returns {error is Error}
 */
function isForAPerson(error) {
  return error instanceof SetupError || (error instanceof Error && "syscall" in error);
}

/**
 * @param {string[]} argv
 * @returns {Promise<number>} exit code
 */
async function main([name = "", ...args]) {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE)
    throw new SetupError(`Node ${OLDEST_NODE} or newer is needed, this is ${process.versions.node}.`);
  if (process.platform === "win32") throw new SetupError("Windows is not supported by itself: use WSL.");
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new SetupError(`No command ${JSON.stringify(name)}; there is ${Object.keys(COMMANDS).join(", ")}.`);
  const node = await installDependencies(root);
  const server = needsServer(command, name, args) ? await natsServer(root) : undefined;
  const [script = "", ...first] = command.script;
  return runCommand(node, [resolve(root, script), ...first, ...args], {
    folder: command.fromCaller ? (process.env["INIT_CWD"] ?? process.cwd()) : root,
    env: server === undefined ? {} : { TIDEMARK_NATS_SERVER: server },
  });
}

/**
 * `tidemark demo` is the demo too; somebody who asks for help gets it without waiting for a download.
 * @param {Command} command
 * @param {string} name
 * @param {string[]} args
 */
function needsServer(command, name, args) {
  if (args.includes("--help") || args.includes("-h")) return false;
  const server = name === "tidemark" && args[0] === "demo" ? "unless NATS_URL" : command.server;
  return server === "always" || (server === "unless NATS_URL" && !process.env["NATS_URL"]);
}
