/**
 * Builds the page: its script, that of the verifier beside it, one style sheet, one HTML file; with
 * hashes in their names.
 *
 * @module
 */
import { join } from "node:path";
import type { Asset } from "../api/page.ts";

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">` +
  `<path d="M8 1 14 3v5c0 4-3 6-6 7-3-1-6-3-6-7V3z" fill="#2f6f5e"/></svg>`;

/**
 * Builds the page's files, by path.
 *
 * @throws {AggregateError} If a file of the page has a mistake, or needs what no browser has.
 */
export async function buildPage(): Promise<Map<string, Asset>> {
  const page = new Map<string, Asset>();
  for (const [name, file] of [["page", "main.tsx"], ["judge", "judge_worker.ts"]] as const) {
    for (const output of await build(name, file)) {
      const path = `/assets/${output.path.split("/").at(-1)}`;
      page.set(path, { bytes: new Uint8Array(await output.arrayBuffer()), type: output.type });
    }
  }
  const icon = new TextEncoder().encode(ICON);
  page.set(`/assets/icon-${Bun.hash(icon).toString(36)}.svg`, {
    bytes: icon,
    type: "image/svg+xml",
  });
  const html = new TextEncoder().encode(htmlOf([...page.keys()]));
  return page.set("/", { bytes: html, type: "text/html; charset=utf-8" });
}

async function build(name: string, file: string): Promise<readonly Bun.BuildArtifact[]> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, file)],
    target: "browser",
    minify: true,
    naming: { entry: `${name}-[hash].[ext]`, asset: "[name]-[hash].[ext]" },
    define: { "process.env.NODE_ENV": '"production"' },
    jsx: { runtime: "automatic", importSource: "preact", development: false },
    plugins: [{
      name: "no runtime",
      setup(builder) {
        // Bun would put an imitation in its place.
        builder.onResolve({ filter: /^(?:node|bun):/ }, ({ path, importer }) => {
          throw new TypeError(`Cannot build page: ${importer} imports ${path}`);
        });
      },
    }],
  });
  return built.outputs;
}

function htmlOf(paths: readonly string[]): string {
  const path = (ext: string) => paths.find((candidate) => candidate.endsWith(ext)) ?? "";
  const script = (name: string) => paths.find((one) => one.startsWith(`/assets/${name}-`)) ?? "";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>custos</title>
<link rel="icon" href="${path(".svg")}">
<link rel="stylesheet" href="${path(".css")}">
<script type="module" src="${script("page")}"></script>
</head>
<body><div id="page" data-judge="${
    script("judge")
  }"></div><noscript>The page of custos needs JavaScript.</noscript></body>
</html>
`;
}
