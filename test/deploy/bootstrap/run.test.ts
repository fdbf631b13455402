// The command as a child: its exit code becomes ours, what it prints stays its own, and a request to stop reaches it once
// and is then its business.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const RUN = join(import.meta.dirname, "../../../deploy/bootstrap/run.mjs");

test("the exit code is passed on", async () => {
  expect(await run("process.exit(0)").exit).toBe(0);
  expect(await run("process.exit(7)").exit).toBe(7);
});

test("a child that a signal ended gives 128 and the signal's number", async () => {
  expect(await run("process.kill(process.pid, 'SIGKILL')").exit).toBe(137);
});

test("variables are added and the folder is the one asked for", async () => {
  const { exit, output } = run("console.log(process.env.TIDEMARK_NATS_SERVER, process.cwd())", { folder: "/", env: { TIDEMARK_NATS_SERVER: "here" } });
  await exit;
  expect(output()).toBe("here /\n");
});

test.each(["SIGINT", "SIGTERM"] as const)("%s lets the child end in its own time, with its own exit code", async (signal) => {
  const command = run(`process.once("${signal}", () => setTimeout(() => { console.log("saved"); process.exit(0); }, 300)); ${STAY}`);
  await command.says("up");
  command.child.kill(signal);
  expect(await command.exit).toBe(0);
  expect(command.output()).toBe("up\nsaved\n");
});

test("a request that npm repeats reaches the child once", async () => {
  const command = run(`let n = 0; process.on("SIGINT", () => { n++; setTimeout(() => { console.log(n); process.exit(0); }, 400); }); ${STAY}`);
  await command.says("up");
  command.child.kill("SIGINT");
  await new Promise((done) => setTimeout(done, 100));
  command.child.kill("SIGINT");
  expect(await command.exit).toBe(0);
  expect(command.output()).toBe("up\n1\n");
});

test("somebody who asks again after a while is heard", async () => {
  const command = run(`let n = 0; process.on("SIGINT", () => { if (++n === 2) process.exit(5); }); ${STAY}`);
  await command.says("up");
  command.child.kill("SIGINT");
  await new Promise((done) => setTimeout(done, 1_200));
  command.child.kill("SIGINT");
  expect(await command.exit).toBe(5);
});

test("a Node that is not there is one clear line", async () => {
  const command = run("0", { node: "/nowhere/node" });
  expect(await command.exit).toBe(1);
  expect(command.errors()).toMatch(/^tidemark: the pinned Node could not be started .*remove node_modules and try again\n$/);
});

const STAY = 'console.log("up"); setInterval(() => {}, 1000);';

interface Command {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  output(): string;
  errors(): string;
  says(text: string): Promise<void>;
}

/** Runs `runCommand` in a process of its own, with a program text as the command. */
function run(program: string, options: { folder?: string; env?: Record<string, string>; node?: string } = {}): Command {
  const call = [options.node ?? process.execPath, ["-e", program], { folder: options.folder ?? process.cwd(), env: options.env ?? {} }]
    .map((part) => JSON.stringify(part))
    .join(", ");
  const code = `import { runCommand } from ${JSON.stringify(RUN)}; process.exitCode = await runCommand(${call});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    err += chunk;
  });
  const exit = once(child, "close").then(([code]) => code as number | null);
  const says = async (text: string) => {
    while (!out.includes(text)) await once(child.stdout, "data");
  };
  return { child, exit, output: () => out, errors: () => err, says };
}
