// Disks of a story, looked at from outside: which files there are, and a copy for another machine. Not here: how a disk fails
// (test/flow/broken-files.ts).

import { BrokenFiles } from "../flow/broken-files.ts";

/** What the processes of the old machine see; whether it was synced there does not matter to a copy. */
export async function copyOf(disk: BrokenFiles, state: string): Promise<BrokenFiles> {
  disk.fault = () => undefined;
  const copy = new BrokenFiles();
  for (const path of await filesBelow(disk, state)) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    await copy.makeFolder(folder);
    const file = await copy.create(path);
    await file.write(await disk.read(path));
    await file.sync();
    for (let at = folder; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) await copy.syncFolder(at);
    await copy.syncFolder("/");
  }
  return copy;
}

export async function contentsOf(disk: BrokenFiles, folder: string): Promise<Map<string, Uint8Array>> {
  disk.fault = () => undefined;
  const contents = new Map<string, Uint8Array>();
  for (const path of await filesBelow(disk, folder)) contents.set(path, await disk.read(path));
  return contents;
}

export async function filesBelow(disk: BrokenFiles, folder: string): Promise<string[]> {
  const found: string[] = [];
  if (!(await isFolder(disk, folder))) return found;
  for (const name of await disk.list(folder)) {
    const path = `${folder}/${name}`;
    if (await isFolder(disk, path)) found.push(...(await filesBelow(disk, path)));
    else found.push(path);
  }
  return found;
}

async function isFolder(disk: BrokenFiles, path: string): Promise<boolean> {
  try {
    await disk.list(path);
    return true;
  } catch {
    return false;
  }
}
