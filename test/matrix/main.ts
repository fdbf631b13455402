// `npm run matrix`: what faces the broker, on the oldest nats-server that is supported and on the newest that can be had: the tests
// of the NATS room, the outbox on a real stream, and a short form of the checks that kill, pause, cut and erase. `--only TEXT` (repeatable)
// takes the parts whose names contain it. Says what it ran on, and plainly where there is no newer server; exit 1 if
// a part failed on one of them.

import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { natsServerPath } from "../verify/nats-server-path.ts";
import { newestServer, versionOf } from "./newest.ts";

const projectRoot = resolve(import.meta.dirname, "../..");

interface Part {
  readonly name: string;
  readonly args: readonly string[];
}

const VERIFY = ["kills", "failpoints", "broker-kills", "consumer-deleted", "proxy", "pause", "purge", "older-copy", "forget"];

const PARTS: readonly Part[] = [
  { name: "test/nats", args: ["node_modules/vitest/vitest.mjs", "run", "test/nats"] },
  { name: "test/flow/outbox-jetstream", args: ["node_modules/vitest/vitest.mjs", "run", "test/flow/outbox-jetstream.test.ts"] },
  ...VERIFY.map((check) => ({ name: `verify ${check}`, args: ["test/verify/main.ts", "--short", "--only", check] })),
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
  const wanted = (name: string): boolean => values.only === undefined || values.only.some((text) => name.includes(text));
  const servers = await findServers();
  const failed: string[] = [];
  for (const { version, binary } of servers) {
    for (const { name, args } of PARTS.filter((part) => wanted(part.name))) {
      const { ok, seconds, output } = await runPart(args, binary);
      say(`${ok ? "ok    " : "FAILED"}  ${version.padEnd(8)}  ${name} (${seconds.toFixed(1)} s)`);
      if (ok) continue;
      failed.push(`${name} on ${version}`);
      say(output.trim().split("\n").slice(-40).join("\n"));
    }
  }
  say(failed.length === 0 ? `all parts hold on ${servers.map(({ version }) => version).join(" and ")}` : `failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

async function findServers(): Promise<{ readonly version: string; readonly binary: string }[]> {
  const floor = natsServerPath();
  const servers = [{ version: await versionOf(floor), binary: floor }];
  const newest = await newestServer(say);
  if (newest === undefined) say("not run: no newer nats-server can be had here; name one with TIDEMARK_NATS_SERVER_NEWEST");
  else servers.push({ version: await versionOf(newest), binary: newest });
  for (const { version, binary } of servers) say(`nats-server ${version}: ${binary}`);
  return servers;
}

/** Ended with us, however we end. */
let running: ChildProcess | undefined;
process.once("exit", () => running?.kill());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

function runPart(args: readonly string[], binary: string): Promise<{ ok: boolean; seconds: number; output: string }> {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: projectRoot,
    env: { ...process.env, TIDEMARK_NATS_SERVER: binary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  running = child;
  return new Promise((done) => child.once("close", (code) => done({ ok: code === 0, seconds: (performance.now() - began) / 1000, output })));
}

process.exitCode = await main();
