// A disk in memory that fills up, breaks and loses power. It knows two states of everything: what a process sees now, and
// what is durable. Losing power is unkind: every name and every byte that was not synced may be old, new, torn or gone,
// each on its own.

import { dirname } from "node:path";
import type { CheckpointFiles, NewFile } from "../../src/flow/checkpoint-files.ts";

class StoredFile {
  now = new Uint8Array(0);
  durable: Uint8Array | undefined;
  /** A sync has failed: its pages are gone, and further syncs say that all is well. */
  lost = false;
}

class Folder {
  readonly now = new Map<string, StoredFile | Folder>();
  durable = new Map<string, StoredFile | Folder>();
}

export class PowerLost extends Error {}

export class BrokenFiles implements CheckpointFiles {
  calls = 0;
  /** What the call of this number does, from 1: undefined for nothing special. */
  fault: (call: number, kind: string) => "ENOSPC" | "EIO" | "EACCES" | "power" | undefined = () => undefined;
  #root = new Folder();
  #off = false;

  /** The state after the machine comes back. `next` gives numbers in [0, 1). */
  losePower(next: () => number): void {
    this.#root = afterPowerLoss(this.#root, next);
    this.#off = false;
    this.fault = () => undefined;
  }

  /** Changes bytes of a file, as a dying disk does. */
  damage(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const file = this.#file(path);
    file.now = copied(change(copied(file.now)));
    file.durable = file.now;
  }

  async makeFolder(path: string): Promise<string | undefined> {
    this.#step("mkdir", path);
    let folder = this.#root;
    let at = "";
    let first: string | undefined;
    for (const part of path.split("/").filter((name) => name !== "")) {
      at += `/${part}`;
      if (!folder.now.has(part)) first ??= at;
      const inner = folder.now.get(part) ?? new Folder();
      if (!(inner instanceof Folder)) throw systemError("ENOTDIR", "mkdir", path);
      folder.now.set(part, inner);
      folder = inner;
    }
    return first;
  }

  async list(path: string): Promise<readonly string[]> {
    this.#step("readdir", path);
    return [...this.#folder(path).now.keys()];
  }

  async read(path: string): Promise<Uint8Array> {
    this.#step("read", path);
    return copied(this.#file(path).now);
  }

  async create(path: string): Promise<NewFile> {
    this.#step("open", path);
    const folder = this.#folder(dirname(path));
    const name = nameOf(path);
    if (folder.now.has(name)) throw systemError("EEXIST", "open", path);
    const file = new StoredFile();
    folder.now.set(name, file);
    return {
      write: async (bytes) => this.#write(file, path, bytes),
      sync: async () => this.#sync(file, path),
      close: async () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step("rename", from);
    const file = this.#file(from);
    this.#folder(dirname(from)).now.delete(nameOf(from));
    this.#folder(dirname(to)).now.set(nameOf(to), file);
  }

  async syncFolder(path: string): Promise<void> {
    this.#step("fsync folder", path);
    const folder = this.#folder(path);
    folder.durable = new Map(folder.now);
  }

  async remove(path: string): Promise<void> {
    this.#step("unlink", path);
    this.#file(path);
    this.#folder(dirname(path)).now.delete(nameOf(path));
  }

  async removeFolder(path: string): Promise<void> {
    this.#step("rmdir", path);
    if (this.#folder(path).now.size > 0) throw systemError("ENOTEMPTY", "rmdir", path);
    this.#folder(dirname(path)).now.delete(nameOf(path));
  }

  #write(file: StoredFile, path: string, bytes: Uint8Array): void {
    try {
      this.#step("write", path);
    } catch (error) {
      file.now = Buffer.concat([file.now, bytes.subarray(0, bytes.length >> 1)]);
      throw error;
    }
    file.now = Buffer.concat([file.now, bytes]);
  }

  #sync(file: StoredFile, path: string): void {
    try {
      this.#step("fsync", path);
    } catch (error) {
      file.lost = true;
      throw error;
    }
    if (!file.lost) file.durable = file.now;
  }

  #step(kind: string, path: string): void {
    if (this.#off) throw new PowerLost();
    const fault = this.fault(++this.calls, kind);
    if (fault === "power") {
      this.#off = true;
      throw new PowerLost();
    }
    if (fault !== undefined) throw systemError(fault, kind, path);
  }

  #folder(path: string): Folder {
    const found = this.#find(path);
    if (!(found instanceof Folder)) throw systemError("ENOENT", "open", path);
    return found;
  }

  #file(path: string): StoredFile {
    const found = this.#find(path);
    if (!(found instanceof StoredFile)) throw systemError("ENOENT", "open", path);
    return found;
  }

  #find(path: string): StoredFile | Folder | undefined {
    let found: StoredFile | Folder | undefined = this.#root;
    for (const part of path.split("/").filter((name) => name !== "")) found = found instanceof Folder ? found.now.get(part) : undefined;
    return found;
  }
}

/** Not `slice`: a Buffer's shares its memory, and what a process has read must not change when the disk does. */
const copied = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

const systemError = (code: string, syscall: string, path: string): Error => Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path });

/** Each name on its own is as it was at the last sync of its folder, or as it was last seen. */
function afterPowerLoss(folder: Folder, next: () => number): Folder {
  const after = new Folder();
  for (const name of new Set([...folder.now.keys(), ...folder.durable.keys()])) {
    const kept = folder.now.get(name) === folder.durable.get(name) || next() < 0.5 ? folder.durable.get(name) : folder.now.get(name);
    if (kept === undefined) continue;
    after.now.set(name, kept instanceof Folder ? afterPowerLoss(kept, next) : fileAfterPowerLoss(kept, next));
  }
  after.durable = new Map(after.now);
  return after;
}

function fileAfterPowerLoss(file: StoredFile, next: () => number): StoredFile {
  const after = new StoredFile();
  after.now = file.durable === file.now ? file.now : torn(file, next);
  after.durable = after.now;
  return after;
}

function torn(file: StoredFile, next: () => number): Uint8Array<ArrayBuffer> {
  const choice = next();
  if (choice < 0.25) return new Uint8Array(file.durable ?? []);
  if (choice < 0.5 && !file.lost) return file.now;
  const bytes = new Uint8Array(file.now);
  const from = Math.floor(next() * bytes.length);
  return choice < 0.75 ? bytes.slice(0, from) : bytes.fill(0, from);
}
