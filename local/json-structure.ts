/**
 * Follows the structure of JSON byte by byte: what is open, and whether the next sign can stand where it does. What
 * numbers and words look like is left to a real parser.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OBJECT = 0x7b;
const LIST = 0x5b;
const OBJECT_END = 0x7d;
const LIST_END = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
/** Stands for the end of any value. */
const VALUE = 0x56;
/** Stands for the middle of a number or a word. */
const WORD = 0x57;

export class JsonStructure {
  /** The containers that are open, by their first sign. */
  #open: number[] = [];
  /** The last sign that was no space. */
  #last = 0;
  #isEscaped = false;
  inString = false;

  get depth(): number {
    return this.#open.length;
  }

  /** Whether a value, or in an object a key, may begin here. */
  get isBeforeValue(): boolean {
    return this.#last !== VALUE && this.#last !== WORD;
  }

  reset(): void {
    this.#open = [];
    this.#last = 0;
    this.#isEscaped = false;
    this.inString = false;
  }

  /** Takes the next byte outside a string. False: no JSON goes on like this. */
  take(byte: number): boolean {
    if (byte === OBJECT || byte === LIST) return this.#begin(byte);
    if (byte === OBJECT_END || byte === LIST_END) return this.#end(byte === OBJECT_END ? OBJECT : LIST);
    if (byte === QUOTE) return this.#beginString();
    if (byte === COMMA || byte === COLON) return this.#separate(byte);
    if (isSpace(byte)) return true;
    return byte > 0x20 && this.#word();
  }

  /** A whole value stands where the next sign would be. False: none can stand there. */
  takeValue(): boolean {
    if (!this.#mayBegin()) return false;
    this.#last = VALUE;
    return true;
  }

  /** Passes the bytes of a string. Returns where it ends, the length of the chunk if it does not, -1 if it cannot go on. */
  passString(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte < 0x20) return -1;
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.inString = false;
        this.#last = VALUE;
        return at;
      }
    }
    return chunk.length;
  }

  /** In an object only a colon goes before a value, in a list a comma too. */
  #mayBegin(): boolean {
    if (this.#last === COLON) return true;
    return this.#open.at(-1) === LIST ? this.#last === LIST || this.#last === COMMA : this.#open.length === 0;
  }

  #begin(byte: number): boolean {
    if (!this.#mayBegin()) return false;
    this.#open.push(byte);
    this.#last = byte;
    return true;
  }

  #end(container: number): boolean {
    const isWhole = !this.isBeforeValue || this.#last === container;
    if (!isWhole || this.#open.pop() !== container) return false;
    this.#last = VALUE;
    return true;
  }

  #beginString(): boolean {
    const isKey = this.#open.at(-1) === OBJECT && (this.#last === OBJECT || this.#last === COMMA);
    if (!isKey && !this.#mayBegin()) return false;
    this.inString = true;
    return true;
  }

  #separate(byte: number): boolean {
    if (this.isBeforeValue || this.#open.length === 0) return false;
    this.#last = byte;
    return true;
  }

  #word(): boolean {
    if (this.#last !== WORD && !this.#mayBegin()) return false;
    this.#last = WORD;
    return true;
  }
}

/**
 * Passes one object from brace to brace, as fast as bytes can be looked at: only strings and braces are told apart,
 * so what comes out may still be no JSON.
 */
export class ObjectPass {
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  /** Returns where to go on: after the object's last brace, or at the chunk's end; -1 if it cannot go on. */
  pass(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length) {
      if (this.#inString) at = this.#passString(chunk, at);
      else at = this.#passStructure(chunk, at);
      if (at < 0 || (this.#depth === 0 && !this.#inString)) return at;
    }
    return at;
  }

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  reset(): void {
    this.#depth = 0;
    this.#inString = false;
    this.#isEscaped = false;
  }

  #passString(chunk: Buffer, from: number): number {
    let isEscaped = this.#isEscaped;
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte < 0x20) return -1;
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        this.#isEscaped = false;
        return at + 1;
      }
    }
    this.#isEscaped = isEscaped;
    return chunk.length;
  }

  /** Up to the next string, or after the last brace. */
  #passStructure(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === QUOTE) {
        this.#inString = true;
        return at + 1;
      }
      if (byte === OBJECT) this.#depth += 1;
      else if (byte === OBJECT_END) {
        this.#depth -= 1;
        if (this.#depth === 0) return at + 1;
      }
    }
    return chunk.length;
  }
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
