// Generations of a checkpoint as `inspect` reads them: it only looks, and may look while an engine writes. The engine removes
// a generation when two newer ones count, so all files of one are opened before the first is read: what is open can be read to
// its end, whatever happens to its name. Invariant: bytes are handed on only after every page of theirs was verified. What is
// in the bytes is not here (inspect/partition.ts, inspect/restore.ts).

import { type FileHandle, open, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { decodeManifest, type Manifest, type ManifestFile } from "../../flow/checkpoint-manifest.ts";
import { readPages } from "../../flow/checkpoint-pages.ts";
import { TidemarkError } from "../../model/errors.ts";
import { usage } from "../failure.ts";

const MANIFEST = "manifest.json";
/** A generation that is gone when we come to open it was replaced by a newer one: then we look again, this often. */
const ATTEMPTS = 5;

/** Where to look: a shard's state folder, and one generation where the user named one. */
export interface Place {
  readonly folder: string;
  readonly generation: number | undefined;
}

/** `unfinished`: being written or removed now, or cut short; a start takes no notice of it. */
export type Generation =
  | { readonly kind: "finished"; readonly generation: number; readonly manifest: Manifest }
  | { readonly kind: "unfinished"; readonly generation: number }
  | { readonly kind: "damaged"; readonly generation: number; readonly reason: string };

export type PartitionRead =
  | { readonly ok: true; readonly partition: number; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly partition: number; readonly reason: string };

/** What a path means: a shard's state folder, or one generation in it. Throws FILE_UNREADABLE and USAGE. */
export async function placeOf(path: string): Promise<Place> {
  const number = numberOf(basename(path));
  if (number !== undefined) {
    await namesIn(path);
    return { folder: dirname(path), generation: number };
  }
  const names = await namesIn(path);
  if (names.some((name) => numberOf(name) !== undefined)) return { folder: path, generation: undefined };
  const shards = await shardsIn(path, names);
  if (shards.length > 0)
    throw usage(`${path} holds the state of ${shards.length === 1 ? "shard" : "shards"} ${shards.join(", ")}: name ${join(path, shards[0] ?? "")}`);
  return { folder: path, generation: undefined };
}

/** The newest first; one that goes away meanwhile is left out. Throws FILE_UNREADABLE. */
export async function generationsOf({ folder, generation: wanted }: Place): Promise<readonly Generation[]> {
  const numbers = (await namesIn(folder)).flatMap((name) => numberOf(name) ?? []).sort((a, b) => b - a);
  const read = await Promise.all(numbers.filter((number) => wanted === undefined || number === wanted).map((number) => readGeneration(folder, number)));
  return read.filter((generation) => generation !== undefined);
}

/** Opens the generation that was named, else the newest finished one. Throws USAGE where there is none, STATE_DAMAGED where its manifest is. */
export async function openGeneration(place: Place): Promise<OpenGeneration> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = (await generationsOf(place)).find((generation) => generation.kind !== "unfinished");
    if (found === undefined) throw usage(`${place.folder} holds no finished checkpoint${place.generation === undefined ? "" : ` ${place.generation}`}`);
    if (found.kind === "damaged") throw damaged(place.folder, found.generation, found.reason);
    const opened = await OpenGeneration.open(place.folder, found.generation, found.manifest);
    if (opened !== undefined) return opened;
  }
  throw new TidemarkError("FILE_UNREADABLE", `${place.folder} changes faster than it can be read: every generation was replaced before it was open`);
}

export class OpenGeneration {
  readonly folder: string;
  readonly generation: number;
  readonly manifest: Manifest;
  readonly #handles: ReadonlyMap<string, FileHandle | string>;

  /** undefined where the engine has removed it. */
  static async open(folder: string, generation: number, manifest: Manifest): Promise<OpenGeneration | undefined> {
    const handles = new Map<string, FileHandle | string>();
    for (const { name } of manifest.files) handles.set(name, await openOrWhy(join(folder, nameOf(generation), name)));
    const opened = new OpenGeneration(folder, generation, manifest, handles);
    const missing = [...handles.values()].some((handle) => typeof handle === "string");
    if (!missing || (await isThere(join(folder, nameOf(generation), MANIFEST)))) return opened;
    await opened.close();
    return undefined;
  }

  private constructor(folder: string, generation: number, manifest: Manifest, handles: ReadonlyMap<string, FileHandle | string>) {
    this.folder = folder;
    this.generation = generation;
    this.manifest = manifest;
    this.#handles = handles;
  }

  /** Once for each partition. */
  async read(file: ManifestFile): Promise<PartitionRead> {
    const { partition, name } = file;
    const bad = (reason: string): PartitionRead => ({ ok: false, partition, reason: `${name}: ${reason}` });
    const handle = this.#handles.get(name);
    if (handle === undefined || typeof handle === "string") return bad(handle ?? "it is not open");
    try {
      const read = await readPages(await handle.readFile());
      if (!read.ok) return bad(read.reason);
      const belongs = read.checksum === file.checksum && read.header.partition === partition && read.header.position === this.manifest.log.position;
      return belongs ? { ok: true, partition, bytes: read.data } : bad("it is not the file that the manifest names");
    } catch (error) {
      return bad(codeOf(error));
    }
  }

  async close(): Promise<void> {
    for (const handle of this.#handles.values()) if (typeof handle !== "string") await handle.close();
  }
}

export const damaged = (folder: string, generation: number, reason: string): TidemarkError =>
  new TidemarkError("STATE_DAMAGED", `Generation ${generation} in ${folder} is damaged: ${reason}.`);

async function readGeneration(folder: string, generation: number): Promise<Generation | undefined> {
  try {
    const read = decodeManifest(await readFile(join(folder, nameOf(generation), MANIFEST)));
    return read.ok ? { kind: "finished", generation, manifest: read.manifest } : { kind: "damaged", generation, reason: read.reason };
  } catch (error) {
    if (codeOf(error) !== "ENOENT") return { kind: "damaged", generation, reason: `${MANIFEST} cannot be read (${codeOf(error)})` };
    return (await isThere(join(folder, nameOf(generation)))) ? { kind: "unfinished", generation } : undefined;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new TidemarkError("FILE_UNREADABLE", `${folder} cannot be read as a state folder (${codeOf(error)})`, { cause: error });
  }
}

async function shardsIn(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const held = await Promise.all(names.map((name) => readdir(join(folder, name)).catch(() => [])));
  return names.filter((_, index) => held[index]?.some((name) => numberOf(name) !== undefined) === true);
}

async function openOrWhy(path: string): Promise<FileHandle | string> {
  try {
    return await open(path, "r");
  } catch (error) {
    return codeOf(error) === "ENOENT" ? "it is missing" : `it cannot be opened (${codeOf(error)})`;
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** As src/flow/checkpoint.ts names them. */
const nameOf = (generation: number): string => `checkpoint-${String(generation).padStart(9, "0")}`;
const numberOf = (name: string): number | undefined => (/^checkpoint-\d{9}$/.test(name) ? Number(name.slice(-9)) : undefined);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
