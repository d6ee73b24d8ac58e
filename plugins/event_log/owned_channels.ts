/**
 * Channels that a plugin of their own reads: here their events are left out, or they would be stored
 * twice, and once without the columns that rules and reports look for.
 *
 * @module
 */

/** The policy by which they are left out, as `custos status` names it. */
export const OWNED_CHANNELS = "owned_channels";

/** By channel, in lower case: the plugin. Windows takes names of channels in any case. */
const OWNERS: ReadonlyMap<string, string> = new Map([["security", "security_audit"]]);

/** The plugin that reads `channel`; undefined where this one does. */
export function ownerOf(channel: string): string | undefined {
  return OWNERS.get(channel.toLowerCase());
}

/** Whether another plugin reads `channel`. */
export function isOwned(channel: string | undefined): boolean {
  return channel !== undefined && ownerOf(channel) !== undefined;
}
