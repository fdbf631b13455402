// Where a nats-server comes from: one that is named (TIDEMARK_NATS_SERVER), one on PATH, one fetched before, or Debian's
// package, downloaded and unpacked inside .tidemark without root and without touching the system's package lists. apt checks
// the package's signature as for any other. Starting and stopping a server is not here: the demo and the tests do that.

import { spawnSync } from "node:child_process";
import { accessSync, chmodSync, constants, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withLock } from "./lock.mjs";
import { runQuietly } from "./quiet.mjs";
import { SetupError, say } from "./say.mjs";

/** The floor: Debian 12 has 2.9.10. */
const OLDEST = { major: 2, minor: 9 };

const INSTALL_HINT =
  "Install nats-server 2.9 or newer (macOS: `brew install nats-server`; others: https://github.com/nats-io/nats-server/releases) so that it is on PATH, or, for the demo, set NATS_URL to a server with JetStream.";

/** Debian installs it into /usr/sbin, which is on root's PATH only. */
const ALSO_IN = ["/usr/local/sbin", "/usr/sbin"];

/**
 * @param {string} root
 * @param {string[]} alsoIn folders to look into after those on PATH
 * @returns {Promise<string>} path of the binary
 */
export async function natsServer(root, alsoIn = ALSO_IN) {
  const named = process.env["TIDEMARK_NATS_SERVER"];
  if (named !== undefined && named !== "") return named;
  const cached = join(root, ".tidemark/bin/nats-server");
  const found = [...onPath("nats-server", alsoIn), cached].find(isUsable);
  // Whoever held the lock before may have fetched it.
  return found ?? withLock(root, () => (isUsable(cached) ? cached : fetchFromDebian(root, cached)));
}

/**
 * @param {string} name
 * @param {string[]} alsoIn
 */
function onPath(name, alsoIn = []) {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), ...alsoIn];
  return folders.filter((folder) => folder !== "").map((folder) => join(folder, name));
}

/** @param {string} path */
function isUsable(path) {
  if (!isExecutable(path)) return false;
  const version = spawnSync(path, ["--version"], { encoding: "utf8" });
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(version.stdout ?? "") ?? [];
  if (major === undefined) return false;
  const recent = Number(major) > OLDEST.major || (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor);
  if (!recent) say(`${path} is ${major}.${minor}, older than ${OLDEST.major}.${OLDEST.minor}: looking for another nats-server`);
  return recent;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @param {string} target
 */
async function fetchFromDebian(root, target) {
  if (!["apt-get", "dpkg"].every((tool) => onPath(tool).some(isExecutable))) throw new SetupError(`No nats-server was found on PATH. ${INSTALL_HINT}`);
  say("fetching nats-server from the system's package sources into .tidemark (once)");
  const folder = join(root, ".tidemark/apt");
  const options = aptOptions(folder);
  // One broken source of many makes `update` fail although ours is there: only the download decides.
  const update = await runQuietly("apt-get", [...options, "update"], { cwd: folder });
  const download = await runQuietly("apt-get", [...options, "download", "nats-server"], { cwd: folder });
  const archive = readdirSync(folder).find((name) => name.startsWith("nats-server_") && name.endsWith(".deb"));
  if (!download.ok || archive === undefined)
    throw new SetupError(`apt-get could not download nats-server (${lastLine(download.output, update.output)}). ${INSTALL_HINT}`);
  await unpack(folder, archive, target);
  rmSync(folder, { recursive: true, force: true });
  if (!isUsable(target)) throw new SetupError(`The nats-server that apt-get downloaded does not run on this machine. ${INSTALL_HINT}`);
  return target;
}

/**
 * apt with lists, cache and state in a folder of ours, so that it needs no root and changes nothing of the system's; sources,
 * keys and proxies stay the system's own. As root it would hand the download to a user who cannot write there.
 * @param {string} folder
 */
function aptOptions(folder) {
  rmSync(folder, { recursive: true, force: true });
  for (const inner of ["lists/partial", "cache/archives/partial", "state"]) mkdirSync(join(folder, inner), { recursive: true });
  writeFileSync(join(folder, "status"), "");
  const settings = {
    "Dir::State": join(folder, "state"),
    "Dir::State::Lists": join(folder, "lists"),
    "Dir::State::Status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "Dir::Log": folder,
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    "Acquire::Retries": "2",
    "Acquire::http::Timeout": "30",
  };
  return ["-qq", ...Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`])];
}

/**
 * The binary appears under its name in one step: a run that is cut short leaves nothing that looks finished.
 * @param {string} folder
 * @param {string} archive
 * @param {string} target
 */
async function unpack(folder, archive, target) {
  const tree = join(folder, "tree");
  const run = await runQuietly("dpkg", ["-x", join(folder, archive), tree], { cwd: folder });
  const binary = ["usr/sbin/nats-server", "usr/bin/nats-server"].map((path) => join(tree, path)).find(isExecutable);
  if (!run.ok || binary === undefined) throw new SetupError(`The package ${archive} could not be unpacked (${lastLine(run.output)}). ${INSTALL_HINT}`);
  mkdirSync(join(target, ".."), { recursive: true });
  copyFileSync(binary, `${target}.new`);
  chmodSync(`${target}.new`, 0o755);
  renameSync(`${target}.new`, target);
}

/** @param {string[]} texts the first that says something counts */
function lastLine(...texts) {
  for (const text of texts) {
    const line = text.trim().split("\n").at(-1);
    if (line !== undefined && line !== "") return line;
  }
  return "no reason given";
}
