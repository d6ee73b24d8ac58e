/**
 * custos for plugin authors: tables, columns, data classes and the three kinds of plugin.
 *
 * @module
 */
export { column, type DataClass, type Json, type RowOf, type Table, table } from "./table.ts";
export {
  type Context,
  definePlugin,
  type Emit,
  type Gap,
  type Needs,
  type Plugin,
  type Rejected,
  type StandardSchema,
  type Tables,
  type Writers,
} from "./plugin.ts";
export { type Setting, setting, settings, type SettingsSchema } from "./settings.ts";
export type { TableWriter } from "./columns/writer.ts";
export type { FileBlock, Io, TailChunk, TailCursor } from "./read/io.ts";
