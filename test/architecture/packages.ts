/**
 * Third-party packages: each is imported in one file, behind our own function.
 *
 * The lists below are the exceptions and the places; a package that is not named is refused. Tests
 * may import any package, so that they can hold our code to it.
 *
 * @module
 */
import { importsOf, isTest, type SourceFile } from "./source_file.ts";

/** Package (or runtime module) → the files that may import it; a folder ends with `/`. */
export const PLACES: Readonly<Record<string, readonly string[]>> = {
  "@20minutes/s3rver": ["hub/store/target/test_bucket.ts"],
  "@duckdb/node-api": ["hub/query/kql/native/register.ts", "hub/store/engine_process.ts"],
  "@kusto/language-service-next": ["hub/query/kql/language.ts"],
  "@hono/node-server": ["hub/ingest/accept.ts"],
  "@logtape/logtape": ["sdk/log.ts"],
  "bun:sqlite": ["hub/control.ts"],
  "hono": ["hub/api/", "hub/ingest/enroll.ts"],
  "js-yaml": ["sdk/yaml.ts", "sdk/yaml_tree.ts"],
  "msgpackr": ["sdk/wire/msgpack.ts"],
  "tweetnacl": ["sdk/proof/portable_sign.ts", "sdk/keys/box.ts"],
  "uplot": ["hub/web/"],
  "ws": ["agent/send/socket.ts", "hub/ingest/accept.ts"],
  // Languages more than libraries: schemas stand where their data is, views where they are drawn.
  "@preact/signals": ["hub/web/"],
  "@valibot/to-json-schema": ["hub/api/"],
  "preact": ["hub/web/"],
  "valibot": ["sdk/", "plugins/", "agent/", "hub/", "compile/demo/"],
};

/** Folders whose modules run in a browser, where no `node:` module is. */
const BROWSER = [/^sdk\/(api|client)\//, /^hub\/web\/(?!build\.ts)/];

/** Tells each import of a package that `file` has no right to. */
export function wrongPackages(file: SourceFile): readonly string[] {
  if (isTest(file.path)) return [];
  return importsOf(file).flatMap(({ specifier, path }) => {
    if (path !== undefined) return [];
    const law = brokenLaw(file.path, specifier);
    return law === undefined ? [] : [`${file.path} imports ${specifier}: ${law}`];
  });
}

function brokenLaw(from: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) {
    return BROWSER.some((folder) => folder.test(from)) ? "it must run in a browser" : undefined;
  }
  const name = packageName(specifier);
  const places = PLACES[name];
  if (places === undefined) return "it has no place in test/architecture/packages.ts";
  const isPlace = places.some((place) => place === from || isFolderOf(place, from));
  return isPlace ? undefined : `its place is ${places.join(", ")}`;
}

function isFolderOf(place: string, path: string): boolean {
  return place.endsWith("/") && path.startsWith(place);
}

function packageName(specifier: string): string {
  if (specifier.startsWith("bun:")) return specifier;
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Tells each place that imports its package no more: the list stays as short as the truth. */
export function stalePlaces(files: readonly SourceFile[]): readonly string[] {
  const used = files.filter((file) => !isTest(file.path)).flatMap((file) =>
    importsOf(file).map(({ specifier }) => ({ from: file.path, name: packageName(specifier) }))
  );
  return Object.entries(PLACES).flatMap(([name, places]) =>
    places
      .filter((place) =>
        !used.some((use) =>
          use.name === name && (use.from === place || isFolderOf(place, use.from))
        )
      )
      .map((place) => `${place} does not import ${name}`)
  );
}
