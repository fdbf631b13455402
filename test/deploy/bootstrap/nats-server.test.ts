// Where the server's binary is looked for, in which order, and what happens on machines that have none: with Debian's tools
// (played by scripts here; `.ci/run` on a new machine uses the real ones) and without.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { natsServer } from "../../../deploy/bootstrap/nats-server.mjs";

/** The machine that runs this test may have a server of its own. */
const NOWHERE_ELSE: string[] = [];

let root = "";

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tidemark-server-"));
  vi.stubEnv("TIDEMARK_NATS_SERVER", "");
  vi.stubEnv("PATH", join(root, "bin"));
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

test("the one that is named is taken as it is", async () => {
  vi.stubEnv("TIDEMARK_NATS_SERVER", "/opt/nats-server");
  expect(await natsServer(root, NOWHERE_ELSE)).toBe("/opt/nats-server");
});

test("one on PATH comes before one fetched earlier", async () => {
  script("bin/nats-server", "echo nats-server: v2.12.1");
  script(".tidemark/bin/nats-server", "echo nats-server: v2.9.10");
  expect(await natsServer(root, NOWHERE_ELSE)).toBe(join(root, "bin/nats-server"));
});

test("one where only root's PATH looks is found as well", async () => {
  script("sbin/nats-server", "echo nats-server: v2.9.10");
  expect(await natsServer(root, [join(root, "sbin")])).toBe(join(root, "sbin/nats-server"));
});

test("one that is too old is passed over", async () => {
  script("bin/nats-server", "echo nats-server: v2.2.0");
  script(".tidemark/bin/nats-server", "echo nats-server: v2.9.10");
  expect(await natsServer(root, NOWHERE_ELSE)).toBe(join(root, ".tidemark/bin/nats-server"));
});

test("without a server and without Debian's tools the message says what to install", async () => {
  await expect(natsServer(root, NOWHERE_ELSE)).rejects.toThrow(/No nats-server was found on PATH\. Install nats-server 2\.9 or newer .*NATS_URL/);
});

test("Debian's package is fetched once, without touching the system's lists", async () => {
  debianTools();
  expect(await natsServer(root, NOWHERE_ELSE)).toBe(join(root, ".tidemark/bin/nats-server"));
  expect(await natsServer(root, NOWHERE_ELSE)).toBe(join(root, ".tidemark/bin/nats-server"));
  const calls = readFileSync(join(root, "apt.log"), "utf8").trim().split("\n");
  expect(calls.map((call) => call.split(" ").slice(-2).join(" "))).toEqual([expect.stringMatching(/update$/), "download nats-server"]);
  for (const call of calls) for (const setting of ["Dir::State", "Dir::State::Lists", "Dir::Cache"]) expect(call).toContain(`${setting}=${root}/.tidemark/apt`);
});

test("one broken package source does not matter, as long as the package comes", async () => {
  debianTools({ update: "exit 100" });
  expect(await natsServer(root, NOWHERE_ELSE)).toBe(join(root, ".tidemark/bin/nats-server"));
});

test("a download that fails says why and what to do instead", async () => {
  debianTools({ download: "echo 'E: Unable to locate package nats-server' >&2; exit 100" });
  await expect(natsServer(root, NOWHERE_ELSE)).rejects.toThrow(/Unable to locate package nats-server.*Install nats-server/);
  expect(existsSync(join(root, ".tidemark/bin/nats-server"))).toBe(false);
});

/** The tools find sh's own commands by absolute PATH, since PATH holds only what a test puts there. */
function debianTools({ update = "exit 0", download = ": > nats-server_2.9.10_amd64.deb" } = {}): void {
  script("bin/apt-get", `echo "$@" >> ${root}/apt.log\nfor last in "$@"; do :; done\nif [ "$last" = update ]; then ${update}; else ${download}; fi`);
  script(
    "bin/dpkg",
    `mkdir -p "$3/usr/sbin" && printf '#!/bin/sh\\necho nats-server: v2.9.10\\n' > "$3/usr/sbin/nats-server" && chmod +x "$3/usr/sbin/nats-server"`,
  );
}

function script(path: string, body: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`);
  chmodSync(file, 0o755);
}
