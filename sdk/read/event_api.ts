/**
 * The Windows Event Log API (`winevt.h`, `wevtapi.dll`), as far as it takes to follow a channel.
 *
 * Pull mode: no callback of ours runs on a thread of the system's. `EvtNext` is asked with a timeout
 * of 0, so that no call blocks.
 *
 * @module
 */
import { nativeBytes, type NativeLibrary, openLibrary } from "../runtime/ffi.ts";

/** Codes of `winerror.h` that say what to do next. */
export const WIN = {
  accessDenied: 5,
  insufficientBuffer: 122,
  noMoreItems: 259,
  notFound: 1168,
  invalidBound: 1734,
  invalidOperation: 4317,
  invalidQuery: 15_001,
  channelNotFound: 15_007,
  resultStale: 15_011,
  invalidPosition: 15_012,
} as const;

/** A call that failed, with the system's own code. */
export class EventApiError extends Error {
  override readonly name = "EventApiError";
  readonly code = "event-api";
  /** Of `winerror.h`. */
  readonly status: number;

  constructor(call: string, status: number) {
    super(`Cannot read event channel: ${call} failed with ${status}`);
    this.status = status;
  }
}

const EVENT_API = {
  EvtSubscribe: {
    args: ["u64", "u64", "bytes", "bytes", "u64", "u64", "u64", "u32"],
    returns: "u64",
  },
  EvtCreateBookmark: { args: ["bytes"], returns: "u64" },
  EvtNext: { args: ["u64", "u32", "bytes", "u32", "u32", "bytes"], returns: "i32" },
  EvtRender: { args: ["u64", "u64", "u32", "u32", "bytes", "bytes", "bytes"], returns: "i32" },
  EvtClose: { args: ["u64"], returns: "i32" },
} as const;

const KERNEL = {
  CreateEventW: { args: ["u64", "i32", "i32", "bytes"], returns: "u64" },
  CloseHandle: { args: ["u64"], returns: "i32" },
  GetLastError: { args: [], returns: "u32" },
} as const;

/** Where the two libraries are; a test has a stand-in for both. */
export interface EventLibraries {
  readonly events: string;
  readonly kernel: string;
}

const WINDOWS: EventLibraries = { events: "wevtapi.dll", kernel: "kernel32.dll" };

const FLAG = { fromOldest: 2, afterBookmark: 3, strict: 0x1_0000 } as const;
const RENDER_XML = 1;
const FIRST_TEXT_BYTES = 16 * 1024;
const MOST_TEXT_BYTES = 4 * 1024 * 1024;

export interface EventApi {
  /**
   * Subscribes to events of a channel that `query` (XPath) names, behind the record `after` or from
   * the oldest one.
   *
   * @throws {EventApiError} `notFound` where that record is no longer there.
   */
  subscribe(channel: string, query: string, after: bigint | undefined): Subscription;
  close(): void;
}

/** An open subscription. */
export interface Subscription {
  /**
   * The next events as XML, at most `most`; none where there are none now.
   *
   * @throws {EventApiError} It must then be closed.
   */
  next(most: number): readonly string[];
  close(): void;
}

/**
 * Opens the API of the running system.
 *
 * @throws {NativeError} Where there is none: it is not Windows.
 */
export async function openEventApi(libraries: EventLibraries = WINDOWS): Promise<EventApi> {
  const events = await openLibrary(libraries.events, EVENT_API);
  const kernel = await openLibrary(libraries.kernel, KERNEL);
  const api = { events, kernel };
  return {
    subscribe: (channel, query, after) => subscribe(api, { channel, query, after }),
    close: () => {
      events.close();
      kernel.close();
    },
  };
}

interface Api {
  readonly events: NativeLibrary<keyof typeof EVENT_API>;
  readonly kernel: NativeLibrary<keyof typeof KERNEL>;
}

function fail({ kernel }: Api, call: string): never {
  throw new EventApiError(call, Number(kernel.call.GetLastError()));
}

interface Place {
  readonly channel: string;
  readonly query: string;
  readonly after: bigint | undefined;
}

function subscribe(api: Api, { channel, query, after }: Place): Subscription {
  const { events, kernel } = api;
  const signal = BigInt(kernel.call.CreateEventW(0n, 1, 1, null));
  if (signal === 0n) return fail(api, "CreateEventW");
  let bookmark = 0n;
  let handle = 0n;
  try {
    if (after !== undefined) bookmark = bookmarkAt(api, channel, after);
    const flags = after === undefined ? FLAG.fromOldest : FLAG.afterBookmark | FLAG.strict;
    const path = wide(channel);
    handle = BigInt(
      events.call.EvtSubscribe(0n, signal, path, wide(query), bookmark, 0n, 0n, flags),
    );
    if (handle === 0n) fail(api, "EvtSubscribe");
  } finally {
    if (bookmark !== 0n) events.call.EvtClose(bookmark);
    if (handle === 0n) kernel.call.CloseHandle(signal);
  }
  return {
    next: (most) => nextEvents(api, handle, most),
    close: () => {
      events.call.EvtClose(handle);
      kernel.call.CloseHandle(signal);
    },
  };
}

function bookmarkAt(api: Api, channel: string, record: bigint): bigint {
  const name = channel.replaceAll("&", "&amp;").replaceAll("'", "&apos;").replaceAll("<", "&lt;");
  const xml = `<BookmarkList><Bookmark Channel='${name}' RecordId='${record}' IsCurrent='true'/>` +
    `</BookmarkList>`;
  const bookmark = BigInt(api.events.call.EvtCreateBookmark(wide(xml)));
  return bookmark === 0n ? fail(api, "EvtCreateBookmark") : bookmark;
}

function nextEvents(api: Api, handle: bigint, most: number): readonly string[] {
  const { events, kernel } = api;
  const found = nativeBytes(most * 8);
  const count = nativeBytes(4);
  if (Number(events.call.EvtNext(handle, most, found, 0, 0, count)) === 0) {
    const status = Number(kernel.call.GetLastError());
    // The second one is what some versions say of a subscription that has nothing yet.
    if (status === WIN.noMoreItems || status === WIN.invalidOperation) return [];
    throw new EventApiError("EvtNext", status);
  }
  const view = new DataView(found.buffer);
  const handles = Array.from(
    { length: Math.min(most, new DataView(count.buffer).getUint32(0, true)) },
    (_, i) => view.getBigUint64(i * 8, true),
  );
  try {
    return handles.map((event) => render(api, event));
  } finally {
    for (const event of handles) events.call.EvtClose(event);
  }
}

function render(api: Api, event: bigint): string {
  const { events, kernel } = api;
  const used = nativeBytes(4);
  const properties = nativeBytes(4);
  for (let size = FIRST_TEXT_BYTES;;) {
    const text = nativeBytes(size);
    const isDone = Number(
      events.call.EvtRender(0n, event, RENDER_XML, size, text, used, properties),
    );
    const bytes = new DataView(used.buffer).getUint32(0, true);
    if (isDone !== 0) return untilNul(text, Math.min(bytes, size));
    const status = Number(kernel.call.GetLastError());
    if (status !== WIN.insufficientBuffer || bytes <= size || bytes > MOST_TEXT_BYTES) {
      throw new EventApiError("EvtRender", status);
    }
    size = bytes;
  }
}

/** A text in UTF-16 with a NUL at its end. */
function wide(text: string): Uint8Array<ArrayBuffer> {
  const bytes = nativeBytes(text.length * 2 + 2);
  bytes.set(Buffer.from(text, "utf16le"));
  return bytes;
}

function untilNul(bytes: Uint8Array<ArrayBuffer>, size: number): string {
  const text = Buffer.from(bytes.buffer, 0, size & ~1).toString("utf16le");
  return text.endsWith("\0") ? text.slice(0, -1) : text;
}
