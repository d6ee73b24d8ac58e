/**
 * What an operator may set for a source of AppLocker events.
 *
 * @module
 */
import * as v from "valibot";
import { eventPlaces, hasEventPlace, queriesChannels } from "../../sdk/source_settings.ts";

export const config = v.pipe(v.strictObject(eventPlaces), hasEventPlace(), queriesChannels());
