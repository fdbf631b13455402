// Draws frames over one another on a terminal, without the alternate screen, so that the last one stays in the scrollback. The cursor
// is hidden while frames are drawn and comes back in every case, also when the process ends by process.exit().

/** What of an output stream the demo needs; process.stdout is one. */
export interface Out {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly writableNeedDrain?: boolean;
  /** False where NO_COLOR is set or the terminal has none. */
  hasColors?(): boolean;
}

const HIDE = "\x1b[?25l";
const SHOW = "\x1b[?25h";
const CLEAR = "\x1b[2J\x1b[H";
/** The terminal shows what comes between these two at once; one that does not know them ignores them. */
const BEGIN = "\x1b[?2026h";
const END = "\x1b[?2026l";

export class Terminal {
  readonly #out: Out;
  #height = 0;
  #columns: number | undefined;
  #hidden = false;
  readonly #restore = (): void => this.close();

  constructor(out: Out) {
    this.#out = out;
  }

  /** Replaces the last frame. A frame is left out while the terminal still takes in the one before. */
  draw(lines: readonly string[]): void {
    if (this.#out.writableNeedDrain === true) return;
    if (!this.#hidden) {
      process.once("exit", this.#restore);
      this.#hidden = true;
    }
    // After a change of width the terminal has wrapped the last frame in a way of its own: begin on a clear screen.
    const clear = this.#columns !== undefined && this.#columns !== this.#out.columns;
    this.#columns = this.#out.columns;
    const up = clear ? CLEAR : this.#height > 0 ? `\x1b[${this.#height}A` : "";
    this.#out.write(`${BEGIN}${HIDE}${up}\r${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J${END}`);
    this.#height = lines.length;
  }

  /** Leaves the last frame where it is. What is drawn after it comes below. */
  close(): void {
    if (!this.#hidden) return;
    process.removeListener("exit", this.#restore);
    this.#hidden = false;
    this.#height = 0;
    this.#out.write(SHOW);
  }
}
