/**
 * What an operator may set for a source of Windows events.
 *
 * @module
 */
import * as v from "valibot";
import {
  channels,
  eventPlaces,
  hasEventPlace,
  queriesChannels,
} from "../../sdk/source_settings.ts";
import { isOwned, ownerOf } from "./owned_channels.ts";

export const config = v.pipe(
  v.strictObject({
    ...eventPlaces,
    channels: v.optional(
      v.pipe(
        channels,
        v.check((names) => !names.some(isOwned), ({ input }) => tellOwner(input)),
      ),
    ),
    table: v.optional(
      v.picklist(["WindowsEvent", "Event"], 'must be "WindowsEvent" or "Event"'),
      "WindowsEvent",
    ),
  }),
  hasEventPlace(),
  queriesChannels(),
);

function tellOwner(channels: readonly string[]): string {
  const channel = channels.find(isOwned) ?? "";
  return `must not have "${channel}", which is read by the plugin ${ownerOf(channel)}`;
}
