/**
 * Cuts CloudTrail's documents into records while their bytes pass: a file of any size, even all in one line, costs
 * the memory of one record. After a break it goes on with the next line that begins a document, so that a broken
 * line does not spoil the others.
 */
import { isSpace, JsonStructure, ObjectPass } from "./json-structure.ts";
import { HeldBytes } from "./log-bytes.ts";

export interface TrailSink {
  /** One element of a document's `Records`; null if it is too long to be held. */
  record(text: string | null): void;
  /** A document that ended, its list of `Records` emptied; null if what is left is too long to be held. */
  document(text: string | null, hadRecords: boolean): void;
  /** A stretch that is no JSON. */
  broken(): void;
}

const BRACE = 0x7b;
const BRACE_END = 0x7d;
const LIST = 0x5b;
const LIST_END = 0x5d;
const COMMA = 0x2c;
const NEWLINE = 0x0a;
const RECORDS_KEY = /[{,]\s*"Records"\s*:\s*$/;

export class TrailScanner {
  readonly #sink: TrailSink;
  readonly #json = new JsonStructure();
  /** An element of the records that is an object, while it passes. */
  readonly #element = new ObjectPass();
  readonly #shell = new HeldBytes();
  readonly #record = new HeldBytes();
  /** Where the bytes go that pass now, and from which of the chunk on. */
  #into: HeldBytes | null = null;
  #from = 0;
  #isLost = false;
  #atLineStart = true;
  #inRecords = false;
  #hadRecords = false;

  constructor(sink: TrailSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    this.#from = 0;
    let at = 0;
    while (at < chunk.length) at = this.#pass(chunk, at);
    this.#cut(chunk, chunk.length, this.#into);
  }

  /** To be called after the last byte: a document that is still open is broken. */
  end(): void {
    if (this.#json.depth > 0) this.#sink.broken();
  }

  /** Deals with the byte at `at` and what goes with it; returns where to go on. */
  #pass(chunk: Buffer, at: number): number {
    if (this.#isLost) return this.#findDocument(chunk, at);
    if (this.#element.isOpen) return this.#passElement(chunk, at);
    if (this.#json.inString) {
      const end = this.#json.passString(chunk, at);
      return end < 0 ? this.#lose(chunk, at) : end + 1;
    }
    const byte = chunk[at] ?? 0;
    if (byte === BRACE && this.#inRecords && this.#json.depth === 2) return this.#beginElement(chunk, at);
    const isTaken = this.#json.depth === 0 ? this.#between(chunk, at, byte) : this.#within(chunk, at, byte);
    if (!isTaken) return this.#lose(chunk, at);
    this.#atLineStart = byte === NEWLINE;
    return at + 1;
  }

  #beginElement(chunk: Buffer, at: number): number {
    if (!this.#json.takeValue()) return this.#lose(chunk, at);
    this.#cut(chunk, at, this.#record);
    return this.#passElement(chunk, at);
  }

  #passElement(chunk: Buffer, from: number): number {
    const at = this.#element.pass(chunk, from);
    this.#atLineStart = false;
    return at < 0 ? this.#lose(chunk, from) : at;
  }

  #between(chunk: Buffer, at: number, byte: number): boolean {
    if (isSpace(byte) || isByteOrderMark(byte)) return true;
    if (byte !== BRACE || !this.#json.take(byte)) return false;
    this.#inRecords = false;
    this.#hadRecords = false;
    this.#cut(chunk, at, this.#shell);
    return true;
  }

  #within(chunk: Buffer, at: number, byte: number): boolean {
    const { depth } = this.#json;
    if (depth === 2 && this.#inRecords) this.#besideRecords(chunk, at, byte);
    if (!this.#json.take(byte)) return false;
    if (byte === LIST && depth === 1) this.#beginList(chunk, at);
    else if (byte === BRACE_END && depth === 1) this.#endDocument(chunk, at);
    return true;
  }

  /** In the list of records itself: what begins here is an element, and a comma or bracket ends the one before. */
  #besideRecords(chunk: Buffer, at: number, byte: number): void {
    if (byte === COMMA || byte === LIST_END) {
      this.#endRecord(chunk, at);
      if (byte === LIST_END) {
        this.#cut(chunk, at, this.#shell);
        this.#inRecords = false;
      }
    } else if (this.#into === null && !isSpace(byte)) this.#cut(chunk, at, this.#record);
  }

  #endRecord(chunk: Buffer, at: number): void {
    if (this.#into !== this.#record) return;
    this.#cut(chunk, at, null);
    this.#sink.record(this.#record.take());
  }

  #beginList(chunk: Buffer, at: number): void {
    this.#cut(chunk, at, this.#shell);
    if (!RECORDS_KEY.test(this.#shell.tail(64))) return;
    this.#cut(chunk, at + 1, null);
    this.#inRecords = true;
    this.#hadRecords = true;
  }

  #endDocument(chunk: Buffer, at: number): void {
    this.#cut(chunk, at + 1, null);
    this.#json.reset();
    this.#sink.document(this.#shell.take(), this.#hadRecords);
  }

  /** What passed up to `at` is kept where it belongs; what follows belongs to `into`. */
  #cut(chunk: Buffer, at: number, into: HeldBytes | null): void {
    this.#into?.add(chunk.subarray(this.#from, at));
    this.#into = into;
    this.#from = at;
  }

  #lose(chunk: Buffer, at: number): number {
    this.#sink.broken();
    this.#json.reset();
    this.#element.reset();
    this.#into = null;
    this.#shell.take();
    this.#record.take();
    this.#isLost = true;
    return this.#findDocument(chunk, at);
  }

  /** A document begins with the brace at the begin of a line; inner ones are indented, where there are lines. */
  #findDocument(chunk: Buffer, from: number): number {
    let at = from;
    while (at < chunk.length && !(this.#atLineStart && chunk[at] === BRACE)) {
      const newline = chunk.indexOf(NEWLINE, at);
      this.#atLineStart = newline >= 0;
      at = newline < 0 ? chunk.length : newline + 1;
    }
    this.#isLost = at >= chunk.length;
    return at;
  }
}

function isByteOrderMark(byte: number): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf;
}
