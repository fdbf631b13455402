// The dependencies, among them the pinned Node. `npm ci` runs only when the lock file differs from the one that the last
// finished installation was made from: its hash lies inside node_modules, where a `npm ci` that is cut short takes it away.
// An installation counts as finished only when the pinned Node is there and runs.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withLock } from "./lock.mjs";
import { runQuietly } from "./quiet.mjs";
import { SetupError, say } from "./say.mjs";

/** Scripts: the package `node` fetches its binary in one. Dev: NODE_ENV=production would leave out the pinned Node. */
const NPM_CI = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"];

/**
 * @param {string} root
 * @returns {Promise<string>} path of the pinned Node
 */
export async function installDependencies(root) {
  if (!isInstalled(root)) {
    await withLock(root, async () => {
      // Whoever held the lock before may have done it.
      if (!isInstalled(root)) await install(root);
    });
  }
  return pinnedNode(root);
}

/** @param {string} root */
function isInstalled(root) {
  return readIfThere(stampFile(root)) === fingerprint(root);
}

/** @param {string} root */
async function install(root) {
  say("installing dependencies (only when the lock file has changed)");
  await npmCi(root);
  checkNode(pinnedNode(root), pinnedVersion(root));
  writeFileSync(stampFile(root), fingerprint(root));
}

/** @param {string} root */
function pinnedNode(root) {
  return join(root, "node_modules/.bin/node");
}

/** @param {string} root */
function stampFile(root) {
  return join(root, "node_modules/.tidemark-installed");
}

/**
 * A checkout that moves between machines (a volume, a container) needs other binaries.
 * @param {string} root
 */
function fingerprint(root) {
  const lock = readFileSync(join(root, "package-lock.json"));
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform} ${process.arch}\n`;
}

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Its output is shown only if it fails: then it is what helps.
 * @param {string} root
 */
async function npmCi(root) {
  const run = await runQuietly("npm", NPM_CI, { cwd: root, env: { ...process.env, PATH: pathWithoutOwnBin(root) } });
  if (run.ok) return;
  if (run.ending === "ENOENT") throw new SetupError("npm is needed and was not found on PATH.");
  process.stderr.write(run.output);
  throw new SetupError(`\`npm ci\` failed (${run.ending}); its output is above. It needs the package registry that npm is set up for.`);
}

/**
 * npm puts node_modules/.bin first on PATH, and there lies the Node that `npm ci` is about to replace: it must run on the
 * machine's own.
 * @param {string} root
 */
function pathWithoutOwnBin(root) {
  const own = join(root, "node_modules");
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.filter((folder) => !folder.startsWith(own)).join(delimiter);
}

/** @param {string} root */
function pinnedVersion(root) {
  /** @type {{ devDependencies: { node: string } }} */
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return manifest.devDependencies.node;
}

/**
 * @param {string} node
 * @param {string} version
 */
function checkNode(node, version) {
  const run = spawnSync(node, ["--version"], { encoding: "utf8" });
  if (run.status === 0 && run.stdout.trim() === `v${version}`) return;
  const seen =
    run.status === 0 ? `is ${run.stdout.trim()}` : `does not run (${run.error?.message ?? (run.stderr.trim().split("\n")[0] || `exit ${run.status}`)})`;
  throw new SetupError(
    `Node ${version}, which the npm package \`node\` brings, ${seen}. Its install script may be switched off: \`npm rebuild node --ignore-scripts=false\` runs it. It has no binaries for musl (Alpine).`,
  );
}
