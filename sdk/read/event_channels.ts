/**
 * Follows channels of a running Windows host, and tells which records are missing.
 *
 * The cursor has the last record of each channel; the subscription begins strictly behind it. A
 * record that is gone there, or a number that is left out, is a gap and never silence. Under a query
 * numbers are left out because nobody asked for them: there only a record that is gone is a gap, and
 * how many others went with it cannot be known.
 *
 * @module
 */
import type { Gap } from "../plugin.ts";
import { type EventApi, EventApiError, type Subscription, WIN } from "./event_api.ts";
import type { EventReader } from "./event_reader.ts";
import { eventOfXml } from "./event_xml.ts";

/** By channel: the number of the last record that was taken, in decimal digits. */
export type ChannelsCursor = { readonly channels: { readonly [channel: string]: string } };

export interface ChannelReader extends EventReader {
  readonly signal: AbortSignal;
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
  readonly api: EventApi;
  /** XPath of the events that are wanted; default all. */
  readonly query?: string | undefined;
}

export const CHANNELS_START: ChannelsCursor = { channels: {} };

/** The query that every event answers. */
export const ALL_EVENTS = "*";

const MOST_EVENTS = 256;
const POLL_MS = 500;
/** A channel that cannot be opened is tried again after so long. */
const RETRY_MS = 60_000;

interface Channel {
  readonly name: string;
  last: bigint | undefined;
  subscription: Subscription | undefined;
  /** Events asked for at once: halved where the system says that they are too many. */
  most: number;
  /** Not before, ms since the epoch. */
  retryAt: number;
  /** The trouble that was told last. */
  told: number;
  /** It was reopened at its oldest record, because the one behind which to begin is gone. */
  isReopened: boolean;
}

/** Hands the events of `names` to `take` until the signal aborts; gives cursors. */
export async function* followChannels(
  reader: ChannelReader,
  names: readonly string[],
  cursor: ChannelsCursor,
): AsyncIterable<ChannelsCursor> {
  const channels = names.map((name): Channel => {
    const last = cursor.channels[name];
    const start = last === undefined ? undefined : BigInt(last);
    return {
      name,
      last: start,
      subscription: undefined,
      most: MOST_EVENTS,
      retryAt: 0,
      told: 0,
      isReopened: false,
    };
  });
  try {
    while (!reader.signal.aborted) {
      let taken = 0;
      for (const channel of channels) taken += readChannel(reader, channel);
      if (taken > 0) yield cursorOf(channels);
      else await reader.clock.sleep(POLL_MS);
    }
  } finally {
    for (const channel of channels) close(channel);
  }
}

function cursorOf(channels: readonly Channel[]): ChannelsCursor {
  const known = channels.filter(({ last }) => last !== undefined);
  return { channels: Object.fromEntries(known.map(({ name, last }) => [name, String(last)])) };
}

function close(channel: Channel): void {
  channel.subscription?.close();
  channel.subscription = undefined;
}

/** Takes what a channel has now; gives the number of events. */
function readChannel(reader: ChannelReader, channel: Channel): number {
  if (reader.clock.now() < channel.retryAt) return 0;
  try {
    channel.subscription ??= open(reader, channel);
    const events = channel.subscription.next(channel.most);
    channel.told = 0;
    for (const xml of events) takeEvent(reader, channel, xml);
    return events.length;
  } catch (error) {
    if (!(error instanceof EventApiError)) throw error;
    close(channel);
    tellTrouble(reader, channel, error);
    return 0;
  }
}

function open({ api, query = ALL_EVENTS }: ChannelReader, channel: Channel): Subscription {
  try {
    return api.subscribe(channel.name, query, channel.last);
  } catch (error) {
    const isGone = error instanceof EventApiError && error.status === WIN.notFound;
    if (!isGone || channel.last === undefined) throw error;
    channel.isReopened = true;
    return api.subscribe(channel.name, query, undefined);
  }
}

function takeEvent(reader: ChannelReader, channel: Channel, xml: string): void {
  const event = eventOfXml(xml);
  if (typeof event === "string") {
    reader.context.reject({ bytes: Buffer.from(xml), why: event });
    return;
  }
  const id = event.recordId;
  if (id !== undefined && /^\d{1,20}$/.test(id)) {
    const gap = missingBefore(reader, channel, BigInt(id));
    if (gap !== undefined) reader.context.gap(gap);
    channel.last = BigInt(id);
  }
  channel.isReopened = false;
  reader.take(event);
}

/** What is lost between the last record and `id`. */
function missingBefore(
  { query = ALL_EVENTS }: ChannelReader,
  { name, last, isReopened }: Channel,
  id: bigint,
): Gap | undefined {
  if (last === undefined) return undefined;
  const [from, detail] = [String(last + 1n), `channel ${name}`];
  if (id <= last) return isReopened ? { reason: "log-cleared", from, detail } : undefined;
  if (id === last + 1n) return undefined;
  const to = String(id - 1n);
  if (query !== ALL_EVENTS) {
    return isReopened ? { reason: "rotated-away", from, to, detail } : undefined;
  }
  return { reason: "rotated-away", count: Number(id - last - 1n), from, to, detail };
}

/** What is not for the system to mend. */
const TROUBLES: ReadonlyMap<number, string> = new Map([
  [WIN.channelNotFound, "there is no such channel"],
  [WIN.invalidQuery, "the system takes the query for none"],
]);

/** Decides when to try again; a trouble that goes on is told once. */
function tellTrouble(reader: ChannelReader, channel: Channel, error: EventApiError): void {
  const { status } = error;
  if (status === WIN.invalidBound && channel.most > 1) {
    channel.most = channel.most >> 1;
    return;
  }
  if (status === WIN.resultStale || status === WIN.invalidPosition) {
    // It begins again behind the last record that was taken, and finds there what is missing.
    if (channel.told === status) channel.retryAt = reader.clock.now() + RETRY_MS;
    channel.told = status;
    return;
  }
  channel.retryAt = reader.clock.now() + RETRY_MS;
  if (channel.told === status) return;
  channel.told = status;
  const reason = status === WIN.accessDenied ? "access-denied" : "other";
  const what = TROUBLES.get(status) ?? error.message;
  reader.context.gap({ reason, detail: `channel ${channel.name}: ${what}` });
}
