import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Instant } from '../../base/clock.ts';
import { backupError } from './backup-error.ts';

/**
 * An archive as tar(1) reads it (POSIX.1-2017, pax, "ustar Interchange Format"), with one thing more: its last entry is
 * the SHA-256 of every byte before it, so that a cut or a changed byte is found without unpacking anything.
 */
const BLOCK = 512;
const CHUNK = 1024 * 1024;
const DIGEST_NAME = 'sha256';
/** Where each field of a header is. */
const field = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
} as const;
const MAGIC = 'ustar\u000000';
/** What eleven octal digits hold; beyond it the size is binary, as GNU tar writes it. */
const OCTAL_SIZE_MAX = 8 ** 11 - 1;

export class ArchiveWriter {
  readonly #file: FileHandle;
  readonly #date: Instant;
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;

  private constructor(file: FileHandle, date: Instant) {
    this.#file = file;
    this.#date = date;
  }

  /** Makes a new file, for its owner alone: it is going to hold secrets. */
  static async create(path: string, date: Instant): Promise<ArchiveWriter> {
    return new ArchiveWriter(await open(path, 'wx', 0o600), date);
  }

  /** Adds the file at `path`. @throws Error with code ENOENT, and nothing is added, when there is none. */
  async addFile(name: string, path: string): Promise<void> {
    const source = await open(path, 'r');
    try {
      const { size } = await source.stat();
      await this.#write(header(name, size, this.#date));
      let left = size;
      const buffer = Buffer.allocUnsafe(CHUNK);
      while (left > 0) {
        const { bytesRead } = await source.read(buffer, 0, Math.min(left, CHUNK));
        if (bytesRead === 0) throw backupError(`${path} became shorter while it was read`);
        await this.#write(buffer.subarray(0, bytesRead));
        left -= bytesRead;
      }
      await this.#write(padding(size));
    } finally {
      await source.close();
    }
  }

  async addText(name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await this.#write(header(name, bytes.length, this.#date));
    await this.#write(Buffer.concat([bytes, padding(bytes.length)]));
  }

  /** Adds the digest and the end, and resolves with the size once all of it is on disk. */
  async seal(): Promise<number> {
    await this.addText(DIGEST_NAME, `${this.#hash.copy().digest('hex')}\n`);
    await this.#write(Buffer.alloc(2 * BLOCK));
    await this.#file.sync();
    return this.#sizeBytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #write(bytes: Buffer): Promise<void> {
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
    let written = 0;
    while (written < bytes.length) {
      written += (await this.#file.write(bytes, written)).bytesWritten;
    }
  }
}

/** A file in an archive: its bytes are at `offset` of it. */
export interface ArchiveEntry {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** @throws OutletError when the archive at `path` is not, byte for byte, what was written. */
export async function checkArchive(path: string): Promise<void> {
  let last: ArchiveEntry | undefined;
  for await (const entry of walk(path)) last = entry;
  if (last?.name !== DIGEST_NAME) throw damaged(path, 'it has no checksum at its end');
  const hash = createHash('sha256');
  const end = last.offset - BLOCK - 1;
  await pipeline(createReadStream(path, { end, highWaterMark: CHUNK }), hash);
  if (hash.digest('hex') !== (await readEntry(path, last)).trim()) {
    throw damaged(path, 'its content does not have the checksum that it had when it was written');
  }
}

/** The entries, in order, but for the digest. @throws OutletError when they do not follow one another. */
export async function* entriesOf(path: string): AsyncGenerator<ArchiveEntry> {
  for await (const entry of walk(path)) if (entry.name !== DIGEST_NAME) yield entry;
}

/** The text of a small entry. */
export async function readEntry(path: string, { offset, size }: ArchiveEntry): Promise<string> {
  if (size > CHUNK) throw damaged(path, 'its description is too long');
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(size);
    await file.read(bytes, 0, size, offset);
    return bytes.toString('utf8');
  } finally {
    await file.close();
  }
}

/** Writes the bytes of an entry to a new file, for its owner alone, and has them on disk. */
export async function extractEntry(
  path: string,
  { offset, size }: ArchiveEntry,
  target: string,
): Promise<void> {
  const source =
    size === 0
      ? Readable.from([])
      : createReadStream(path, { start: offset, end: offset + size - 1, highWaterMark: CHUNK });
  await pipeline(source, createWriteStream(target, { flags: 'wx', mode: 0o600, flush: true }));
}

async function* walk(path: string): AsyncGenerator<ArchiveEntry> {
  const file = await openArchive(path);
  try {
    const { size: length } = await file.stat();
    const block = Buffer.alloc(BLOCK);
    for (let at = 0; ;) {
      const { bytesRead } = await file.read(block, 0, BLOCK, at);
      if (at === 0 && (bytesRead < BLOCK || !isHeader(block))) {
        throw backupError(`${path} is no backup of Tutti. Name a file that tutti backup wrote.`);
      }
      if (bytesRead < BLOCK) throw damaged(path, 'it ends too early');
      if (block.every((byte) => byte === 0)) return;
      if (!isHeader(block)) throw damaged(path, `there is something strange at byte ${at}`);
      const name = nameOf(block);
      const size = sizeOf(block);
      if (size === undefined) throw damaged(path, `the size of ${name} is no number`);
      const entry = { name, offset: at + BLOCK, size };
      at = entry.offset + entry.size + padding(entry.size).length;
      if (!(at <= length)) throw damaged(path, `it ends in the middle of ${entry.name}`);
      yield entry;
    }
  } finally {
    await file.close();
  }
}

async function openArchive(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const { code } = error as { code?: unknown };
    const problem = code === 'ENOENT' ? 'there is no such file' : String(code);
    throw backupError(`cannot read ${path}: ${problem}. Name a file that tutti backup wrote.`);
  }
}

function damaged(path: string, problem: string): Error {
  return backupError(`${path} is damaged: ${problem}. Take another copy of it.`);
}

function header(name: string, size: number, date: Instant): Buffer {
  const block = Buffer.alloc(BLOCK);
  const put = (what: keyof typeof field, text: string): void => {
    block.write(text, field[what][0], field[what][1], 'latin1');
  };
  put('name', name);
  put('mode', octal(0o600, 8));
  put('uid', octal(0, 8));
  put('gid', octal(0, 8));
  put('mtime', octal(Math.floor(date / 1000), 12));
  put('type', '0');
  put('magic', MAGIC);
  if (size <= OCTAL_SIZE_MAX) put('size', octal(size, 12));
  else {
    block[field.size[0]] = 0x80;
    block.writeBigUInt64BE(BigInt(size), field.size[0] + 4);
  }
  put('checksum', `${octal(checksumOf(block), 7)} `);
  return block;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** The sum of the header's bytes, its own taken for spaces. */
function checksumOf(block: Buffer): number {
  const [at, length] = field.checksum;
  let sum = length * 0x20;
  for (const [index, byte] of block.entries()) {
    if (index < at || index >= at + length) sum += byte;
  }
  return sum;
}

function isHeader(block: Buffer): boolean {
  return (
    textOf(block, 'magic').startsWith('ustar') &&
    Number.parseInt(textOf(block, 'checksum'), 8) === checksumOf(block)
  );
}

function nameOf(block: Buffer): string {
  return textOf(block, 'name');
}

function sizeOf(block: Buffer): number | undefined {
  const [at] = field.size;
  if (block[at] === 0x80) return Number(block.readBigUInt64BE(at + 4));
  const text = textOf(block, 'size');
  // With a sign it would lead backwards, and the same header be read for ever.
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function textOf(block: Buffer, what: keyof typeof field): string {
  const [at, length] = field[what];
  return block.toString('latin1', at, at + length).split('\0', 1)[0] ?? '';
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
