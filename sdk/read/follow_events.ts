/**
 * Follows Windows events where they are: in files, or in channels of the running host.
 *
 * @module
 */
import type { Context, Tables } from "../plugin.ts";
import type { Json } from "../table.ts";
import { openEventApi } from "./event_api.ts";
import { CHANNELS_START, type ChannelsCursor, followChannels } from "./event_channels.ts";
import { EVENT_FILES_START, type EventFilesCursor, followEventFiles } from "./event_files.ts";
import type { EventReader } from "./event_reader.ts";

/** One of the two. */
export interface EventPlaces {
  readonly files?: readonly string[] | undefined;
  readonly channels?: readonly string[] | undefined;
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
  { files = [], channels = [] }: EventPlaces,
  cursor: EventsCursor,
): AsyncIterable<EventsCursor> {
  if (channels.length === 0) {
    yield* followEventFiles(reader, files, isOfFiles(cursor) ? cursor : EVENT_FILES_START);
    return;
  }
  const { signal, clock } = reader.context;
  const api = await openEventApi();
  try {
    const start = isOfChannels(cursor) ? cursor : CHANNELS_START;
    yield* followChannels({ ...reader, api, signal, clock }, channels, start);
  } finally {
    api.close();
  }
}

/** What no other source may read besides: see `claims` of a plugin. */
export function claimedChannels({ channels = [] }: EventPlaces): readonly string[] {
  return channels.map((channel) => `Windows channel "${channel}"`);
}

function isOfFiles(cursor: EventsCursor): cursor is EventFilesCursor {
  return typeof cursor === "object" && cursor !== null && "tail" in cursor && "last" in cursor;
}

function isOfChannels(cursor: EventsCursor): cursor is ChannelsCursor {
  return typeof cursor === "object" && cursor !== null && "channels" in cursor;
}
