/**
 * Follows Windows events where they are: in files, or in channels of the running host.
 *
 * @module
 */
import type { Context, Needs, Tables } from "../plugin.ts";
import type { Json } from "../table.ts";
import { CHANNELS_START, type ChannelsCursor, followChannels } from "./event_channels.ts";
import { EVENT_FILES_START, type EventFilesCursor, followEventFiles } from "./event_files.ts";
import type { EventReader } from "./event_reader.ts";

/** Files or channels. */
export interface EventPlaces {
  readonly files?: readonly string[] | undefined;
  readonly channels?: readonly string[] | undefined;
  /** Which events of the channels: XPath, default all. */
  readonly query?: string | undefined;
}

export interface EventFollower extends EventReader {
  readonly context:
    & EventReader["context"]
    & Pick<Context<unknown, Tables>, "signal" | "clock">;
}

/** A cursor of files or of channels; one of the other, or of another reader, is a new beginning. */
export type EventsCursor = Json;

/** Hands the events of `places` to `take`; gives cursors. */
export async function* followEvents(
  reader: EventFollower,
  { files = [], channels = [], query }: EventPlaces,
  cursor: EventsCursor,
): AsyncIterable<EventsCursor> {
  if (channels.length === 0) {
    yield* followEventFiles(reader, files, isOfFiles(cursor) ? cursor : EVENT_FILES_START);
    return;
  }
  const { signal, clock, io } = reader.context;
  if (io.events === undefined) throw new TypeError("Cannot follow channels: there is no event log");
  const api = await io.events();
  try {
    const start = isOfChannels(cursor) ? cursor : CHANNELS_START;
    yield* followChannels({ ...reader, api, signal, clock, query }, channels, start);
  } finally {
    api.close();
  }
}

/** The members that plugins over {@link followEvents} have in common. */
export const eventSource = {
  filesKey: "files",
  needs: ({ files = [], channels }: EventPlaces): Needs => ({
    read: channels === undefined ? files : [],
  }),
  /** What no other source may read besides. */
  claims: ({ channels = [] }: EventPlaces): readonly string[] =>
    channels.map((channel) => `Windows channel "${channel}"`),
} as const;

function isOfFiles(cursor: EventsCursor): cursor is EventFilesCursor {
  return typeof cursor === "object" && cursor !== null && "tail" in cursor && "last" in cursor;
}

function isOfChannels(cursor: EventsCursor): cursor is ChannelsCursor {
  return typeof cursor === "object" && cursor !== null && "channels" in cursor;
}
