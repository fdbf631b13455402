// Whether a message may make the engine write records between partitions: asked by a replay, which puts such records right behind the
// message that made them, so that the same file always gives the same log. It sees all ties of a file and knows who was tied to whom
// last. It may say yes for nothing (a tie may be refused), never no: what an id that was never tied does stays in its partition.

import type { ContactKey } from "../model/ids.ts";

export class TieWatch {
  /** Whom an id was tied to last. */
  readonly #leads = new Map<string, string>();
  /** Ids that others were tied to. */
  readonly #users = new Set<string>();
  /** One id was tied to two users, or a user to another: then users may lead elsewhere too, in chains and circles, and any tie may be news. */
  #anyJoins = false;
  #may = false;

  /** An event of this contact came. */
  event(of: ContactKey): void {
    if (this.#leads.size === 0) return;
    const name = nameOf(of);
    if (this.#leads.has(name) || (this.#anyJoins && this.#users.has(name))) this.#may = true;
  }

  tie(old: ContactKey, to: ContactKey): void {
    const [from, user] = [nameOf(old), nameOf(to)];
    const before = this.#leads.get(from);
    if (old.kind === "user" || (before !== undefined && before !== user)) this.#anyJoins = true;
    if (before === user && !this.#anyJoins) return;
    this.#leads.set(from, user);
    this.#users.add(user);
    this.#may = true;
  }

  /** Records came: they may make others. */
  records(): void {
    this.#may = true;
  }

  /** Since somebody asked. */
  take(): boolean {
    const may = this.#may;
    this.#may = false;
    return may;
  }
}

const nameOf = ({ kind, id }: ContactKey): string => (kind === "user" ? `u${id}` : `a${id}`);
