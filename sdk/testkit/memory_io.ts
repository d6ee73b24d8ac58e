/**
 * An {@link Io} over files in memory: it ends where they end, so that a test need not wait.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { matchesGlob } from "node:path";
import type {
  BlockOptions,
  Datagram,
  Dropped,
  FileBlock,
  FileStat,
  HttpOptions,
  HttpRequest,
  HttpTaken,
  Io,
  Kept,
  Listener,
  StreamMessage,
  TailChunk,
  TailCursor,
  TailOptions,
  TcpOptions,
  WholeFile,
} from "../read/io.ts";
import { openFramer } from "../read/open_framer.ts";
import { beforeLastRecord, hasUtf16Mark, utf16ToUtf8 } from "../read/utf16.ts";
import { keptInMemory } from "../read/kept.ts";
import { crc32c } from "../runtime/crc32c.ts";

/** By absolute path. */
export type Files = ReadonlyMap<string, Uint8Array>;

const DEFAULT_CHUNK_BYTES = 512 * 1024;
const DEFAULT_LINE_BYTES = 64 * 1024;
/** By so many a file's kind is told. */
const HEAD_BYTES = 64;
/** The peer that sends what a listener of {@link memoryIo} hears. */
export const PEER = "192.0.2.10";

/**
 * An `Io` that reads `files`. Its sockets hear `files` too: a datagram a line, one TCP connection or
 * one HTTP request a file, from {@link PEER}.
 */
export function memoryIo(files: Files, kept: Kept = keptInMemory()): Io {
  return {
    tail: (globs, from, options) => tail(matching(files, globs), from, options ?? {}),
    files: (globs, from) => whole(files, globs, from),
    blocks: (globs, from, options) => blocks(matching(files, globs), from, options ?? {}),
    udp: () => Promise.resolve(heard(datagrams(files))),
    tcp: (_bind, options) => Promise.resolve(heard(messages(files, options ?? {}))),
    http: (_bind, options) => Promise.resolve(heard(requests(files, options))),
    read: (path) => files.get(path),
    list: (folder) => listed(files, folder),
    stat: (path) => statIn(files, path),
    digest: (path, most) => Promise.resolve(digestIn(files.get(path), most)),
    kept,
  };
}

/** All files are root's and never touched: only what is in them tells them apart. */
function statIn(files: Files, path: string): FileStat | undefined {
  const bytes = files.get(path);
  const isFolder = bytes === undefined && listed(files, path).length > 0;
  if (bytes === undefined && !isFolder) return undefined;
  const kind = isFolder ? "folder" : "file";
  const owner = { uid: 0, gid: 0, mode: isFolder ? 0o755 : 0o644 };
  // A file that was changed has a time of its own: that of its content.
  const mtimeMs = bytes === undefined ? 0 : crc32c(bytes);
  return { kind, size: bytes?.length ?? 0, mtimeMs, ctimeMs: mtimeMs, ...owner };
}

function digestIn(bytes: Uint8Array | undefined, most: number): string | undefined {
  if (bytes === undefined || bytes.length > most) return undefined;
  return createHash("sha256").update(bytes).digest("hex");
}

function* matching(files: Files, globs: readonly string[]): Iterable<[string, Uint8Array]> {
  for (const [file, bytes] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (globs.some((glob) => file === glob || matchesGlob(file, glob))) yield [file, bytes];
  }
}

async function* tail(
  inputs: Iterable<[string, Uint8Array]>,
  from: TailCursor,
  options: TailOptions,
): AsyncIterable<TailChunk> {
  const { chunkBytes = DEFAULT_CHUNK_BYTES, maxLineBytes = DEFAULT_LINE_BYTES } = options;
  const limits = { chunkBytes: Math.max(chunkBytes, maxLineBytes), maxLineBytes };
  let cursor = from;
  for (const [file, given] of inputs) {
    const scanned = options.records?.(given.subarray(0, HEAD_BYTES)) ?? "lines";
    if (scanned !== "lines") {
      if (from[file] !== undefined) continue;
      cursor = { ...cursor, [file]: given.length };
      yield { file, fileId: file, offset: 0, bytes: given.slice(), cursor, records: true };
      continue;
    }
    const all = hasUtf16Mark(given) ? utf16ToUtf8(given, true) : given;
    const done = from[file];
    let offset = typeof done === "number" ? done : 0;
    while (offset < all.length) {
      const { cut, ...whole } = nextEnd(all, offset, limits);
      const end = cut === undefined && whole.end < all.length && options.startsRecord !== undefined
        ? recordEnd(all.subarray(offset, whole.end), whole.end, options.startsRecord)
        : whole.end;
      const bytes = all.slice(offset, cut === undefined ? end : offset + maxLineBytes);
      cursor = { ...cursor, [file]: end };
      yield { file, fileId: file, offset, bytes, cursor, ...(cut && { cut }) };
      offset = end;
    }
  }
}

/** Where the chunk of `lines` ends that breaks no record in two, or `end` if there is one only. */
function recordEnd(
  lines: Uint8Array,
  end: number,
  startsRecord: NonNullable<TailOptions["startsRecord"]>,
): number {
  return beforeLastRecord({ bytes: lines, next: end }, startsRecord, 1)?.next ?? end;
}

/** Where the chunk that begins at `from` ends: before the first line over the limit, if any. */
function nextEnd(
  all: Uint8Array,
  from: number,
  { chunkBytes, maxLineBytes }: { readonly chunkBytes: number; readonly maxLineBytes: number },
): { readonly end: number; readonly cut?: { readonly lineBytes: number } } {
  let end = from;
  while (end < all.length) {
    const feed = all.indexOf(10, end);
    const next = feed < 0 ? all.length : feed + 1;
    const lineBytes = (feed < 0 ? all.length : feed) - end;
    if (lineBytes > maxLineBytes) return end > from ? { end } : { end: next, cut: { lineBytes } };
    if (next - from > chunkBytes && end > from) return { end };
    end = next;
  }
  return { end };
}

async function* whole(
  files: Files,
  globs: readonly string[],
  from: TailCursor,
): AsyncIterable<WholeFile> {
  let cursor = from;
  for (const [file, bytes] of matching(files, globs)) {
    if (from[file] !== undefined) continue;
    cursor = { ...cursor, [file]: bytes.length };
    yield { file, fileId: file, bytes: new Uint8Array(bytes), cursor };
  }
}

const DEFAULT_BLOCK_BYTES = 1024 * 1024;

async function* blocks(
  inputs: Iterable<[string, Uint8Array]>,
  from: TailCursor,
  { blockBytes = DEFAULT_BLOCK_BYTES }: BlockOptions,
): AsyncIterable<FileBlock> {
  let cursor = from;
  for (const [file, all] of inputs) {
    const done = from[file];
    let offset = typeof done === "number" ? done : 0;
    for (let isLast = offset >= all.length; !isLast;) {
      const start = offset;
      const bytes = all.slice(start, start + blockBytes);
      isLast = start + bytes.length >= all.length;
      const take = (count: number): void => {
        offset = start + count;
        cursor = { ...cursor, [file]: offset };
      };
      const where = { file, fileId: file, offset: start };
      yield { ...where, bytes, isLast, hasMore: false, take, cursor: () => cursor };
      if (!isLast && offset === start) throw new TypeError(`Cannot go on in ${file}`);
    }
  }
}

/** By their names, in which order soever a runtime has listed them. */
function inOrder(files: Files): readonly Uint8Array[] {
  return [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes);
}

async function* datagrams(files: Files): AsyncIterable<readonly Datagram[]> {
  for (const bytes of inOrder(files)) {
    const lines: Datagram[] = [];
    for (let at = 0; at < bytes.length;) {
      const feed = bytes.indexOf(10, at);
      const end = feed < 0 ? bytes.length : feed;
      lines.push({ bytes: bytes.slice(at, end), from: PEER });
      at = end + 1;
    }
    yield lines;
  }
}

async function* messages(
  files: Files,
  options: TcpOptions,
): AsyncIterable<readonly StreamMessage[]> {
  for (const bytes of inOrder(files)) {
    const list: StreamMessage[] = [];
    const { framing = "auto", maxMessageBytes = DEFAULT_LINE_BYTES } = options;
    const framer = openFramer({ framing, maxMessageBytes }, ({ bytes: message, cut }) => {
      const heard = { bytes: new Uint8Array(message), from: PEER, ...(cut && { cut }) };
      if (options.answer?.(heard).keep !== false) list.push(heard);
    });
    framer.push(bytes);
    framer.end();
    yield list;
  }
}

async function* requests<T>(
  files: Files,
  options: HttpOptions<T>,
): AsyncIterable<readonly HttpTaken<T>[]> {
  for (const bytes of inOrder(files)) {
    const request = requestIn(bytes);
    if (options.refuse(request) !== undefined) continue;
    const { keep } = options.take(request);
    if (keep !== undefined) yield [{ value: keep, bytes: request.body }];
  }
}

/** A request as it goes over the wire; its body is the rest of the file. */
function requestIn(bytes: Uint8Array): HttpRequest {
  const text = Buffer.from(bytes).toString("latin1");
  const [head = ""] = text.split(/\r?\n\r?\n/, 1);
  const [first = "", ...lines] = head.split(/\r?\n/);
  const [method = "", target = "/"] = first.split(" ");
  const [path = "/"] = target.split("?", 1);
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const feeds = /^\r?\n\r?\n/.exec(text.slice(head.length))?.[0].length ?? 0;
  const body = bytes.subarray(head.length + feeds);
  return { method, path, query: target.slice(path.length), headers, from: PEER, body };
}

function heard<M>(source: AsyncIterable<readonly M[] | Dropped>): Listener<M> {
  return { port: 0, [Symbol.asyncIterator]: () => source[Symbol.asyncIterator]() };
}

function listed(files: Files, folder: string): readonly string[] {
  const prefix = folder.endsWith("/") ? folder : `${folder}/`;
  const names = new Set<string>();
  for (const file of files.keys()) {
    if (file.startsWith(prefix)) names.add(file.slice(prefix.length).split("/", 1)[0]!);
  }
  return [...names].toSorted();
}
