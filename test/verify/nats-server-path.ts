// Which nats-server the checks start: the one that `npm run verify` found or fetched (TIDEMARK_NATS_SERVER), else one on PATH,
// else the one that an earlier `npm test` left in the project.

import { accessSync, constants } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { NotRun } from "./check.ts";

export function natsServerPath(): string {
  const named = process.env.TIDEMARK_NATS_SERVER;
  if (named !== undefined && named !== "") return named;
  // Debian installs it where only root's PATH looks.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", resolve(import.meta.dirname, "../../.tidemark/bin")];
  const found = folders
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "nats-server"))
    .find(isExecutable);
  if (found === undefined) throw new NotRun("no nats-server: `npm run verify` fetches one, or put one on PATH");
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
