/**
 * The few elements of S3's XML answers that are read, and the one that is written.
 *
 * @module
 */

/** Text of the first element `name` in `xml`; undefined where there is none. */
export function textOf(xml: string, name: string): string | undefined {
  const [first] = elementsOf(xml, name);
  return first === undefined ? undefined : unescaped(first);
}

/** Contents of all elements `name`, which hold none of their own name; as they are written. */
export function elementsOf(xml: string, name: string): readonly string[] {
  const found: string[] = [];
  const open = `<${name}>`;
  const close = `</${name}>`;
  for (let at = xml.indexOf(open); at >= 0;) {
    const end = xml.indexOf(close, at);
    if (end < 0) break;
    found.push(xml.slice(at + open.length, end));
    at = xml.indexOf(open, end);
  }
  return found;
}

/** The body that completes a multipart upload. */
export function completeXml(etags: readonly string[]): string {
  const parts = etags.map((etag, i) =>
    `<Part><PartNumber>${i + 1}</PartNumber><ETag>"${etag}"</ETag></Part>`
  );
  return `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&#34;": '"',
  "&#39;": "'",
  "&#x27;": "'",
  "&amp;": "&",
  "&#38;": "&",
};

/** Other references stay as they are: no name of ours has a sign that needs one. */
function unescaped(text: string): string {
  return text.replace(/&[#a-z0-9]{1,8};/gi, (sign) => ENTITIES[sign.toLowerCase()] ?? sign);
}
