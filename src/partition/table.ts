// Rows of one partition, by slot. How they lie in memory is this file's secret: numbers in blocks of fixed size (growth adds a
// block and copies nothing), lists and texts in packed tails. Everybody else loads a slot into a scratch row and stores it.
//
// When the packs change, the layout changes. Rows of the layout before stay where they are until somebody moves them
// (`isCurrent`, `load` of an old row gives it in the old layout's row): the partition does it by sweep, never all at once.
//
// A slot whose contact has left is free until it is added again. It belongs to no layout, and what stood there is overwritten.

import { type Layout, type NumbersAt, Row } from "../packs/row.ts";
import { type CopyPlan, copyTable, NO_LAYOUT, type StoredRow, type TableCopy, type TableDump } from "./table-copy.ts";
import { TailArena, TailPacker, TailReader } from "./tails.ts";

const BLOCK_SLOTS = 512;
const NO_TAIL = -1;
const NOTHING = new Uint8Array(0);
/** Stands for the id of a generation where the slot is free. */
const FREE = 0xffff_ffff;
const FREE_ROW: StoredRow = { generation: FREE, numbers: new Float64Array(0), tail: NOTHING };

/** Rows of one layout. */
interface Generation {
  readonly id: number;
  readonly layout: Layout;
  readonly row: Row;
  readonly blocks: (Float64Array | undefined)[];
  rows: number;
}

export class Table {
  #current: Generation;
  /** By id, oldest first; only those that have rows, and the current one. */
  readonly #generations = new Map<number, Generation>();
  #slots = 0;
  /** By slot, in blocks: id of the generation, where the tail lies and how long it is. */
  readonly #generation: Uint32Array[] = [];
  readonly #tailPlace: Float64Array[] = [];
  readonly #tailLength: Uint32Array[] = [];
  readonly #arena = new TailArena();
  readonly #packer = new TailPacker();
  readonly #reader = new TailReader();
  #copy: TableCopy | undefined;
  readonly #numbersAt: { numbers: Float64Array; base: number } = { numbers: new Float64Array(0), base: 0 };

  constructor(layout: Layout) {
    this.#current = generationOf(0, layout);
    this.#generations.set(0, this.#current);
  }

  get layout(): Layout {
    return this.#current.layout;
  }

  get slots(): number {
    return this.#slots;
  }

  /** The scratch row of the current layout: the same object every time. */
  get row(): Row {
    return this.#current.row;
  }

  /** Whether rows of an older layout are left. */
  get hasOlder(): boolean {
    return this.#generations.size > 1;
  }

  isCurrent(slot: number): boolean {
    return this.#generationId(slot) === this.#current.id;
  }

  /** From here on rows are stored in `layout`; those that are there stay as they are until they are stored again. */
  relayout(layout: Layout): void {
    if (this.#current.rows === 0) this.#generations.delete(this.#current.id);
    this.#current = generationOf(this.#current.id + 1, layout);
    this.#generations.set(this.#current.id, this.#current);
  }

  isFree(slot: number): boolean {
    return this.#generationId(slot) === FREE;
  }

  /** Makes room for the next slot, or for one that is free; the row that it holds is stored by `store`. */
  add(slot: number): void {
    if (slot > this.#slots || (slot < this.#slots && !this.isFree(slot))) throw new RangeError("slots are given out one after another");
    if (slot === this.#slots) this.#grow(slot);
    else if (this.#copy !== undefined) this.#keepForCopy(slot, this.#copy);
    this.#setGeneration(slot);
  }

  /** The slot's contact leaves: the slot is free, and no number and no byte of its row stays. */
  remove(slot: number): void {
    if (this.#copy !== undefined) this.#keepForCopy(slot, this.#copy);
    const generation = this.#generationAt(slot);
    const index = Math.floor(slot / BLOCK_SLOTS);
    // The row may have been of older layouts before; what it was then still lies there.
    for (const { blocks, row } of this.#generations.values()) {
      const width = row.numbers.length;
      blocks[index]?.fill(0, (slot % BLOCK_SLOTS) * width, ((slot % BLOCK_SLOTS) + 1) * width);
    }
    this.#releaseTail(slot);
    (this.#generation[index] as Uint32Array)[slot % BLOCK_SLOTS] = FREE;
    generation.rows--;
    if (generation.rows === 0 && generation !== this.#current) this.#generations.delete(generation.id);
  }

  /** What the last contacts that were looked at have left in what all share for their rows on the way. */
  wipe(): void {
    for (const { row } of this.#generations.values()) row.clear();
    this.#packer.wipe();
  }

  /** The slot's contact, in the scratch row of its layout. Valid until the next load. */
  load(slot: number): Row {
    const { row, blocks } = this.#generationAt(slot);
    const block = blocks[Math.floor(slot / BLOCK_SLOTS)] as Float64Array;
    const width = row.numbers.length;
    const base = (slot % BLOCK_SLOTS) * width;
    for (let i = 0; i < width; i++) row.numbers[i] = block[base + i] as number;
    row.clearTail();
    const place = this.#tailPlace[Math.floor(slot / BLOCK_SLOTS)]?.[slot % BLOCK_SLOTS] as number;
    if (place !== NO_TAIL) this.#reader.unpack(row, this.#arena.bytesAt(place), this.#arena.startOf(place), this.#lengthOf(slot));
    return row;
  }

  /** Writes the current scratch row to the slot; a row of an older layout moves over. */
  store(slot: number): void {
    const { row } = this.#current;
    this.willChange(slot);
    const moved = !this.isCurrent(slot);
    if (moved) this.#adopt(slot);
    const index = Math.floor(slot / BLOCK_SLOTS);
    const width = row.numbers.length;
    this.#current.blocks[index] ??= new Float64Array(BLOCK_SLOTS * width);
    const block = this.#current.blocks[index] as Float64Array;
    const base = (slot % BLOCK_SLOTS) * width;
    for (let i = 0; i < width; i++) block[base + i] = row.numbers[i] as number;
    if (row.tailChanged || moved) this.#storeTail(slot);
  }

  /** One number of a row, whatever its layout; only for places that every layout has. */
  numberOf(slot: number, place: number): number {
    const generation = this.#generationAt(slot);
    return (generation.blocks[Math.floor(slot / BLOCK_SLOTS)] as Float64Array)[(slot % BLOCK_SLOTS) * generation.row.numbers.length + place] as number;
  }

  /** Where the numbers of a row of the current layout lie: to be read, and changed after `willChange`. The same object every time. */
  numbersAt(slot: number): NumbersAt {
    this.#numbersAt.numbers = this.#current.blocks[Math.floor(slot / BLOCK_SLOTS)] as Float64Array;
    this.#numbersAt.base = (slot % BLOCK_SLOTS) * this.#current.row.numbers.length;
    return this.#numbersAt;
  }

  /** The numbers of a row are about to change where they lie. */
  willChange(slot: number): void {
    if (this.#copy !== undefined) this.#keepForCopy(slot, this.#copy);
  }

  /** Layouts that rows are in, the current one last. */
  get layouts(): readonly Layout[] {
    return Array.from(this.#generations.values(), ({ layout }) => layout);
  }

  /** All rows as they are, by slot. The same rows always give the same dump. */
  dump(): TableDump {
    const copy = copyTable(this.#plan());
    copy.slice(this.#slots);
    return copy.finish();
  }

  /** Begins a copy of the rows as they are now; a copy that was begun before is given up. */
  beginCopy(): TableCopy {
    this.#copy = copyTable(this.#plan());
    return this.#copy;
  }

  #plan(): CopyPlan {
    const generations = [...this.#generations.values()];
    return {
      generations: generations.map((generation) => generation.id),
      layouts: generations.map((generation) => generation.layout),
      slots: this.#slots,
      width: generations.reduce((sum, { rows, row }) => sum + rows * row.numbers.length, 0),
      read: (slot) => this.#stored(slot),
    };
  }

  #stored(slot: number): StoredRow {
    if (this.isFree(slot)) return FREE_ROW;
    const { id, row, blocks } = this.#generationAt(slot);
    const width = row.numbers.length;
    const base = (slot % BLOCK_SLOTS) * width;
    const numbers = (blocks[Math.floor(slot / BLOCK_SLOTS)] as Float64Array).subarray(base, base + width);
    const length = this.#lengthOf(slot);
    const place = this.#tailPlace[Math.floor(slot / BLOCK_SLOTS)]?.[slot % BLOCK_SLOTS] as number;
    const start = length === 0 ? 0 : this.#arena.startOf(place);
    return {
      generation: id,
      numbers,
      tail: length === 0 ? NOTHING : new Uint8Array(this.#arena.bytesAt(place).buffer, this.#arena.bytesAt(place).byteOffset + start, length),
    };
  }

  /** The inverse of dump. `layouts` are those of the dump, by the programs that they belong to; the last is the current one. */
  static restore(dump: Omit<TableDump, "layouts">, layouts: readonly Layout[]): Table {
    const table = new Table(layouts[0] as Layout);
    const generations = [table.#current];
    for (const [index, layout] of layouts.entries()) {
      if (index === 0) continue;
      const generation = generationOf(index, layout);
      generations.push(generation);
      table.#generations.set(index, generation);
    }
    let at = 0;
    let tailAt = 0;
    for (const [slot, index] of dump.generation.entries()) {
      if (index === NO_LAYOUT) {
        table.#grow(slot);
        continue;
      }
      const generation = generations[index] as Generation;
      table.#current = generation;
      table.add(slot);
      const width = generation.row.numbers.length;
      const block = Math.floor(slot / BLOCK_SLOTS);
      generation.blocks[block] ??= new Float64Array(BLOCK_SLOTS * width);
      (generation.blocks[block] as Float64Array).set(dump.numbers.subarray(at, at + width), (slot % BLOCK_SLOTS) * width);
      at += width;
      const length = dump.tailLengths[slot] as number;
      if (length > 0) table.#placeTail(slot, dump.tails.subarray(tailAt, tailAt + length));
      tailAt += length;
    }
    table.#current = generations.at(-1) as Generation;
    for (const generation of generations) if (generation.rows === 0 && generation !== table.#current) table.#generations.delete(generation.id);
    return table;
  }

  #grow(slot: number): void {
    if (slot % BLOCK_SLOTS === 0) {
      this.#tailPlace.push(new Float64Array(BLOCK_SLOTS).fill(NO_TAIL));
      this.#tailLength.push(new Uint32Array(BLOCK_SLOTS));
      this.#generation.push(new Uint32Array(BLOCK_SLOTS).fill(FREE));
    }
    this.#slots++;
  }

  #keepForCopy(slot: number, copy: TableCopy): void {
    if (copy.done) this.#copy = undefined;
    else copy.keep(slot);
  }

  #placeTail(slot: number, bytes: Uint8Array): void {
    (this.#tailPlace[Math.floor(slot / BLOCK_SLOTS)] as Float64Array)[slot % BLOCK_SLOTS] = this.#arena.put(bytes, bytes.length);
    (this.#tailLength[Math.floor(slot / BLOCK_SLOTS)] as Uint32Array)[slot % BLOCK_SLOTS] = bytes.length;
  }

  #adopt(slot: number): void {
    const before = this.#generationAt(slot);
    before.rows--;
    if (before.rows === 0) this.#generations.delete(before.id);
    this.#setGeneration(slot);
  }

  #setGeneration(slot: number): void {
    this.#current.rows++;
    (this.#generation[Math.floor(slot / BLOCK_SLOTS)] as Uint32Array)[slot % BLOCK_SLOTS] = this.#current.id;
  }

  #generationId(slot: number): number | undefined {
    return this.#generation[Math.floor(slot / BLOCK_SLOTS)]?.[slot % BLOCK_SLOTS];
  }

  #generationAt(slot: number): Generation {
    return this.#generations.get(this.#generationId(slot) as number) as Generation;
  }

  #lengthOf(slot: number): number {
    return this.#tailLength[Math.floor(slot / BLOCK_SLOTS)]?.[slot % BLOCK_SLOTS] as number;
  }

  #storeTail(slot: number): void {
    const length = this.#packer.pack(this.#current.row);
    this.#releaseTail(slot);
    if (length > 0) this.#placeTail(slot, this.#packer.bytes.subarray(0, length));
    this.#current.row.tailChanged = false;
  }

  #releaseTail(slot: number): void {
    const places = this.#tailPlace[Math.floor(slot / BLOCK_SLOTS)] as Float64Array;
    const place = places[slot % BLOCK_SLOTS] as number;
    if (place === NO_TAIL) return;
    this.#arena.release(place, this.#lengthOf(slot));
    places[slot % BLOCK_SLOTS] = NO_TAIL;
    (this.#tailLength[Math.floor(slot / BLOCK_SLOTS)] as Uint32Array)[slot % BLOCK_SLOTS] = 0;
  }
}

function generationOf(id: number, layout: Layout): Generation {
  return { id, layout, row: new Row(layout), blocks: [], rows: 0 };
}
