// What the tests must not let pass: each line takes one safeguard out of the engine, by an edit of a line or two, and names the
// test that holds it. `npm run mutations` makes the edit in a copy of the tree and expects that test to turn red. An edit that no
// longer applies has to be written anew: its text stands exactly once in its file.

export interface Mutation {
  /** The safeguard. */
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
  readonly test: { readonly file: string; readonly title: string };
}

const CHECKPOINT = "src/flow/checkpoint.ts";
const CHECKPOINT_TEST = "test/flow/checkpoint.test.ts";
const CHAIN = "src/flow/outbox-chain.ts";
const OUTBOX_TEST = "test/flow/outbox.test.ts";
const TRUST = "src/model/log-trust.ts";
const TRUST_TEST = "test/model/log-trust.test.ts";
const LOG_TEST = "test/flow/memory-log.test.ts";
const PEOPLE_STORIES = { file: "test/simulate/people-judge.test.ts", title: "12 stories of people who are one and are forgotten end as they must" };

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "file fsync",
    file: CHECKPOINT,
    find: "      await file.sync();\n",
    put: "",
    test: { file: CHECKPOINT_TEST, title: "after a write has resolved does not undo it" },
  },
  {
    name: "file fsync, down to the system",
    file: "src/flow/checkpoint-files.ts",
    find: "sync: () => handle.sync()",
    put: "sync: async () => {}",
    test: { file: "test/flow/checkpoint-files.test.ts", title: "a checkpoint syncs each of its files before it gets its name, and each folder after" },
  },
  {
    name: "directory fsync, of the files' names",
    file: CHECKPOINT,
    find: "    await this.#files.syncFolder(folder);\n    const manifest",
    put: "    const manifest",
    test: { file: CHECKPOINT_TEST, title: "at any moment leaves the old content or the new one, whole" },
  },
  {
    name: "directory fsync, of the manifest's name",
    file: CHECKPOINT,
    find: "encodeManifest(manifest)]);\n    await this.#files.syncFolder(folder);",
    put: "encodeManifest(manifest)]);",
    test: { file: CHECKPOINT_TEST, title: "after a write has resolved does not undo it" },
  },
  {
    name: "directory fsync, of the generation's name",
    file: CHECKPOINT,
    find: "    await this.#files.syncFolder(this.#folder);\n",
    put: "",
    test: { file: CHECKPOINT_TEST, title: "after a write has resolved does not undo it" },
  },
  {
    name: "directory fsync, down to the system",
    file: "src/flow/checkpoint-files.ts",
    find: "      await handle.sync();\n",
    put: "",
    test: { file: "test/flow/checkpoint-files.test.ts", title: "a checkpoint syncs each of its files before it gets its name, and each folder after" },
  },
  {
    name: "manifest last",
    file: CHECKPOINT,
    find: "    const files = await inLanes(content.partitions, (state) => this.#writePartition(folder, content, state));\n    await this.#files.syncFolder(folder);\n    const manifest = manifestOf(content, files);\n    await this.#writeFile(folder, MANIFEST, [encodeManifest(manifest)]);\n",
    put: '    const draft = join(folder, "..", "draft");\n    await this.#files.makeFolder(draft);\n    const files = await inLanes(content.partitions, (state) => this.#writePartition(draft, content, state));\n    const manifest = manifestOf(content, files);\n    await this.#writeFile(folder, MANIFEST, [encodeManifest(manifest)]);\n    for (const { name } of files) await this.#files.rename(join(draft, name), join(folder, name));\n    await this.#files.removeFolder(draft);\n',
    test: { file: CHECKPOINT_TEST, title: "at any moment leaves the old content or the new one, whole" },
  },
  {
    name: "two generations",
    file: CHECKPOINT,
    find: "const GENERATIONS_KEPT = 2;",
    put: "const GENERATIONS_KEPT = 1;",
    test: { file: CHECKPOINT_TEST, title: "of any byte of a partition costs a generation and is reported" },
  },
  {
    name: "page checksum",
    file: "src/flow/checkpoint-pages.ts",
    find: "const bad = found.findIndex(",
    put: "const bad = -1;\n  found.findIndex(",
    test: { file: CHECKPOINT_TEST, title: "of any byte of a partition costs a generation and is reported" },
  },
  {
    name: "manifest's checksum",
    file: "src/flow/checkpoint-manifest.ts",
    find: "if (checksum !== checksumOf(rest)) return",
    put: "if (checksum === undefined) return",
    test: { file: CHECKPOINT_TEST, title: "of any byte of the manifest costs a generation or changes nothing" },
  },
  {
    name: "before-images",
    file: "src/partition/slot-copy.ts",
    find: "    this.#kept.set(slot, this",
    put: "    if (this.#kept.size >= 0) return;\n    this.#kept.set(slot, this",
    test: {
      file: "test/partition/table-copy.test.ts",
      title: "is of the moment at which it was begun, whatever changes, grows, leaves or is laid out anew before it is whole",
    },
  },
  {
    name: "commit rule: effects are acknowledged",
    file: "src/app/checkpoints.ts",
    find: "outbox.whenAcked(last.position)]",
    put: "outbox.acked]",
    test: { file: "test/app/commit-rule.test.ts", title: "a checkpoint does not count before every effect up to its position is acknowledged" },
  },
  {
    name: "commit rule: dead letters are stored",
    file: "src/app/pipeline.ts",
    find: "letters.length === 0 ? undefined : dead.put(letters)",
    put: "void dead.put(letters)",
    test: { file: "test/app/commit-rule.test.ts", title: "a checkpoint does not count before every dead letter up to its position is stored" },
  },
  {
    name: "barrier: what was framed goes first",
    file: "src/app/pipeline.ts",
    find: "    if (this.#flow.framer.messages > 0) this.#sendOff();\n    const { last } = this;",
    put: "    const { last } = this;",
    test: { file: "test/app/pipeline.test.ts", title: "what was framed before a barrier is with the workers when they are asked there" },
  },
  {
    name: "expected-sequence header",
    file: "src/nats/jetstream-output.ts",
    find: "      [EXPECTED_LAST]: [String(expectedLast)],\n",
    put: "",
    test: { file: "test/nats/jetstream-output.test.ts", title: "a second writer is seen as a refusal" },
  },
  {
    name: "expected-link header",
    file: "src/nats/jetstream-output.ts",
    find: "      if (link.after !== undefined) headers[EXPECTED_LINK] = [link.after];\n",
    put: "",
    test: {
      file: "test/nats/jetstream-output.test.ts",
      title: "stores a message that names a link only right behind that link, whoever has the sequence",
    },
  },
  {
    name: "a message on its way asks for the link before it",
    file: CHAIN,
    find: "return this.inFlight === 0 ? { name } :",
    put: "if (this.inFlight >= 0) return { name };\n    return",
    test: { file: OUTBOX_TEST, title: "a window that an old owner had on its way when it was replaced is refused, also behind 0 effects of the new one" },
  },
  {
    name: "first-refusal rule",
    file: CHAIN,
    find: 'if (!good && this.#state.kind === "sending")',
    put: "if (!good)",
    test: { file: OUTBOX_TEST, title: "only the first failure of a window is looked at, and nothing is sent while answers are out" },
  },
  {
    name: "an acknowledgement counts only where it is expected",
    file: CHAIN,
    find: 'outcome.kind === "stored" && outcome.sequence === entry.sequence;',
    put: 'outcome.kind === "stored";',
    test: { file: OUTBOX_TEST, title: "an answer that names another place in the middle of a window costs nothing" },
  },
  {
    name: "answers to an earlier attempt say nothing",
    file: CHAIN,
    find: "if (attempt === this.#attempt) {",
    put: "if (attempt <= this.#attempt) {",
    test: { file: OUTBOX_TEST, title: "answers that were given up no longer disturb when they come" },
  },
  {
    name: "the whole row is read back",
    file: CHAIN,
    find: "if (held.identity !== this.#identityAt(held.sequence)) throw",
    put: "if (held.sequence === state.last && held.identity !== this.#identityAt(held.sequence)) throw",
    test: {
      file: OUTBOX_TEST,
      title: "another engine's epoch record in the middle of a window ends it, in a cluster, where they are not, and later sequences happen to fit",
    },
  },
  {
    name: "a stream that lost what it acknowledged",
    file: CHAIN,
    find: "if (state.last < sequence)",
    put: "if (state.last < 0)",
    test: { file: OUTBOX_TEST, title: "a stream that comes back shorter than it acknowledged ends it" },
  },
  {
    name: "epoch record at every start",
    file: "src/flow/outbox-start.ts",
    find: "  const outcome = await output.publish(epochMessage(shard, record), state.last, link);\n",
    put: "  if (state.last > 0) return taken(state, state.last, record);\n  const outcome = await output.publish(epochMessage(shard, record), state.last, link);\n",
    test: { file: OUTBOX_TEST, title: "another engine's epoch record ends it for good" },
  },
  {
    name: "what was sent is held back",
    file: "src/flow/outbox-history.ts",
    find: "if (last !== null && compareIdentity(effect, last) <= 0) {",
    put: "if (last !== null && compareIdentity(effect, last) < 0) {",
    test: { file: OUTBOX_TEST, title: "holds back what was sent before and sends the rest" },
  },
  {
    name: "what is computed again is compared",
    file: "src/flow/outbox-history.ts",
    find: "if (!sameContent(stored.message, effect))",
    put: "if (stored === undefined)",
    test: { file: OUTBOX_TEST, title: "must be what the same version stored" },
  },
  {
    name: "effects that no event explains",
    file: "src/app/engine.ts",
    find: "if (sentUpTo <= last) return;",
    put: "if (sentUpTo <= last || stream !== stream.toLowerCase()) return;",
    test: { file: "test/app/lost-end.test.ts", title: "a start stops when the output holds effects of positions that the log does not have" },
  },
  {
    name: "fingerprint check",
    file: TRUST,
    find: "if (found.storedMs !== mark.storedMs || fingerprintOf(found) !== mark.fingerprint)",
    put: "if (mark.position < 0)",
    test: { file: LOG_TEST, title: "refuses a mark whose message is another one now" },
  },
  {
    name: "creation time of the log",
    file: TRUST,
    find: "if (state.createdMs !== mark.createdMs) {",
    put: "if (mark.position < 0) {",
    test: { file: TRUST_TEST, title: "is another one where only the time of its creation differs" },
  },
  {
    name: "a log that came back shorter",
    file: TRUST,
    find: "if (state.last < mark.position) return",
    put: "if (state.last < 0) return",
    test: { file: TRUST_TEST, title: "is another one where it ends before that message" },
  },
  {
    name: "what was purged unread",
    file: TRUST,
    find: "if (state.first <= next) return undefined;",
    put: "if (next > 0) return undefined;",
    test: { file: LOG_TEST, title: "says how many messages were purged before they were read" },
  },
  {
    name: "a checkpoint's log is asked for at the start",
    file: "src/app/engine.ts",
    find: "if (wrong !== undefined) throw wrong;",
    put: "if (wrong !== undefined && state.last < 0) throw wrong;",
    test: { file: "test/app/loud-stops.test.ts", title: "LOG_CHANGED: nothing is touched, and starting over gives what this log holds" },
  },
  {
    name: "a delivery that is missing",
    file: "src/nats/pull-session.ts",
    find: "if (info.consumer !== this.#delivered + 1) return",
    put: "if (info.consumer <= this.#delivered) return",
    test: { file: "test/nats/pull-session.test.ts", title: "a delivery that is missing ends the session, and nothing behind the gap is given" },
  },
  {
    name: "duplicate window",
    file: "src/partition/partition.ts",
    find: "this.duplicates.seen(contact, event.messageId, logTime))",
    put: "this.duplicates.seen(contact, event.messageId, logTime) && logTime < 0)",
    test: { file: "test/partition/partition.test.ts", title: "is a duplicate by contact and messageId within the window, and touches nothing" },
  },
  {
    name: "duplicate window, across restarts",
    file: "src/partition/snapshot.ts",
    find: "    duplicates,\n  });",
    put: "    duplicates: new Duplicates(settings.duplicates.capacity, settings.duplicates.window_ms),\n  });",
    test: { file: "test/partition/snapshot.test.ts", title: "is the same bytes after a restore, at once and after the same events" },
  },
  {
    name: "lock on the state folder",
    file: "src/flow/state-lock.ts",
    find: "if (ticket === undefined || !(await isListening(folder, ticket.socket))) return;",
    put: "if (ticket === undefined || folder !== '') return;",
    test: { file: "test/flow/state-lock.test.ts", title: "the second is refused and told who holds the lock" },
  },
  {
    name: "what is history is not told",
    file: "src/engine/history.ts",
    find: 'history === "past" || history === "passed"',
    put: 'history === "passed"',
    test: { file: "test/engine/history.test.ts", title: "passes through its past as of its own moments, and nothing of that leaves" },
  },
  {
    name: "the end of history spares who came after it",
    file: "src/partition/sweeps.ts",
    find: " || table.numberOf(slot, GENERATION) >= before",
    put: "",
    test: { file: "test/engine/history.test.ts", title: "brings every contact of before to the present, with its deadlines pending" },
  },
  {
    name: "a contact in history has no timer",
    file: "src/partition/contact-rows.ts",
    find: "(Number.isNaN(asOf) ? deadline : Number.POSITIVE_INFINITY)",
    put: "(Number.isNaN(asOf) ? deadline : deadline)",
    test: { file: "test/engine/history.test.ts", title: "is never late, is a duplicate when it is said twice, and knows no deadline of its own" },
  },
  {
    name: "only an answer meets a goal that is to be answered",
    file: "src/engine/goals.ts",
    find: "=== true ? answers(of, occasion) : met.at >= since",
    put: "=== true ? met.at >= since : met.at >= since",
    test: { file: "test/engine/answers.test.ts", title: "is met by an event that carries the key of what was sent, and by no other" },
  },
  {
    name: "what was sent before a merge can be answered",
    file: "src/engine/answers.ts",
    find: ", ...(occasion.n ?? [])",
    put: "",
    test: { file: "test/engine/answers.test.ts", title: "an answer to what was sent before finds the goal, which has another name since" },
  },
  {
    name: "what is erased is written down",
    file: "src/app/erasing.ts",
    find: "    await this.#parts.log.append(logSubjects(this.#parts.shard).erased, Buffer.from(JSON.stringify(record)));\n",
    put: "    void record;\n",
    test: {
      file: "test/app/privacy.test.ts",
      title: "and that its process did not live to finish is gone on with by the next start, by hashes, stream by stream",
    },
  },
  {
    name: "what is erased is written down once",
    file: "src/partition/erasures.ts",
    find: " || known.erased[what] !== undefined) return;",
    put: ") return;",
    test: { file: "test/app/privacy.test.ts", title: "is done by the record in the log alone, said once or twice, and not by one that nobody asked for" },
  },
  {
    name: "what cannot be read is not passed off as searched",
    file: "src/flow/mentions.ts",
    find: '? "only" : "unread";',
    put: '? "only" : "none";',
    test: { file: "test/flow/mentions.test.ts", title: "that cannot be read is known by the id's bytes, and without them by its words, or nobody can say" },
  },
  {
    name: "what a merge has no room to hold is asked at once",
    file: "src/engine/policy/held.ts",
    find: "(index < limit ? item : { ...item, u: Math.min(item.u, now) })",
    put: "(index < limit ? item : { ...item, u: Math.min(item.u, item.u) })",
    test: { file: "test/engine/merge/rules.test.ts", title: "comes due at the merge, is withheld as what is beyond the limit is, and leaves no gap" },
  },
  {
    name: "a merge of somebody who was forgotten meanwhile is none",
    file: "src/partition/people.ts",
    find: "if (idsOf(record).some((id) => isForgotten(id, at))) {",
    put: 'if (record.kind === "forward" && idsOf(record).some((id) => isForgotten(id, at))) {',
    test: PEOPLE_STORIES,
  },
  {
    name: "an event that was sent on is as old as it says",
    file: "src/partition/people.ts",
    find: "Math.min(record.made, record.at)",
    put: "Math.max(record.made, record.at)",
    test: PEOPLE_STORIES,
  },
  {
    name: "all ids that a record came through are asked for",
    file: "src/partition/people-records.ts",
    find: "return [record.to, ...more, ...record.trail];",
    put: "return [record.to, ...more];",
    test: PEOPLE_STORIES,
  },
  {
    name: "what leads to somebody goes with them",
    file: "src/partition/redirects.ts",
    find: "if (this.#targets[entry] === to) this.#takeOut(entry);",
    put: "if (this.#targets[entry] === to && to < 0) this.#takeOut(entry);",
    test: PEOPLE_STORIES,
  },
  {
    name: "the name of whom something led to is not kept",
    file: "src/partition/redirects.ts",
    find: "    this.#to.remove(to);\n",
    put: "",
    test: PEOPLE_STORIES,
  },
  {
    name: "what was done before ties nobody who was forgotten",
    file: "src/partition/event-entries.ts",
    find: "    if (this.isForgotten(to, at)) return;\n",
    put: "",
    test: PEOPLE_STORIES,
  },
  {
    name: "tombstones, across restarts",
    file: "src/partition/controls.ts",
    find: "this.#records.forgotten?.restore(record as unknown as ForgottenRecord);",
    put: "void (record as unknown as ForgottenRecord);",
    test: PEOPLE_STORIES,
  },
  {
    name: "who is forgotten again is forgotten from now on",
    file: "src/partition/forgotten.ts",
    find: "    this.#remove(of.hash);\n    this.#newest",
    put: "    this.#newest",
    test: PEOPLE_STORIES,
  },
  {
    name: "tombstones go with the log's time",
    file: "src/partition/fold.ts",
    find: "    this.#records.forgotten?.expire(this.#logTime);\n",
    put: "",
    test: { file: "test/partition/forgotten.test.ts", title: "lets tombstones go by the log's time alone" },
  },
  {
    name: "a record of somebody who was forgotten is emptied before it is written",
    file: "src/partition/people.ts",
    find: 'packPeople({ kind: "void" }) : body',
    put: "body : body",
    test: {
      file: "test/partition/forget-people.test.ts",
      title: "is forgotten with what is on its way, whether or not the engine begins again in between",
    },
  },
  {
    name: "a request is remembered beyond its tombstone",
    file: "src/partition/forgotten.ts",
    find: "...(isThere ? {} : { newest: this.#newest })",
    put: "...(isThere ? {} : {})",
    test: { file: "test/partition/forgotten.test.ts", title: "are over at their time, and a checkpoint still says where the newest was asked for" },
  },
  {
    name: "what waits to be written of somebody who was forgotten is emptied too",
    file: "src/partition/pair-records.ts",
    find: "      else this.#made.push(again);\n",
    put: "",
    test: {
      file: "test/partition/forget-people.test.ts",
      title: "is forgotten with what is on its way, whether or not the engine begins again in between",
    },
  },
];
