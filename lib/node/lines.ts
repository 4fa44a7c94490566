/**
 * Cuts text that comes in chunks into lines, in linear time, however it is cut into chunks.
 *
 * `\n` and `\r\n` end a line, and nothing else does. (`node:readline` also ends one at a lone `\r`, as of a progress bar, and at U+2028
 * and U+2029, which JSON allows inside of a string.)
 */
export class LineSplitter {
  /** What has come of the line that is not ended yet. */
  #rest = '';
  /** Whether a piece of that line was given already. */
  #isCut = false;

  constructor(
    /** A line with more characters (as `length` counts them) is given in pieces of so many. */
    readonly maxLength: number,
    readonly give: (line: string) => void,
  ) {}

  write(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#take(text.slice(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#take(text.slice(start));
  }

  /** Gives the last line, where no `\n` has ended it. */
  end(): void {
    const last = this.#rest;
    this.#rest = '';
    if (last !== '') this.give(last);
  }

  #take(text: string): void {
    this.#rest += text;
    let start = 0;
    // only where there is more than one piece: of a line that just fits, the rest may be its `\r\n`
    while (this.#rest.length - start > this.maxLength) {
      const end = this.#pieceEnd(start);
      this.give(this.#rest.slice(start, end));
      start = end;
    }
    if (start === 0) return;
    this.#rest = this.#rest.slice(start);
    this.#isCut = true;
  }

  /** Not between the halves of a character, unless one half is all that a piece can hold. */
  #pieceEnd(start: number): number {
    const end = start + this.maxLength;
    const isPair = (this.#rest.codePointAt(end - 1) ?? 0) > 0xffff;
    return isPair && this.maxLength > 1 ? end - 1 : end;
  }

  #endLine(): void {
    const line = this.#rest.endsWith('\r') ? this.#rest.slice(0, -1) : this.#rest;
    const isWhole = line === '' && this.#isCut;
    this.#rest = '';
    this.#isCut = false;
    if (!isWhole) this.give(line);
  }
}
