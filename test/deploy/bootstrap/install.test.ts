// Installing on a machine that has nothing, with an npm that only notes that it was called: when it runs, when it does not,
// what a person reads when it fails, and that two commands at once run it once.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { installDependencies } from "../../../deploy/bootstrap/install.mjs";
import { SetupError } from "../../../deploy/bootstrap/say.mjs";

const INSTALL = join(import.meta.dirname, "../../../deploy/bootstrap/install.mjs");
const PINNED = "24.21.0";

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tidemark-install-"));
  writeFileSync(join(root, "package.json"), JSON.stringify({ devDependencies: { node: PINNED } }));
  writeFileSync(join(root, "package-lock.json"), "first");
  npmThat(`mkdir -p node_modules/.bin && printf '#!/bin/sh\\necho v${PINNED}\\n' > node_modules/.bin/node && chmod +x node_modules/.bin/node`);
  vi.stubEnv("PATH", `${join(root, "bin")}:${process.env["PATH"]}`);
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

test("a fresh clone installs, and gives the pinned Node", async () => {
  expect(await installDependencies(root)).toBe(join(root, "node_modules/.bin/node"));
  expect(npmCalls()).toHaveLength(1);
});

test("it installs again only when the lock file has changed", async () => {
  await installDependencies(root);
  await installDependencies(root);
  expect(npmCalls()).toHaveLength(1);
  writeFileSync(join(root, "package-lock.json"), "second");
  await installDependencies(root);
  expect(npmCalls()).toHaveLength(2);
});

test("an installation that was cut short is made again", async () => {
  await installDependencies(root);
  rmSync(join(root, "node_modules"), { recursive: true });
  await installDependencies(root);
  expect(npmCalls()).toHaveLength(2);
});

test("a failing npm is shown with its output and one line, and is tried again next time", async () => {
  npmThat("echo E404 no such package >&2; exit 3");
  await expect(installDependencies(root)).rejects.toThrow(
    new SetupError("`npm ci` failed (exit 3); its output is above. It needs the package registry that npm is set up for."),
  );
  expect(vi.mocked(process.stderr.write).mock.calls.flat().join("")).toContain("E404 no such package");
  await expect(installDependencies(root)).rejects.toThrow(SetupError);
  expect(npmCalls()).toHaveLength(2);
});

test("an npm that does not run install scripts leaves no Node, and the message says so", async () => {
  npmThat("mkdir -p node_modules/.bin");
  await expect(installDependencies(root)).rejects.toThrow(/Node 24\.21\.0.* does not run .*npm rebuild node --ignore-scripts=false/);
});

test("another Node in its place is no success", async () => {
  npmThat("mkdir -p node_modules/.bin && printf '#!/bin/sh\\necho v20.1.0\\n' > node_modules/.bin/node && chmod +x node_modules/.bin/node");
  await expect(installDependencies(root)).rejects.toThrow("is v20.1.0");
});

test("npm runs on the machine's own Node, not on the one that it is about to replace", async () => {
  vi.stubEnv("PATH", `${join(root, "node_modules/.bin")}:${process.env["PATH"]}`);
  npmThat(
    `case "$PATH" in *${root}/node_modules*) exit 9;; esac; mkdir -p node_modules/.bin && printf '#!/bin/sh\\necho v${PINNED}\\n' > node_modules/.bin/node && chmod +x node_modules/.bin/node`,
  );
  await installDependencies(root);
  expect(npmCalls()).toHaveLength(1);
});

test("somebody who stops it stops npm as well, and the next command installs", async () => {
  npmThat("sleep 20 & sleeper=$!; trap 'kill $sleeper; echo stopped >> npm.log; exit 1' TERM; echo started >> npm.log; wait $sleeper");
  const { child, exit } = installInOwnProcess();
  const log = (): string => (existsSync(join(root, "npm.log")) ? readFileSync(join(root, "npm.log"), "utf8") : "");
  await expect.poll(log, { timeout: 5_000 }).toBe("started\n");
  child.kill("SIGTERM");
  expect(await exit).not.toBe(0);
  expect(log()).toBe("started\nstopped\n");
  npmThat(`mkdir -p node_modules/.bin && printf '#!/bin/sh\\necho v${PINNED}\\n' > node_modules/.bin/node && chmod +x node_modules/.bin/node`);
  await installDependencies(root);
  expect(npmCalls()).toHaveLength(2);
});

test("of several commands that start at once one installs and the others wait for it", async () => {
  npmThat(`sleep 0.5; mkdir -p node_modules/.bin && printf '#!/bin/sh\\necho v${PINNED}\\n' > node_modules/.bin/node && chmod +x node_modules/.bin/node`);
  // Left behind by a process that was killed: the highest pid that Linux gives is below this.
  mkdirSync(join(root, ".tidemark"));
  writeFileSync(join(root, ".tidemark/setup.lock"), "99999999");
  const exits = await Promise.all(Array.from({ length: 4 }, () => installInOwnProcess().exit));
  expect(exits).toEqual([0, 0, 0, 0]);
  expect(npmCalls()).toHaveLength(1);
});

/** Each call leaves a line in calls.log before the body runs. */
function npmThat(body: string): void {
  mkdirSync(join(root, "bin"), { recursive: true });
  writeFileSync(join(root, "bin/npm"), `#!/bin/sh\necho "$@" >> ${root}/calls.log\n${body}\n`, { mode: 0o755 });
}

function npmCalls(): string[] {
  return readFileSync(join(root, "calls.log"), "utf8").trim().split("\n");
}

function installInOwnProcess(): { child: ChildProcess; exit: Promise<number | null> } {
  const program = `import { installDependencies } from ${JSON.stringify(INSTALL)}; await installDependencies(${JSON.stringify(root)});`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "ignore" });
  return { child, exit: new Promise((done) => child.once("exit", done)) };
}
