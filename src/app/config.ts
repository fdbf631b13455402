// The configuration: one schema says of every key its type, default, name in the environment and meaning, and everything
// else (validation, `tidemark config`, docs/configuration.md, --help) is made from it. Flags beat the environment, which
// beats the file. It is validated once, frozen, and handed on; nothing below reads it from anywhere else, and process.env
// is read in this file only. What can change a result is not decided here but in the log's settings (model/settings.ts):
// their keys stand here too, because somebody has to say them once, when a shard is begun.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { z } from "zod";
import { TidemarkError } from "../model/errors.ts";
import { type SettingsInput, settingsSchema } from "../model/settings.ts";
import { didYouMean, nearest } from "../packs/nearest.ts";
import { edgeSchema } from "./config-edge.ts";

const settings = settingsSchema.shape;
const ADDRESS = /^(off|(?<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+):(?<port>\d{1,5}))$/i;
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

export const configSchema = z.strictObject({
  nats: z
    .strictObject({
      url: z
        .string()
        .min(1)
        .default("nats://127.0.0.1:4222")
        .meta({ env: "NATS_URL", secret: true, description: "the broker; several servers are separated by commas" }),
      creds: z.string().default("").meta({ env: "NATS_CREDS", secret: true, description: "file with the credentials (`.creds`) for the broker" }),
      server: z.string().default("").describe("nats-server for the demo to start; empty: the one on PATH"),
    })
    .prefault({}),
  shard: settings.shard.meta({ range: "1 to 32 letters, digits, `_` or `-`", description: "name of the shard: its log, its output stream, its checkpoints" }),
  clock: settings.clock,
  packs: z
    .array(z.string().min(1))
    .default(["rules/b2b-funnel.yaml", "rules/ecommerce-rfm.yaml"])
    .describe("rule packs: files, or patterns with `*`; `*.examples.yaml` and `policy.yaml` are skipped by patterns"),
  policy: z.string().default("").describe("policy file for all packs, such as rules/policy.yaml; empty: what is live in the log stays, and a new log has none"),
  state: z.string().min(1).default(".tidemark/state").describe("folder of the checkpoints"),
  workers: z
    .int()
    .min(1)
    .max(64)
    .default(() => Math.min(64, Math.max(1, availableParallelism() - 1)))
    .meta({ description: "threads that own the contacts; changes no result", defaultText: "processors less one, at least 1" }),
  http: z
    .strictObject({
      address: z
        .string()
        .refine((text) => Number(ADDRESS.exec(text)?.groups?.port ?? (text.toLowerCase() === "off" ? 0 : Number.NaN)) <= 65_535)
        .default("127.0.0.1:8080")
        .meta({ range: "host:port, or off", description: "where contacts, stages, probes and metrics are served; `off` for nowhere, port 0 for any free one" }),
      timeout_ms: z.int().min(100).max(600_000).default(5000).describe("a request that takes longer is answered with 503 or cut off"),
      connections: z.int().min(1).max(65_536).default(1024).describe("connections that are open at once, at most; one more is closed as it comes"),
      admin_token: z.string().default("").meta({
        secret: true,
        description:
          "what may forget contacts and export them, as `Authorization: Bearer`; empty: whoever can reach http.address, if only this machine can, else nobody",
      }),
    })
    .prefault({}),
  edge: edgeSchema,
  batch: z
    .strictObject({
      events: z.int().min(1).max(1_000_000).default(5000).describe("a batch goes to the workers when it holds this many events"),
    })
    .prefault({}),
  checkpoint: z
    .strictObject({ every_s: z.int().min(1).max(86_400).default(30).describe("a checkpoint is taken this often, and when the engine stops") })
    .prefault({}),
  outbox: z.strictObject({ window: z.int().min(1).max(65_536).default(1000).describe("effects published and not yet acknowledged, at most") }).prefault({}),
  stop: z
    .strictObject({
      deadline_s: z.int().min(1).max(600).default(20).describe("a clean stop that takes longer is cut short; the log then repeats what was not acknowledged"),
    })
    .prefault({}),
  time: settings.time
    .unwrap()
    .extend({
      max_lead_ms: z.int().min(1000).default(600_000).describe("a message stamped further ahead of this machine's clock stops the engine before it is applied"),
    })
    .prefault({}),
  timers: settings.timers,
  duplicates: settings.duplicates,
  forgotten: settings.forgotten,
  limits: settings.limits,
  identity: settings.identity
    .unwrap()
    .extend({
      ties: settings.identity
        .unwrap()
        .shape.ties.unwrap()
        .default("all")
        .describe(settings.identity.unwrap().shape.ties.description ?? ""),
    })
    .prefault({}),
  records: z
    .strictObject({
      unwritten: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(1000)
        .describe("records between partitions that the log does not hold yet; with more of them reading waits until they are written"),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(LOG_LEVELS).default("info").describe("the least important log line that is written"),
      format: z.enum(["auto", "json", "plain"]).default("auto").describe("log lines on stderr: `auto` is plain on a terminal and JSON elsewhere"),
    })
    .prefault({}),
  failpoint: z
    .string()
    .default("")
    .describe("for tests of recovery: die by SIGKILL at a named moment, e.g. `fsync.before:3` at its third time; with `:stop` behind that, stand still"),
  debug: z.boolean().default(false).describe("an unexpected error prints its stack"),
});

type Frozen<T> = T extends readonly (infer Item)[] ? readonly Frozen<Item>[] : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** As in the file: durations in the unit their name ends with (`_ms`, `_s`). Deeply frozen. */
export type Config = Frozen<z.infer<typeof configSchema>>;
export type ConfigValue = string | number | boolean | readonly string[];
export type ConfigSource = "default" | "file" | "environment" | "flag";
export type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadedConfig {
  readonly config: Config;
  /** Where each key's value came from, by its dotted name. */
  readonly sources: ReadonlyMap<string, ConfigSource>;
  /** Lines for a person: things that look like mistakes and are not refused. */
  readonly warnings: readonly string[];
}

export interface ConfigOptions {
  /** The file named with --config. */
  readonly file?: string | undefined;
  /** Flags by dotted key, as texts or values; undefined is not given. `label` is how the user wrote it. */
  readonly flags?: readonly { readonly key: string; readonly value: ConfigValue; readonly label: string }[];
  readonly env?: Environment;
}

/** Reads, merges and validates. Throws CONFIG_INVALID or FILE_UNREADABLE, saying where each mistake stands. */
export function loadConfig(options: ConfigOptions = {}): LoadedConfig {
  const env = options.env ?? process.env;
  const given: Given[] = [];
  if (options.file !== undefined) given.push(...fromFile(options.file));
  given.push(...fromEnvironment(env), ...fromFlags(options.flags ?? []));
  const winners = new Map(given.map((one) => [one.key.name, one]));
  const parsed = configSchema.safeParse(nest(winners));
  if (!parsed.success) throw invalid(parsed.error.issues.map((issue) => describeIssue(issue, winners)));
  const sources = new Map(configKeys().map((key): [string, ConfigSource] => [key.name, winners.get(key.name)?.source ?? "default"]));
  return { config: deepFreeze(parsed.data), sources, warnings: suspects(env) };
}

/** One key of the configuration, as the schema tells it. */
export interface ConfigKey {
  /** Dotted, as in `http.address`. */
  readonly name: string;
  readonly env: string;
  readonly kind: "text" | "whole number" | "true or false" | "list";
  /** What may be given: `1 to 64`, `stored or event`; "" where anything of the kind goes. */
  readonly range: string;
  /** As a person reads it. */
  readonly default: string;
  readonly help: string;
  readonly secret: boolean;
  /** Stands in the log's `settings`: says how a new shard begins; cannot change afterwards. */
  readonly inLog: boolean;
}

/** All keys in the order of the schema. */
export function configKeys(): readonly ConfigKey[] {
  keys ??= leaves(z.toJSONSchema(configSchema, { io: "input" }) as JsonSchema, []);
  return keys;
}

/** The value of a key, by its dotted name. */
export function configValue(config: Config, name: string): ConfigValue {
  return name.split(".").reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], config) as ConfigValue;
}

/** The value as it may be shown: user names, passwords and tokens are replaced by `***`. */
export function shownValue(config: Config, key: ConfigKey): ConfigValue {
  const value = configValue(config, key.name);
  if (!key.secret) return value;
  if (WHOLE_SECRET.test(key.name)) return value === "" ? "" : "***";
  return typeof value === "object" ? value.map(() => "***") : typeof value === "string" ? maskSecrets(value) : value;
}

/** Of others a part may be shown: the address of a broker, the name of a file. */
const WHOLE_SECRET = /_token$/;

/** Hides what stands before the `@` of a URL, and credentials that were given as text instead of as a file name. */
export function maskSecrets(text: string): string {
  if (text.includes("-----BEGIN") || text.includes("\n")) return "***";
  return text
    .split(",")
    .map((url) => url.replace(/^(\s*[a-z]+:\/\/)?.*@/i, "$1***@"))
    .join(",");
}

/** The first record of a new log, as this configuration would write it. `created` is ISO 8601. */
export function settingsOf(config: Config, created: string): SettingsInput {
  const { max_lead_ms: _, ...time } = config.time;
  return {
    shard: config.shard,
    created,
    clock: config.clock,
    time,
    timers: config.timers,
    duplicates: config.duplicates,
    forgotten: config.forgotten,
    limits: config.limits,
    identity: config.identity,
  };
}

/** undefined when HTTP is switched off. */
export function httpAddress(config: Config): { readonly host: string; readonly port: number } | undefined {
  const parts = ADDRESS.exec(config.http.address)?.groups;
  if (parts?.host === undefined) return undefined;
  return { host: parts.host.replace(/^\[|\]$/g, ""), port: Number(parts.port) };
}

/** For the last catch in main.ts, which must work when the configuration itself cannot be read. */
export const debugWanted = (env: Environment = process.env): boolean => readBoolean(env.TIDEMARK_DEBUG ?? "") === true;

// ---- one value that somebody gave, and where

interface Given {
  readonly key: ConfigKey;
  readonly value: unknown;
  readonly source: ConfigSource;
  /** `tidemark.yaml:3`, `TIDEMARK_WORKERS`, `--workers`. */
  readonly where: string;
}

function fromFile(file: string): Given[] {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false });
  const where = (node: unknown): string => {
    const start = (node as Node | undefined)?.range?.[0];
    return start === undefined ? file : `${file}:${lines.linePos(start).line}`;
  };
  if (document.errors.length > 0) throw invalid(document.errors.map((error) => `${file}:${lines.linePos(error.pos[0]).line}: ${error.message}`));
  const given: Given[] = [];
  const problems: string[] = [];
  const visit = (node: unknown, path: readonly string[], at: unknown): void => {
    const name = path.join(".");
    const key = keyNamed(name);
    if (key !== undefined) given.push({ key, value: fileValue(key, node), source: "file", where: where(at) });
    else if (path.length > 0 && !isGroup(name)) problems.push(`${where(at)}: unknown key "${name}"${suggestion(name, namesAt(path.length))}`);
    else if (isMap(node)) for (const pair of node.items) visit(pair.value, [...path, String(isScalar(pair.key) ? pair.key.value : pair.key)], pair.key);
    else if (node !== null && !(isScalar(node) && node.value === null))
      problems.push(`${where(at ?? node)}: ${name === "" ? "the file" : `"${name}"`} must hold keys and values`);
  };
  visit(document.contents, [], undefined);
  if (problems.length > 0) throw invalid(problems);
  return given;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new TidemarkError("FILE_UNREADABLE", `the configuration ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

/** `shard: 0` and `packs: a.yaml` mean what they look like, though YAML reads a number and one text. */
function fileValue(key: ConfigKey, node: unknown): unknown {
  if (!isScalar(node)) return (node as { toJSON?: () => unknown } | null)?.toJSON?.() ?? null;
  if (key.kind === "list" && typeof node.value === "string") return [node.value];
  return key.kind === "text" && typeof node.value === "number" ? (node.source ?? String(node.value)) : node.value;
}

function fromEnvironment(env: Environment): Given[] {
  return configKeys().flatMap((key) => {
    const text = env[key.env];
    return text === undefined || text === "" ? [] : [{ key, value: readValue(key, text), source: "environment" as const, where: key.env }];
  });
}

function fromFlags(flags: NonNullable<ConfigOptions["flags"]>): Given[] {
  return flags.map(({ key: name, value, label }) => {
    const key = keyNamed(name);
    if (key === undefined)
      throw invalid([
        `${label}: unknown key "${name}"${suggestion(
          name,
          configKeys().map((one) => one.name),
        )}`,
      ]);
    return { key, value: typeof value === "string" ? readValue(key, value) : value, source: "flag" as const, where: label };
  });
}

/** A text of the environment or the command line, as the key's kind; texts that do not fit are left for the schema to refuse. */
function readValue(key: ConfigKey, text: string): unknown {
  if (key.kind === "list")
    return text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  if (key.kind === "whole number") return /^[+-]?\d+$/.test(text.trim()) ? Number(text) : text;
  if (key.kind === "true or false") return readBoolean(text) ?? text;
  return text;
}

function readBoolean(text: string): boolean | undefined {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  return /^(0|false|no|off)$/i.test(text) ? false : undefined;
}

/**
 * A slip in the name of a variable is told, not refused: Kubernetes sets TIDEMARK_SERVICE_HOST and its like by itself for
 * a service of our name.
 */
function suspects(env: Environment): string[] {
  const known = new Set(configKeys().map((key) => key.env));
  return Object.keys(env)
    .filter((name) => name.startsWith("TIDEMARK_") && !known.has(name))
    .flatMap((name) => {
      const near = nearest(
        name.slice("TIDEMARK_".length),
        [...known].map((one) => one.replace("TIDEMARK_", "")),
      );
      return near === null ? [] : [`${name} is not a key and is ignored; did you mean "TIDEMARK_${near}"?`];
    });
}

// ---- from the schema to keys, and from keys to one object

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly defaultText?: string;
  readonly range?: string;
  readonly description?: string;
  readonly env?: string;
  readonly secret?: boolean;
}

let keys: readonly ConfigKey[] | undefined;

function leaves(schema: JsonSchema, path: readonly string[]): ConfigKey[] {
  if (schema.properties !== undefined) return Object.entries(schema.properties).flatMap(([name, inner]) => leaves(inner, [...path, name]));
  const name = path.join(".");
  return [
    {
      name,
      env: schema.env ?? `TIDEMARK_${path.join("_").toUpperCase()}`,
      kind: kindOf(schema),
      range: rangeOf(schema),
      default: schema.defaultText ?? defaultText(schema.default),
      help: schema.description ?? "",
      secret: schema.secret === true,
      inLog: isSetting(path),
    },
  ];
}

function kindOf(schema: JsonSchema): ConfigKey["kind"] {
  if (schema.type === "integer") return "whole number";
  if (schema.type === "boolean") return "true or false";
  return schema.type === "array" ? "list" : "text";
}

function rangeOf(schema: JsonSchema): string {
  if (schema.range !== undefined) return schema.range;
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  if (schema.type !== "integer") return "";
  const unbounded = schema.maximum === undefined || schema.maximum === Number.MAX_SAFE_INTEGER;
  return unbounded ? `from ${schema.minimum}` : `${schema.minimum} to ${schema.maximum}`;
}

const defaultText = (value: unknown): string => (Array.isArray(value) ? value.join(", ") : String(value)) || "(empty)";

function isSetting([first, second]: readonly string[]): boolean {
  if (first === "time") return second !== "max_lead_ms";
  return first !== undefined && Object.hasOwn(settings, first);
}

function suggestion(name: string, known: Iterable<string>): string {
  const near = didYouMean(name, known);
  return near === null ? "" : `; ${near}`;
}

const keyNamed = (name: string): ConfigKey | undefined => configKeys().find((key) => key.name === name);
const isGroup = (name: string): boolean => configKeys().some((key) => key.name.startsWith(`${name}.`));

/** All names of `depth` parts: what may stand at that level of the file. */
const namesAt = (depth: number): Set<string> => new Set(configKeys().map((key) => key.name.split(".").slice(0, depth).join(".")));

function nest(winners: ReadonlyMap<string, Given>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, { value }] of winners) {
    const path = name.split(".");
    const last = path.pop() ?? name;
    let at = root;
    for (const part of path) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[last] = value;
  }
  return root;
}

function describeIssue(issue: z.core.$ZodIssue, winners: ReadonlyMap<string, Given>): string {
  const name = configKeys().find((key) => issue.path.join(".").startsWith(key.name))?.name ?? issue.path.join(".");
  const given = winners.get(name);
  const key = keyNamed(name);
  const value = key?.secret === true ? "not usable" : JSON.stringify(given?.value);
  return `${given?.where ?? "configuration"}: ${name} is ${value}, it must be ${key === undefined ? issue.message : wantedOf(key)}`;
}

function wantedOf(key: ConfigKey): string {
  if (key.range === "") return key.kind === "text" ? "a text that is not empty" : key.kind === "list" ? "a list of texts" : key.kind;
  return key.kind === "text" ? key.range : `a ${key.kind}, ${key.range}`;
}

const invalid = (problems: readonly string[]): TidemarkError => new TidemarkError("CONFIG_INVALID", problems.join("; "));

function deepFreeze<T>(value: T): Frozen<T> {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value as Frozen<T>;
}
