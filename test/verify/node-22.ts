// A Node 22 beside the pinned 24, because a log must replay to the same bytes in both: the npm package `node`, in a folder of
// the project that git ignores, fetched once.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "./bench.ts";
import { NotRun } from "./check.ts";

const VERSION = "22.23.3";
const run = promisify(execFile);
const folder = join(projectRoot, ".tidemark", "node22");
const binary = join(folder, "node_modules", "node", "bin", "node");

export async function node22(): Promise<string> {
  if (!existsSync(binary)) await install();
  const { stdout } = await run(binary, ["--version"]).catch(() => ({ stdout: "" }));
  if (!stdout.startsWith("v22.")) throw new NotRun(`no Node 22 in ${folder}`);
  return binary;
}

/** `node` fetches its binary in an install script, which npm 11 runs only where the project's own package.json allows it. */
async function install(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const project = { private: true, dependencies: { node: VERSION }, allowScripts: { [`node@${VERSION}`]: true } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(project));
  await run("npm", ["install", "--no-audit", "--no-fund"], { cwd: folder, timeout: 300_000 }).catch((error: { stderr?: string }) => {
    throw new NotRun(`Node 22 cannot be fetched: ${error.stderr?.trim().split("\n").at(-1) ?? error}`);
  });
}
