/**
 * What `custos plugin new` writes: a plugin that reads lines of text, to be changed.
 *
 * @module
 */

/** One file of a new plugin. */
export interface ScaffoldFile {
  readonly path: string;
  /** Its text, for the plugin's name. */
  content(name: string): string;
}

export const SCAFFOLD: readonly ScaffoldFile[] = [
  { path: "mod.ts", content: modText },
  { path: "cases/first/config.yaml", content: () => "paths: [/input]\n" },
  {
    path: "cases/first/input",
    content: () => "2026-06-30T10:00:00Z alice signed in\nnot a line of this log\n",
  },
];

/** `my_log` → `MyLog`. */
function tableName(name: string): string {
  return name.split("_").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function modText(name: string): string {
  const table = tableName(name);
  return `import { column, definePlugin, setting, settings, table, type TailCursor } from "@custos/sdk";

const LINE = /^(\\S+Z) (\\S+) (.*)$/;

export default definePlugin.stream({
  name: "${name}",
  version: "1.0.0",
  summary: "Says in one line what it reads",
  config: settings({
    paths: setting.list({ doc: "Globs of the files", default: ["/var/log/${name}/*.log"] }),
  }),
  filesKey: "paths",
  needs: ({ paths }) => ({ read: paths }),

  tables: {
    ${table}: table({
      doc: "Says what one event is",
      time: "TimeGenerated",
      columns: {
        TimeGenerated: column.time({ class: "public" }),
        UserName: column.string({ class: "personal" }),
        Message: column.string({ class: "content" }),
      },
    }),
  },

  start: (): TailCursor => ({}),

  async *stream({ config, emit, io, reject }, cursor) {
    const decoder = new TextDecoder();
    for await (const chunk of io.tail(config.paths, cursor)) {
      for (const line of decoder.decode(chunk.bytes).split("\\n")) {
        if (line === "") continue;
        const [, time = "", user = "", message = ""] = LINE.exec(line) ?? [];
        if (Number.isNaN(Date.parse(time))) {
          reject({ bytes: new TextEncoder().encode(line), why: "no line of this log" });
          continue;
        }
        emit.${table}({ TimeGenerated: new Date(time), UserName: user, Message: message });
      }
      yield chunk.cursor;
    }
  },
});
`;
}
