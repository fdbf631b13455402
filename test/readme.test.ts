// Documentation runs: what README.md and docs/ show is executed, and what they name must exist. The example at the top of the
// README is replayed and must give the trigger that is printed there; packs load, JSON parses, scripts run against a broker,
// commands have the options that are shown; links lead somewhere; paths are served; metrics,
// error codes and configuration keys are real.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configKeys } from "../src/app/config.ts";
import { runExamples } from "../src/app/examples/run-examples.ts";
import { loadMapping } from "../src/edge/load-mapping.ts";
import { privacyFront } from "../src/http/privacy.ts";
import { startHttp } from "../src/http/server.ts";
import { METRICS, Metrics } from "../src/metrics/metrics.ts";
import { ERRORS } from "../src/model/errors.ts";
import { DEAD_REASONS } from "../src/model/output.ts";
import type { Privacy } from "../src/model/privacy.ts";
import { connectBroker } from "../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../src/nats/jetstream-log.ts";
import { ensureOutputStream } from "../src/nats/jetstream-output.ts";
import { adoptPack } from "../src/packs/adopt/adopt.ts";
import { loadExamples } from "../src/packs/examples/examples.ts";
import { loadPack } from "../src/packs/load/load.ts";
import { lines, run } from "./cli/command-line.ts";
import { fakeEngine } from "./http/fake-engine.ts";
import { useNatsServer } from "./support/nats-server.ts";
import { packFrom } from "./support/pack.ts";

const ROOT = resolve(import.meta.dirname, "..");
const PAGES = [
  ...["README.md", "ARCHITECTURE.md", "CHANGELOG.md"],
  ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`),
  ...["bench/README.md", "deploy/README.md", "rules/README.md"],
].filter((path) => path.endsWith(".md"));
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

interface Block {
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

const BLOCKS: readonly Block[] = PAGES.flatMap(blocksOf);
const blocks = (...languages: string[]): readonly (readonly [string, string])[] =>
  BLOCKS.filter((block) => languages.includes(block.language)).map(({ place, text }) => [place, text]);

describe("the example of the README", () => {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-readme-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const [[, pack = ""] = []] = inReadme("yaml");
  const [[, events = ""] = []] = inReadme("ndjson");
  const [[, shown = ""] = [], [, later = ""] = []] = inReadme("json");

  test("gives the triggers that are shown, by the command that is shown", async () => {
    writeFileSync(join(folder, "saas-trial.yaml"), pack);
    writeFileSync(join(folder, "events.ndjson"), events);
    const command = commandsOf("README.md").find((words) => words[0] === "replay" && words.length > 2) ?? [];
    const ended = await run("", { more: command.map((word) => (/\.(yaml|ndjson)$/.test(word) ? join(folder, word) : word)) });
    expect(ended.err).toBe("");
    const [first, ...rest] = lines(readFileSync(join(folder, "triggers.ndjson"), "utf8")).map((line) => JSON.parse(line));
    expect(first).toEqual(JSON.parse(shown));
    expect(rest).toMatchObject(JSON.parse(later));
  });

  test("what `check` prints of a shipped pack is what it prints", async () => {
    const { out } = await run(`check ${join(ROOT, "rules/b2b-funnel.yaml")}`);
    expect(read("README.md")).toContain(out.replace(`${ROOT}/`, "").trim());
  });

  test("the examples print what is shown", async () => {
    const { out } = await run(`test ${join(ROOT, "rules/b2b-funnel.yaml")} --threshold 100`);
    expect(read("README.md")).toContain(out.replaceAll(`${ROOT}/`, "").trim());
  });
});

describe("blocks", () => {
  test.each(blocks("yaml"))(
    "%s is a pack or a mapping that loads, examples of one that ships, a configuration with real keys, or an alert that is there",
    (_, text) => {
      if (/^- alert:/m.test(text)) expect(alertsOf(read("deploy/prometheus/alerts.yml"))).toMatchObject(alertsOf(text));
      else if (/^examples:/m.test(text)) expect(problemsOfExamples(text)).toEqual([]);
      else if (/^use:/m.test(text)) expect(adoptPack(text, "page", loadPack)).toMatchObject({ ok: true });
      else if (/^mapping:/m.test(text)) expect(loadMapping(text, "page")).toMatchObject({ ok: true });
      else if (/^pack:/m.test(text)) expect(packFrom(text).name).not.toBe("");
      else expect(leavesOf(parse(text)).filter((key) => !KEYS.has(key))).toEqual([]);
    },
  );

  test.each(blocks("json"))("%s is JSON", (_, text) => expect(() => JSON.parse(text)).not.toThrow());

  test.each(blocks("ndjson"))("%s is JSON, line by line", (_, text) => {
    for (const line of lines(text)) expect(() => JSON.parse(line), line).not.toThrow();
  });
});

describe("scripts, on a broker", () => {
  const server = useNatsServer();
  const scripts = blocks("js").map(([, text]) => text);

  test("an event is published where the log takes it, and a trigger is received", async () => {
    const broker = await connectBroker({ url: server().url, name: "readme" });
    await ensureLogStream(broker, "0", { publicAlias: true });
    await ensureOutputStream(broker, "0");
    const [publishing = "", receiving = ""] = scripts;
    await runScript(publishing, server().url).ended;
    const stored = await new JetStreamLog(broker, "0").lastOn("tidemark.events.web");
    expect(JSON.parse(Buffer.from(stored?.data ?? []).toString())).toMatchObject({ type: "page", userId: "c_42" });

    const trigger = { id: "0-5-17-1", subject: "c_42", data: { trigger: "call", because: { checks: [] } } };
    await broker.js.publish("tidemark.triggers.crm.saas-trial.call.0", JSON.stringify(trigger));
    const script = runScript(receiving, server().url);
    await expect.poll(script.out, { timeout: 10_000 }).toContain("0-5-17-1 c_42 call");
    script.kill();
    await broker.close();
    expect(scripts.length).toBe(2);
  });
});

/** Alerting rules by name: of a page's block, or of a file with groups. */
function alertsOf(text: string): Record<string, unknown> {
  const found = parse(text);
  const rules = Array.isArray(found) ? found : found.groups.flatMap(({ rules }: { rules: unknown[] }) => rules);
  return Object.fromEntries(rules.map((rule: { alert: string }) => [rule.alert, rule]));
}

function problemsOfExamples(text: string): unknown {
  const loaded = loadPack(read(`rules/${/^pack: (\S+)/m.exec(text)?.[1]}.yaml`), "pack");
  if (!loaded.ok) return loaded.problems;
  const examples = loadExamples(text, "page", loaded.pack);
  return examples.ok ? runExamples(loaded.pack, examples.examples).examples.flatMap(({ failures }) => failures) : examples.problems;
}

const COMMANDS = PAGES.flatMap((page) => commandsOf(page).map((words) => [words.join(" "), words] as const));

describe("commands", () => {
  test.each(COMMANDS)("tidemark %s", async (_, words) => {
    const verb = words.slice(0, words[0] === "log" || words[0] === "dead" ? 2 : 1);
    const { out } = await run("", { more: [...verb, "--help"] });
    expect(out).toContain(`Usage: tidemark ${verb.join(" ")} `);
    const known = new Set(out.match(/--[a-z-]+/g));
    expect(words.map((word) => /^--[a-z-]+/.exec(word)?.[0]).filter((flag) => flag !== undefined && !known.has(flag))).toEqual([]);
  });

  test("npm scripts that are shown exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = PAGES.flatMap((page) => [...read(page).matchAll(/\bnpm run (?:-s )?([a-z]+)/g)].map((match) => match[1] as string));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

const KEYS: ReadonlySet<string> = new Set(configKeys().map(({ name }) => name));

describe.each(PAGES)("%s", (page) => {
  const text = read(page);

  test("links lead somewhere", () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string).filter((target) => !/^[a-z]+:/.test(target));
    expect(targets.filter((target) => !leads(page, target))).toEqual([]);
  });

  test("files that are named exist", () => {
    const named = [...text.matchAll(/`((?:src|test|rules|docs|bench|deploy)\/[\w./-]+)`/g)].map((match) => match[1] as string);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test("metrics exist", () => {
    const names: ReadonlySet<string> = new Set(METRICS.map(({ name }) => name));
    const named = [...text.matchAll(/\btidemark_[a-z_]+[a-z]/g)].map(([name]) => name);
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });

  test("error codes and variables exist", () => {
    const known = new Set([...Object.keys(ERRORS), ...configKeys().map(({ env }) => env), "INIT_CWD"]);
    const named = [...text.matchAll(/(?<![\w$])[A-Z]{2,}_[A-Z][A-Z_]*[A-Z](?!\w)/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name) && !/^TIDEMARK_(LOG|OUT|DEAD)$/.test(name))).toEqual([]);
  });

  test("configuration keys exist", () => {
    const groups = new Set([...KEYS].filter((key) => key.includes(".")).map((key) => key.split(".")[0]));
    const named = [...text.matchAll(/`([a-z]+)\.([a-z_]+)(?:=[^`]*)?`/g)].filter(([, group]) => groups.has(group as string));
    expect(named.map(([, group, key]) => `${group}.${key}`).filter((key) => !KEYS.has(key))).toEqual([]);
  });
});

test("paths are served", async () => {
  const metrics = new Metrics({ processMetrics: false });
  const nobody: Privacy = { forget: () => Promise.reject(new Error("nothing is deleted here")), status: async () => undefined, export: async () => undefined };
  const fronts = [privacyFront(nobody, metrics, { adminToken: "", local: true, timeoutMs: 5000 })];
  const http = await startHttp(fakeEngine(), metrics, { host: "127.0.0.1", port: 0, timeoutMs: 5000, connections: 1024, fronts });
  const paths = new Set(PAGES.flatMap((page) => [...read(page).matchAll(/`GET (\/[^`\s]*)`/g)].map((match) => match[1] as string)));
  for (const query of PAGES.flatMap((page) => read(page).match(/(?<=`)\?(?:kind|why)=\w+/g) ?? [])) paths.add(`/v1/contacts/{id}${query}`);
  const unserved: string[] = [];
  for (const path of paths) if (/"code":"(no_such_path|bad_)/.test(await (await fetch(http.url + path.replace("{id}", "c_42"))).text())) unserved.push(path);
  await http.stop(1000);
  expect(paths.size).toBeGreaterThan(4);
  expect(unserved).toEqual([]);
});

test("the reasons of dead letters are all told", () => {
  const told = [...read("docs/feeding.md").matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1]);
  expect(told).toEqual([...DEAD_REASONS]);
});

function blocksOf(page: string): Block[] {
  const found: Block[] = [];
  for (const match of read(page).matchAll(/^```([a-z]*)\n([\s\S]*?)^```$/gm)) {
    const line = read(page).slice(0, match.index).split("\n").length;
    found.push({ place: `${page}:${line}`, language: match[1] as string, text: match[2] as string });
  }
  return found;
}

function inReadme(language: string): readonly (readonly [string, string])[] {
  return blocks(language).filter(([place]) => place.startsWith("README.md:"));
}

/** Command lines of `tidemark`, as words, from shell blocks and from code in running text; without the words of other programs. */
function commandsOf(page: string): string[][] {
  const shell = blocksOf(page)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.split("\n"));
  const inline = [...read(page).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] as string);
  return [...shell, ...inline].flatMap((line) => {
    const match = /(?:^|\| )(?:npm run (?:-s )?tidemark --|tidemark) ([^|>#]+)/.exec(line);
    const words = match?.[1]?.trim().split(/\s+/) ?? [];
    return words.length === 0 || (words[0] ?? "").startsWith("<") ? [] : [words];
  });
}

function leads(page: string, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || headingsOf(file).includes(anchor);
}

/** As forges make anchors of headings. */
function headingsOf(file: string): string[] {
  const headings = [...read(file).matchAll(/^#+ (.+)$/gm)].map((match) => match[1] as string);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function leavesOf(value: unknown, prefix = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [prefix.slice(0, -1)];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${prefix}${key}.`));
}

interface Script {
  readonly ended: Promise<void>;
  readonly out: () => string;
  readonly kill: () => void;
}

/** In the root of the project, so that its packages are found. */
function runScript(text: string, url: string): Script {
  const child = spawn(process.execPath, ["--input-type=module", "-e", text], { cwd: ROOT, env: { ...process.env, NATS_URL: url } });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (out += String(chunk)));
  const ended = new Promise<void>((settled, failed) => {
    child.once("close", (code, signal) => (code === 0 || signal !== null ? settled() : failed(new Error(`the script ended with ${code}: ${out}`))));
  });
  return { ended, out: () => out, kill: () => void child.kill() };
}
