/**
 * What a plugin may reach the world by: files that grow, whole files, sockets.
 *
 * The agent hands in the real one; `custos read` one that ends at each file's end; tests a fake.
 *
 * @module
 */
import type { Json } from "../table.ts";
import type { EventApi } from "./event_api.ts";
import type { CounterQuery } from "./pdh.ts";

/** Where a {@link Io.tail} goes on: opaque, at most 3 KiB as JSON, however many files matched. */
export type TailCursor = { readonly [key: string]: Json };

/** Whole lines of one file, in order. A file that begins with the mark of UTF-16LE gives UTF-8. */
export interface TailChunk {
  readonly file: string;
  /** Stable for the file's life, through renames; new after truncation. */
  readonly fileId: string;
  /** Offset in the file of the first line, in bytes. */
  readonly offset: number;
  /**
   * Lines, each ended by LF but for a last one at the file's end that never got one. A view into
   * a buffer that is used again after the next `next()`.
   */
  readonly bytes: Uint8Array;
  /** The (only) line of this chunk is the head of one over the limit; the rest was skipped. */
  readonly cut?: { readonly lineBytes: number };
  /** Not lines but whole records, as {@link TailOptions.records} tells them; `cut` is of a record. */
  readonly records?: true;
  /** Where to go on after this chunk. */
  readonly cursor: TailCursor;
}

/** Tells where records end that are no lines. It is given a file's bytes in pieces. */
export interface RecordScanner {
  /** The index in `bytes`, from `from` on, behind the end of a record; -1 where it goes on. */
  end(bytes: Uint8Array, from: number): number;
}

/**
 * How the records end of a file that begins with `head`, at most 64 bytes: undefined where that is
 * not to be seen yet. A new scanner begins with a record.
 */
export type RecordsOf = (head: Uint8Array) => (() => RecordScanner) | "lines" | undefined;

export interface TailOptions {
  /** Most bytes of one chunk; default 512 KiB. */
  readonly chunkBytes?: number;
  /** Longer lines are cut; default 64 KiB. */
  readonly maxLineBytes?: number;
  /** Pause between looks at the files, in ms; default 200, and less where an agent seals more often. */
  readonly pollMs?: number;
  /** Where to begin in files seen at the first start: default "oldest". */
  readonly startAt?: "oldest" | "now";
  /**
   * Whether a record begins with the line at `at` of `lines`, for records of many lines. A chunk
   * then ends before a record; the last one of a file is given when nobody has written to the file
   * for a second. One that fills a chunk is given in pieces.
   */
  readonly startsRecord?: (lines: Uint8Array, at: number) => boolean;
  /**
   * For files whose records are no lines: a chunk has whole ones. One that is longer than a chunk is
   * cut as a line is; one that the file's end cuts is given when the file grows no more.
   */
  readonly records?: RecordsOf;
  /**
   * Gives a chunk without bytes when nothing was read for so long, in ms: who holds lines back for
   * those that belong to them can give up then. Default: it never does.
   */
  readonly idleMs?: number;
}

/** One whole file, read when it has not changed for `settleMs`. */
export interface WholeFile {
  readonly file: string;
  readonly fileId: string;
  readonly bytes: Uint8Array;
  readonly cursor: TailCursor;
}

/** Bytes of a file from where its reader stands. The reader says how many of them it has done. */
export interface FileBlock {
  readonly file: string;
  /** As of {@link WholeFile}: a file that has changed is read again under a new one. */
  readonly fileId: string;
  /** Offset of `bytes` in the file. */
  readonly offset: number;
  /** A view into a buffer that is used again after the next `next()`. */
  readonly bytes: Uint8Array;
  /** The file ends with them. */
  readonly isLast: boolean;
  /**
   * Another block follows at once, if only an empty one: a cursor can wait for it, but for no more
   * than 512 KiB of input.
   */
  readonly hasMore: boolean;
  /**
   * Says that the first `bytes` of the block are done: the next one begins behind them. What a last
   * block leaves is read again when the file has changed.
   */
  take(bytes: number): void;
  /** Where to go on behind what was taken. */
  cursor(): TailCursor;
}

export interface BlockOptions {
  /** Most bytes of one block; default 1 MiB. */
  readonly blockBytes?: number;
  readonly pollMs?: number;
  /** A file is read when it has not changed for so long, in ms. */
  readonly settleMs?: number;
}

export interface Datagram {
  readonly bytes: Uint8Array;
  /** Address of the peer, without port. */
  readonly from: string;
}

/** One message of a socket: a datagram, or one framed in a stream. */
export interface StreamMessage extends Datagram {
  /** It was over the limit, or its connection ended before it did: `bytes` is its head. */
  readonly cut?: { readonly messageBytes: number };
}

/** What becomes of a message besides being read. */
export interface Answer {
  /** Sent back to the peer at once, whether or not the message is ever read. */
  readonly reply?: Uint8Array | undefined;
  /** Of a datagram: sent to this port of the peer in place of the one it came from. */
  readonly port?: number | undefined;
  /** False where the reader has no use for the message. */
  readonly keep: boolean;
}

/** What a listener had to drop because nobody took it in time. */
export interface Dropped {
  readonly dropped: number;
}

export interface ListenOptions {
  /** Longer messages are cut; default 64 KiB. */
  readonly maxMessageBytes?: number;
  /**
   * Asked about each message that there is room for, when it arrives. One that is dropped is not
   * asked about: who sent it gets no reply, and sends it again.
   */
  readonly answer?: (message: StreamMessage) => Answer;
  /** Kept in memory while the reader waits, in bytes; default 8 MiB. What is over it is dropped. */
  readonly ringBytes?: number;
}

export interface TcpOptions extends ListenOptions {
  /**
   * `auto` is RFC 6587: octet counting where a message starts with a digit, else LF;
   * `content-length` is that of SIP, RFC 3261 §18.3.
   */
  readonly framing?: "auto" | "lf" | "octets" | "content-length";
  /** PEM files; with them the listener speaks TLS 1.2 or later (RFC 5425). */
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    /** Clients must show a certificate that one of these signed. */
    readonly clientCa?: string | undefined;
  };
  /** Close a connection that is silent for so long, in ms; default 10 minutes. */
  readonly idleMs?: number;
  /** More connections than this are refused; default 1,000. */
  readonly maxConnections?: number;
}

/** A bound listener: iterate it; leaving the loop closes it. */
export interface Listener<Message> extends AsyncIterable<readonly Message[] | Dropped> {
  /** The port that was bound; for port 0 the one the system picked. */
  readonly port: number;
}

/** A request before its body has come. */
export interface HttpHead {
  readonly method: string;
  /** Without query; percent-encoded as it came. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Address of the peer, without port. */
  readonly from: string;
}

export interface HttpRequest extends HttpHead {
  /** Unpacked. */
  readonly body: Uint8Array;
}

export interface HttpReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What was made of a request, and the size of its body in bytes. */
export interface HttpTaken<T> {
  readonly value: T;
  readonly bytes: Uint8Array;
}

export interface HttpOptions<T> {
  /** Asked before the body is read: a reply refuses the request. */
  readonly refuse: (head: HttpHead) => HttpReply | undefined;
  /** Answers a request; what is in `keep` waits for the reader. */
  readonly take: (request: HttpRequest) => { readonly reply: HttpReply; readonly keep?: T };
  /** The reply while the ring is full: the sender keeps what it has, and comes again. */
  readonly busy: (head: HttpHead) => HttpReply;
  /** The reply to a body that is too large or cannot be unpacked. */
  readonly unreadable: (head: HttpHead, status: 400 | 413 | 415, why: string) => HttpReply;
  /** Larger bodies are refused, packed or not; default 16 MiB. */
  readonly maxBodyBytes?: number;
  /** Kept in memory while the reader waits, in bytes, as are bodies on their way; default 64 MiB. */
  readonly ringBytes?: number;
  readonly tls?: TcpOptions["tls"] | undefined;
  /** A request must come in so long, in ms, and a connection not be silent longer; default 60 s. */
  readonly idleMs?: number;
  /** More connections than this are refused; default 1,000. */
  readonly maxConnections?: number;
}

/** What is at a path: of a link itself, not of what it leads to. */
export interface FileStat {
  readonly kind: "file" | "folder" | "link" | "other";
  readonly size: number;
  /** Ms since the epoch. */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, with set-id and sticky: 0 to 0o7777. */
  readonly mode: number;
  /** Of a link: where it leads. */
  readonly target?: string;
}

/** What a source keeps between runs besides its cursor, which holds little. */
export interface Kept {
  /** What was kept under `name`; undefined if nothing was, or it cannot be read any more. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Keeps `bytes` under `name`, letters and digits; they are durable when this resolves. */
  set(name: string, bytes: Uint8Array): Promise<void>;
}

export interface Io {
  tail(globs: readonly string[], from: TailCursor, options?: TailOptions): AsyncIterable<TailChunk>;
  files(
    globs: readonly string[],
    from: TailCursor,
    options?: { readonly maxBytes?: number; readonly pollMs?: number; readonly settleMs?: number },
  ): AsyncIterable<WholeFile>;
  /** Files of any size whose records are no lines, each once it has settled. */
  blocks(
    globs: readonly string[],
    from: TailCursor,
    options?: BlockOptions,
  ): AsyncIterable<FileBlock>;
  /** `bind` is `address:port`, IPv6 in brackets. */
  udp(bind: string, options?: ListenOptions): Promise<Listener<StreamMessage>>;
  tcp(bind: string, options?: TcpOptions): Promise<Listener<StreamMessage>>;
  http<T>(bind: string, options: HttpOptions<T>): Promise<Listener<HttpTaken<T>>>;
  /** A small file as it is now, such as one of /proc; undefined where there is none. */
  read(path: string): Uint8Array | undefined;
  /** Names in a folder, sorted; empty where there is none. */
  list(folder: string): readonly string[];
  /** Opens live performance counters by their English paths; absent where the system has none. */
  readonly counters?: (paths: readonly string[]) => Promise<CounterQuery>;
  /** Opens the event log of the running host; absent where nothing was given in its place. */
  readonly events?: () => Promise<EventApi>;
  /** What is at `path`; undefined where there is nothing, or it may not be seen. */
  stat(path: string): FileStat | undefined;
  /** SHA-256 of a whole file, in hex; undefined if it cannot be read or has more than `most` bytes. */
  digest(path: string, most: number): Promise<string | undefined>;
  /** Encrypted on this host's disk, for this agent alone; without an agent, in memory. */
  readonly kept: Kept;
}
