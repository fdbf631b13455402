// What a shard's log begins with: its settings, its packs and its policy. A log that has none is given the configured ones; one that has is
// compared with them, because what the log says is what counts, and a difference is a mistake of whoever starts the engine.

import { TidemarkError } from "../model/errors.ts";
import { position } from "../model/ids.ts";
import { type Log, logSubjects } from "../model/log.ts";
import { type Settings, settingsSchema } from "../model/settings.ts";
import { zoneRules } from "../model/zone-table.ts";
import type { PackDefinition } from "../packs/definition.ts";
import { loadPack } from "../packs/load/load.ts";
import type { PolicyDefinition } from "../packs/policy-definition.ts";
import { type Config, settingsOf } from "./config.ts";

export const ENGINE_VERSION = "0.1.0";

/** The log's settings; written first where it has none. Throws SETTINGS_DIFFER, naming each difference. */
export async function settleSettings(log: Log, config: Config, createdMs: number): Promise<Settings> {
  const wanted = wholeSettings(config, createdMs);
  const record = await firstSettings(log, config.shard);
  if (record === undefined) {
    await log.append(logSubjects(config.shard).settings, Buffer.from(JSON.stringify({ type: "settings", ...wanted })));
    return wanted;
  }
  const differences = differencesFrom(record, wanted);
  if (differences.length > 0)
    throw new TidemarkError("SETTINGS_DIFFER", `The log of shard ${config.shard} was begun with other settings: ${differences.join("; ")}.`);
  return record.settings;
}

/** Whole settings from the configuration. `created` is when the log's stream was created, to the second. */
export function wholeSettings(config: Config, createdMs: number): Settings {
  return settingsSchema.parse({ engine: ENGINE_VERSION, zone_rules: zoneRules(), ...settingsOf(config, `${new Date(createdMs).toISOString().slice(0, 19)}Z`) });
}

/**
 * What to say where this Node knows other zone rules than the log was begun with; null where they are the same. It goes on all the same:
 * rules change a few times a year with Node itself, and only for zones whose law has changed do days and quiet hours move.
 */
export function otherZoneRules(settings: Settings): string | null {
  const here = zoneRules();
  if (settings.zone_rules === here || settings.zone_rules === "unknown") return null;
  return `the log was begun with time zone rules ${settings.zone_rules}, and Node ${process.version} has ${here}: where a zone's law has changed between them, days and quiet hours follow ${here} from here on`;
}

/** What a log was begun with. */
export interface LogSettings {
  readonly settings: Settings;
  /** Groups that its record does not have. */
  readonly sayNothingOf: readonly string[];
}

/** The log's settings, undefined where it has none. The first record counts; a later one, which a second start at the same moment may have written, changes nothing. */
export async function firstSettings(log: Log, shard: string): Promise<LogSettings | undefined> {
  const { settings: subject } = logSubjects(shard);
  const first = await log.at(position(1));
  const found = first?.subject === subject ? first : await log.lastOn(subject);
  if (found === undefined) return undefined;
  const { type: _, ...fields } = JSON.parse(Buffer.from(found.data).toString()) as Record<string, unknown>;
  return { settings: settingsSchema.parse(fields), sayNothingOf: NEW_GROUPS.filter((group) => fields[group] === undefined) };
}

/** Groups of settings that logs do not have that were begun before there were such: they mean there what they always did, whatever the configuration says. */
const NEW_GROUPS: readonly string[] = ["identity"];

/** What the configuration wants otherwise than the log has it, for a person; `run` refuses to start with such. */
export function differencesFrom({ settings, sayNothingOf }: LogSettings, wanted: Settings): string[] {
  const ours = flat(wanted);
  return [...flat(settings)]
    .filter(([key]) => !sayNothingOf.some((group) => key.startsWith(`${group}.`)))
    .filter(([key, value]) => key !== "engine" && key !== "created" && key !== "zone_rules" && ours.get(key) !== value)
    .map(([key, value]) => `${key} is ${value} in the log and ${ours.get(key)} in the configuration`);
}

function flat(value: object, prefix = ""): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === "object" && inner !== null) for (const [name, leaf] of flat(inner, `${prefix}${key}.`)) found.set(name, leaf);
    else found.set(prefix + key, inner);
  }
  return found;
}

/**
 * Of packs that nobody named, those that may be begun: all, unless the log has packs and none of these. A log that lives by packs of
 * its own must not get the ones that ship for good (a pack cannot be taken out again) because a start forgot to name any.
 */
export async function defaultPacks(log: Log, shard: string, packs: readonly PackDefinition[]): Promise<readonly PackDefinition[]> {
  const subjects = logSubjects(shard);
  if ((await log.lastOn(subjects.packAll)) === undefined) return packs;
  for (const { name } of packs) if ((await log.lastOn(subjects.pack(name))) !== undefined) return packs;
  return [];
}

/** Writes the packs that are not live as they are. Throws PACK_REFUSED where one cannot follow the live one. */
export async function settlePacks(log: Log, shard: string, packs: readonly PackDefinition[]): Promise<string[]> {
  const written: string[] = [];
  for (const pack of [...packs].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const live = await livePack(log, shard, pack.name);
    if (live?.hash === pack.hash) continue;
    if (live !== undefined) mayFollow(pack, live);
    await log.append(logSubjects(shard).pack(pack.name), Buffer.from(packRecord(pack)));
    written.push(pack.name);
  }
  return written;
}

export const packRecord = (pack: PackDefinition): string =>
  JSON.stringify({ type: "pack", pack: pack.name, version: pack.version, hash: pack.hash, text: pack.text });

/** Writes the policy if it is not live as it is; whether it did. */
export async function settlePolicy(log: Log, shard: string, policy: PolicyDefinition): Promise<boolean> {
  const subject = logSubjects(shard).policy;
  const record = await log.lastOn(subject);
  if (record !== undefined && (JSON.parse(Buffer.from(record.data).toString()) as { text?: unknown }).text === policy.text) return false;
  await log.append(subject, Buffer.from(policyRecord(policy)));
  return true;
}

export const policyRecord = (policy: PolicyDefinition): string => JSON.stringify({ type: "policy", policy: policy.name, hash: policy.hash, text: policy.text });

/** The pack of this name that runs; undefined where there is none, or none that this version can read. */
export async function livePack(log: Log, shard: string, name: string): Promise<PackDefinition | undefined> {
  const record = await log.lastOn(logSubjects(shard).pack(name));
  if (record === undefined) return undefined;
  const { text } = JSON.parse(Buffer.from(record.data).toString()) as { text: string };
  const loaded = loadPack(text, name);
  return loaded.ok ? loaded.pack : undefined;
}

function mayFollow(pack: PackDefinition, live: PackDefinition): void {
  if (pack.version <= live.version) {
    throw new TidemarkError("PACK_REFUSED", `Pack ${pack.name} has changed, but its version (${pack.version}) is not above the live one (${live.version}).`);
  }
  const gone = live.stages?.order.filter((stage) => !(pack.stages?.order.includes(stage) ?? false)) ?? [];
  if (gone.length > 0)
    throw new TidemarkError(
      "PACK_REFUSED",
      `Pack ${pack.name} version ${pack.version} no longer has the stage ${gone.join(", ")}, in which contacts may stand.`,
    );
}
