// The file system as the checkpoint store sees it: few calls, each of which may fail, and nothing that hides when bytes
// become durable. A file's bytes are durable after its own `sync`, its name after `syncFolder` of the folder that holds it.
// Here is the port and the disk behind it; test/flow/broken-files.ts is a disk that fills up, breaks and loses power.

import { mkdir, open, readdir, readFile, rename, rmdir, unlink } from "node:fs/promises";
import { resolve } from "node:path";

export interface NewFile {
  /** Appends. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything written is on the disk. After a failure the file is lost: the system may have dropped its pages and call the next sync a success. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface CheckpointFiles {
  /** With the folders above it; answers with the first one that it had to make, undefined where all were there. */
  makeFolder(path: string): Promise<string | undefined>;
  /** Names in a folder. */
  list(path: string): Promise<readonly string[]>;
  read(path: string): Promise<Uint8Array>;
  /** Fails where the path exists. */
  create(path: string): Promise<NewFile>;
  rename(from: string, to: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Only an empty one. */
  removeFolder(path: string): Promise<void>;
}

export const diskFiles: CheckpointFiles = {
  makeFolder: (path) => mkdir(resolve(path), { recursive: true }),
  list: (path) => readdir(path),
  read: (path) => readFile(path),
  create: async (path) => {
    const handle = await open(path, "wx");
    return { write: (bytes) => handle.appendFile(bytes), sync: () => handle.sync(), close: () => handle.close() };
  },
  rename: (from, to) => rename(from, to),
  syncFolder: async (path) => {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  remove: (path) => unlink(path),
  removeFolder: (path) => rmdir(path),
};
