// The lock on a state folder: two processes must never write checkpoints into one. Node has no flock, so the lock is made
// of two things that the kernel does keep.
//
// Who lives: the owner listens on a Unix socket in the folder. The kernel answers for it while the process exists, also a
// stopped or busy one, and refuses the moment it is gone, kill -9 included. That needs no process id to be compared, which
// two containers that share a volume would get wrong (each has its own process 1), and no clock.
//
// Who was first: tickets, `lock.1`, `lock.2`, ... The highest is the lock, and each names its owner's socket. A ticket is
// made by `link`, which gives it its name and content in one step or fails; the socket listens before. Whoever finds the
// owner of the highest ticket gone makes the next higher one; of several only one succeeds. A number is not used twice,
// because the highest ticket is left lying when its owner ends; so nobody can remove a lock in the belief that it is the
// stale one it has just looked at. That is the race of a single lock file, and renaming it first only makes it smaller.
//
// Invariant: at most one process on this machine holds the highest ticket and listens. Not here: processes on different
// machines that share a folder; there the epoch record of the output stream keeps the second one out.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { link, mkdir, readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { TidemarkError } from "../model/errors.ts";
import { stateFolderError } from "./disk-trouble.ts";

export interface StateLock {
  /** Idempotent. A process that ends without it leaves nothing that a person must clean up. */
  release(): Promise<void>;
}

const ticketSchema = z.object({ pid: z.int(), socket: z.string().regex(/^lock-[0-9a-f]+\.sock$/) });
type Ticket = z.infer<typeof ticketSchema>;

/** So often others may be faster at the very same moment before that is called an error. */
const ATTEMPTS = 100;

/** Makes the folder where there is none. Throws STATE_LOCKED, which names the process, DISK_FAILED and FILE_UNREADABLE. */
export async function lockStateFolder(folder: string): Promise<StateLock> {
  try {
    await mkdir(folder, { recursive: true });
    const presence = await Presence.begin(folder);
    try {
      await takeTicket(folder, presence.socket);
    } catch (error) {
      await presence.end();
      throw error;
    }
    return { release: () => presence.end() };
  } catch (error) {
    throw stateFolderError(`The state folder ${folder} cannot be locked`, error);
  }
}

/** What others see of this process in the folder: a socket that answers until the process is gone. */
class Presence {
  readonly socket: string;
  readonly #server: Server;
  readonly #folder: OpenFolder;
  #ended: Promise<void> | undefined;

  static async begin(folder: string): Promise<Presence> {
    const open = new OpenFolder(folder);
    const socket = `lock-${randomBytes(8).toString("hex")}.sock`;
    const server = createServer((visitor) => visitor.destroy());
    try {
      server.listen(open.pathOf(socket));
      await once(server, "listening");
    } catch (error) {
      open.close();
      throw error;
    }
    // Visitors need no answer, only a socket to connect to; and the lock must not keep a process alive that is done.
    server.on("error", () => {});
    server.unref();
    return new Presence(socket, server, open);
  }

  private constructor(socket: string, server: Server, folder: OpenFolder) {
    this.socket = socket;
    this.#server = server;
    this.#folder = folder;
  }

  /** Closing the server removes the socket. The ticket stays, as the highest one must. */
  end(): Promise<void> {
    this.#ended ??= new Promise((resolve) => {
      this.#server.close(() => {
        this.#folder.close();
        resolve();
      });
    });
    return this.#ended;
  }
}

/** The path of a socket has room for about 100 bytes. Where the kernel lets us, we name it through the open folder instead. */
class OpenFolder {
  readonly #path: string;
  readonly #descriptor: number;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "r");
  }

  pathOf(name: string): string {
    const through = `/proc/self/fd/${this.#descriptor}`;
    return join(existsSync(through) ? through : this.#path, name);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

async function takeTicket(folder: string, socket: string): Promise<void> {
  const mine: Ticket = { pid: process.pid, socket };
  const draft = join(folder, `${socket}.ticket`);
  try {
    await writeFile(draft, `${JSON.stringify(mine)}\n`);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const highest = await highestTicket(folder);
      await mustBeFree(folder, highest);
      if (await tryTicket(folder, draft, highest + 1)) return await removeLower(folder, highest + 1);
    }
    throw new TidemarkError("STATE_LOCKED", `The state folder ${folder} is wanted by too many processes at once.`);
  } finally {
    // On a full disk it may be there without its content.
    await removeIfThere(draft);
  }
}

async function mustBeFree(folder: string, number: number): Promise<void> {
  const ticket = await readTicket(folder, number);
  if (ticket === undefined || !(await isListening(folder, ticket.socket))) return;
  throw new TidemarkError("STATE_LOCKED", `The state folder ${folder} is in use by process ${ticket.pid}.`);
}

/**
 * Makes the ticket unless it is there. A slow process may make one whose number a later owner has meanwhile passed and
 * cleaned up; it then sees the higher one, which came to be before, and gives its own back.
 */
async function tryTicket(folder: string, draft: string, number: number): Promise<boolean> {
  const ticket = ticketPath(folder, number);
  try {
    await link(draft, ticket);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
  if ((await highestTicket(folder)) === number) return true;
  await removeIfThere(ticket);
  return false;
}

/** Sockets of owners that are gone go with their tickets; one that still answers belongs to somebody who is giving up. */
async function removeLower(folder: string, mine: number): Promise<void> {
  for (const number of await ticketNumbers(folder)) {
    if (number >= mine) continue;
    const ticket = await readTicket(folder, number);
    if (ticket !== undefined && !(await isListening(folder, ticket.socket))) await removeIfThere(join(folder, ticket.socket));
    await removeIfThere(ticketPath(folder, number));
  }
}

/** undefined where there is none, or where a crash of the machine has left it unreadable: its owner is gone then. */
async function readTicket(folder: string, number: number): Promise<Ticket | undefined> {
  try {
    return ticketSchema.safeParse(JSON.parse(await readFile(ticketPath(folder, number), "utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Only what is certainly gone counts as gone: a full queue of visitors, for one, means that somebody is there. */
async function isListening(folder: string, socket: string): Promise<boolean> {
  const open = new OpenFolder(folder);
  const visitor = createConnection(open.pathOf(socket));
  try {
    await once(visitor, "connect");
    return true;
  } catch (error) {
    return !(hasCode(error, "ECONNREFUSED") || hasCode(error, "ENOENT"));
  } finally {
    visitor.destroy();
    open.close();
  }
}

async function highestTicket(folder: string): Promise<number> {
  return Math.max(0, ...(await ticketNumbers(folder)));
}

async function ticketNumbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => (/^lock\.\d+$/.test(name) ? [Number(name.slice("lock.".length))] : []));
}

const ticketPath = (folder: string, number: number): string => join(folder, `lock.${number}`);

async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!hasCode(error, "ENOENT")) throw error;
  });
}

const hasCode = (error: unknown, code: string): boolean => error instanceof Error && (error as NodeJS.ErrnoException).code === code;
