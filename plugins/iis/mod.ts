/**
 * Web requests: one row per line of the log files that IIS writes, in any of its formats.
 *
 * @module
 */
import { type Context, definePlugin, type TailCursor } from "../../sdk/mod.ts";
import { type Config, config } from "./config.ts";
import { makeFileState } from "./directives.ts";
import { loadFiles, readHead, type SavedFiles, saveFiles, shortId, touch } from "./files.ts";
import { readRequestLine } from "./line_formats.ts";
import { makeParser, parseLines, type Parser, WHY } from "./parser.ts";
import { tables } from "./table.ts";

/** Where to go on: in the files, and with which directives in force. */
type Cursor = { readonly tail: TailCursor; readonly files: SavedFiles };

export default definePlugin.stream({
  name: "iis",
  version: "1.0.0",
  summary: "Web requests from the log files of IIS: W3C, IIS and NCSA formats",
  filesKey: "files",
  config,
  needs: ({ files }: Config) => ({ read: files }),
  tables,

  start: (): Cursor => ({ tail: {}, files: { lists: [], files: {} } }),

  async *stream(context, cursor) {
    const { config, io } = context;
    const parser = parserFor(context);
    const files = loadFiles(cursor.files, parser.planOf);
    const { startAt, maxLineBytes, format } = config;
    const hasDirectives = format === "auto" || format === "w3c";
    for await (const chunk of io.tail(config.files, cursor.tail, { startAt, maxLineBytes })) {
      const id = shortId(chunk.fileId);
      let { bytes } = chunk;
      let state = files.get(id);
      if (state === undefined && chunk.offset > 0 && hasDirectives) {
        bytes = new Uint8Array(bytes);
        const { planOf } = parser;
        state = await readHead(chunk, { io, planOf, sleep: (ms) => context.clock.sleep(ms) });
      }
      state ??= makeFileState();
      touch(files, id, state);
      if (chunk.cut === undefined) parseLines(parser, bytes, state);
      else context.reject({ bytes, why: WHY.cut });
      yield { tail: chunk.cursor, files: saveFiles(files) };
    }
  },
});

function parserFor(context: Context<Config, typeof tables>): Parser {
  return makeParser({
    writer: context.write.W3CIISLog,
    reject: (bytes, why) => context.reject({ bytes, why }),
    readOther: (line) => readRequestLine(line, context.config),
    plusColumns: new Set(context.config.plusIsSpace),
    onUnknown: (fields) =>
      context.log.info("Fields without a column go to AdditionalFields", { fields }),
  });
}
